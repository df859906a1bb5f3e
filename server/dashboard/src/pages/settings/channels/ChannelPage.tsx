/** One channel: where it leads, a test message, and what was told there. */
import { useState } from 'preact/hooks'
import type { Channel } from '../../../../../contract/channel.ts'
import { useAccount, useProjectName } from '../../../app/account.ts'
import { del, post } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { span } from '../../../app/time.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { ChannelDialog } from './ChannelDialog.tsx'
import { KINDS } from './channel-fields.ts'
import { routingWords, whereTo } from './channel-words.ts'
import { Told } from './Told.tsx'

export function ChannelPage({ channel, replace, reload }: { channel: Channel; replace: (channel: Channel) => void; reload: () => void }) {
  const { href, set } = useView()
  const projectName = useProjectName()
  const { projectId } = useAccount()
  const [changing, setChanging] = useState(false)
  const [ending, setEnding] = useState(false)
  const { rules, groupWaitMs, groupIntervalMs, repeatIntervalMs, allowPrivate, kind } = channel
  // A channel that may reach inside is not for an operator of one project to lead elsewhere.
  const mayChange = projectId === null || !allowPrivate
  return (
    <>
      <p><a href={href({ channel: null, state: null })}>All channels</a></p>
      <div class="columns">
        <Panel title={channel.name} actions={<><Badge>{KINDS[kind].title}</Badge>{mayChange && <button type="button" class="button small" onClick={() => setChanging(true)}>Change…</button>}<button type="button" class="button small danger" onClick={() => setEnding(true)}>Use no more…</button></>}>
          <Facts facts={[
            ['To', <Untrusted key="to" text={whereTo(channel)} max={200} />],
            ['Told', routingWords(channel)],
            rules !== null && ['Rules', rules.join(', ')],
            ['Of', channel.project === null ? 'all projects, and the installation' : projectName(channel.project)],
            ['The first waits', span(groupWaitMs)],
            ['New in a group', `after ${span(groupIntervalMs)}`],
            ['Still firing', `again after ${span(repeatIntervalMs)}`],
            allowPrivate && ['Reach', 'private and unencrypted addresses too'],
            ['Made', <Time key="made" at={channel.createdAt} />],
          ]} />
        </Panel>
        <TestMessage channel={channel} />
      </div>
      <Told channel={channel} />
      {changing && <ChannelDialog channel={channel} onClose={() => setChanging(false)} saved={(next) => { replace(next); say({ text: `${next.name} is changed.`, kind: 'good' }) }} />}
      {ending && <EndChannel channel={channel} onClose={() => setEnding(false)} ended={() => { reload(); set({ channel: null, state: null }) }} />}
    </>
  )
}

function TestMessage({ channel }: { channel: Channel }) {
  const [outcome, setOutcome] = useState<{ at: number; tookMs: number } | undefined>()
  const test = useAction(async () => {
    setOutcome(undefined)
    const began = performance.now()
    await post(`/operator/v1/channels/${channel.id}/test`)
    setOutcome({ at: Date.now(), tookMs: performance.now() - began })
  })
  return (
    <Panel title="Does it work?">
      <p>A test message goes out now, past the queue, and says what came of it. It says who sent it, and that it is a test.</p>
      <div class="row"><button type="button" class="button primary" aria-busy={test.busy} onClick={() => void test.run()}>Send a test</button></div>
      {outcome !== undefined && <div class="note good" role="status"><p><strong>Delivered</strong> <Time at={outcome.at} />, in {span(outcome.tookMs) === '0 s' ? `${Math.round(outcome.tookMs)} ms` : span(outcome.tookMs)}. The receiver took it; look there whether it arrived where people see it.</p></div>}
      {test.problem !== undefined && (test.problem.code === 'channel_failed'
        ? <div class="note bad" role="alert"><div><p><strong>Not delivered.</strong></p><p><Untrusted text={test.problem.message} max={400} /></p></div></div>
        : <ProblemNote problem={test.problem} />)}
    </Panel>
  )
}

function EndChannel({ channel, onClose, ended }: { channel: Channel; onClose: () => void; ended: () => void }) {
  const action = useAction(async () => {
    await del(`/operator/v1/channels/${channel.id}`)
    say({ text: `${channel.name} is used no more.`, kind: 'good' })
    onClose()
    ended()
  })
  return (
    <Dialog title={`Use ${channel.name} no more?`} onClose={onClose}>
      <p>Nothing is told there from now on, and what waits for it is given up. Its settings cannot be brought back.</p>
      <ProblemNote problem={action.problem} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button primary danger" aria-busy={action.busy} onClick={() => void action.run()}>Use it no more</button>
      </div>
    </Dialog>
  )
}
