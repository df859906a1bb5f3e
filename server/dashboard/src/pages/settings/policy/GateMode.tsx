/** The switch from writing down to acting, with what it would have done before anybody dares. */
import { useState } from 'preact/hooks'
import type { Mode, PolicyAnswer, Settings, SettingsPatch } from '../../../../../contract/settings.ts'
import { useAccount, useCan } from '../../../app/account.ts'
import { patch } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { SetBy, useActorNames } from './SetBy.tsx'
import { wouldHaveDone } from './judgements.ts'

const change = (gateMode: SettingsPatch['gateMode']): Promise<unknown> => patch('/operator/v1/settings', { gateMode })

export function GateMode({ policy, setting, changed }: { policy: PolicyAnswer; setting: Settings['gateMode']; changed: () => void }) {
  const can = useCan()
  const { projectId } = useAccount()
  const nameOf = useActorNames()
  // To what: when somebody else switches it meanwhile, the question is over, and not the other one.
  const [asked, setAsked] = useState<Mode | undefined>()
  const enforces = setting.value === 'enforce'
  const next: Mode = enforces ? 'log' : 'enforce'
  const action = useAction(async () => {
    await change(next)
    setAsked(undefined)
    changed()
    const undo = async (): Promise<string> => {
      await change(setting.setBy === 'default' ? null : setting.value)
      changed()
      return enforces ? 'The gate acts again.' : 'The gate only writes down again.'
    }
    say({ text: enforces ? 'From now on the gate only writes down.' : 'From now on the gate acts.', kind: 'good', undo: { run: undo } })
  })
  return (
    <Panel title="The gate" actions={<Badge tone={enforces ? 'good' : 'medium'}>{enforces ? 'enforces' : 'only writes down'}</Badge>}>
      <p>
        {enforces
          ? 'Suspicious votes are held back, asked for more work or refused, as the bands below say, and rules do what their files say.'
          : 'Every vote counts. What the bands below, cohorts and rules would have done is written down, and nothing else happens.'}
      </p>
      <SetBy of={setting} variable="GATE_MODE" nameOf={nameOf} />
      {can('admin') && projectId === null && setting.setBy !== 'environment' && (
        <div class="row"><button type="button" class={`button ${enforces ? '' : 'primary'}`} onClick={() => { action.clear(); setAsked(next) }}>{enforces ? 'Only write down…' : 'Let it act…'}</button></div>
      )}
      {asked === next && (
        <Dialog title={enforces ? 'Only write down what would be done?' : 'Let the gate act?'} onClose={() => setAsked(undefined)}>
          {enforces ? <Loosen /> : <Enforce day={policy.lastDay} />}
          <p class="small muted">It holds on every node within a second, and can be switched back as fast.</p>
          <ProblemNote problem={action.problem} />
          <div class="form-actions">
            <button type="button" class="button" onClick={() => setAsked(undefined)}>Cancel</button>
            <button type="button" class={`button primary ${enforces ? 'danger' : ''}`} aria-busy={action.busy} onClick={() => void action.run()}>{enforces ? 'Only write down' : 'Let it act'}</button>
          </div>
        </Dialog>
      )}
    </Panel>
  )
}

function Enforce({ day }: { day: PolicyAnswer['lastDay'] }) {
  const sentences = wouldHaveDone(day)
  return (
    <>
      <p>New votes are judged for real. In the last 24 hours that would have meant:</p>
      {sentences.length === 0 ? <p><strong>Nothing.</strong> No vote would have been treated otherwise.</p> : <ul>{sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>}
      <p>Votes that are counted stay so, but for one kind: groups of one mind within the last day are looked for again, and held. A moderator can release them.</p>
    </>
  )
}

const Loosen = () => (
  <>
    <p>Every new vote counts, whatever it looks like. Rules stop acting as well.</p>
    <p>What is held stays held, and blocks stand until they end.</p>
  </>
)
