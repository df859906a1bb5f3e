/** One alert: what it is about, what to look at first, what was done, what happened, and what somebody says of it. */
import { useRoute } from 'preact-iso'
import type { Alert } from '../../../../contract/alert.ts'
import { useCan, useProjectName } from '../../app/account.ts'
import { get } from '../../app/api.ts'
import { fieldWords } from '../../app/field-words.ts'
import { useLoad } from '../../app/load.ts'
import { figure } from '../../app/time.ts'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { ProblemNote, Waiting } from '../../components/Loading.tsx'
import { Facts, Page, Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { Heed, StateBadge, useLink, useWatchSettings } from './AlertBadges.tsx'
import { Answer } from './Answer.tsx'
import { Evidence } from './Evidence.tsx'
import { ResponseTable } from './ResponseTable.tsx'
import { Timeline } from './Timeline.tsx'
import { Triage } from './Triage.tsx'
import { VERDICTS } from './AlertList.tsx'
import type { OneAlert } from './wire.ts'
import './alerts.css'

const EVERY_MS = 10_000

export default function AlertPage() {
  const id = useRoute().params['id'] ?? ''
  const loaded = useLoad((signal) => get<OneAlert>(`/security/v1/alerts/${encodeURIComponent(id)}`, {}, signal), [id], { everyMs: EVERY_MS })
  const link = useLink()
  const back = <a class="button small" href={link('alerts')}>All alerts</a>
  if (loaded.data === undefined) {
    return (
      <Page title="Alert" actions={back}>
        {loaded.problem?.status === 404 || loaded.problem?.status === 400
          ? <p>There is no such alert. It may be past retention, or of a project that you do not see.</p>
          : loaded.problem === undefined ? loaded.slow && <Waiting /> : <ProblemNote problem={loaded.problem} retry={loaded.reload} />}
      </Page>
    )
  }
  return (
    <>
      <ProblemNote problem={loaded.problem} retry={loaded.reload} />
      <Shown answer={loaded.data} back={back} reload={loaded.reload} replace={(alert) => loaded.replace((before) => ({ ...before, alert }))} />
    </>
  )
}

interface Props {
  answer: OneAlert
  back: preact.JSX.Element
  reload(): void
  replace(alert: Alert): void
}

function Shown({ answer, back, reload, replace }: Props) {
  const { alert, responses, events, timeline } = answer
  const can = useCan()
  const settings = useWatchSettings()
  // What changed leaves an entry in the timeline too.
  const changed = (now: Alert): void => {
    replace(now)
    reload()
  }
  return (
    <Page title={alert.title} actions={back}
      lead={<span class="row"><SeverityBadge severity={alert.severity} /><StateBadge state={alert.state} />{alert.disposition !== null && <Badge>{VERDICTS[alert.disposition]}</Badge>}<Heed alert={alert} targets={settings.data?.responseTimesMs} /></span>}>
      <div class="alert-grid">
        <Panel title="What it is about"><AboutFacts alert={alert} /></Panel>
        <div class="stack beside">
          {can('moderator') && <Panel title="Answer it"><Answer alert={alert} onChanged={changed} onDone={reload} /></Panel>}
          <Triage rule={alert.rule} />
        </div>
        <div class="stack">
          <Panel title="What was done about it" flush>
            <ResponseTable rows={responses} empty="Rules did nothing by themselves." onUndone={reload} />
          </Panel>
          <Evidence alert={alert} events={events} />
          <Panel title="What happened"><Timeline entries={timeline} /></Panel>
        </div>
      </div>
    </Page>
  )
}

function AboutFacts({ alert }: { alert: Alert }) {
  const projectName = useProjectName()
  return (
    <Facts facts={[
      ...Object.entries(alert.group).map(([name, value]) => [fieldWords(name), <Subject key={name} name={name} value={value} />] as const),
      ['Project', projectName(alert.projectId)],
      ['Began', <Time key="began" at={alert.startsAt} />],
      alert.firesAt !== null && ['Fired', <Time key="fired" at={alert.firesAt} />],
      ['Last line', <Time key="last" at={alert.lastAt} />],
      alert.endsAt !== null && ['Ended', <Time key="ended" at={alert.endsAt} />],
      ['Measured', `${figure(alert.value)} at most, over ${figure(alert.lines)} ${alert.lines === 1 ? 'line' : 'lines'} of the ledger`],
      alert.escalations > 0 && ['Escalated', alert.escalations === 1 ? 'once' : `${alert.escalations} times`],
      alert.acknowledgedAt !== null && ['Acknowledged', <span key="who"><Time at={alert.acknowledgedAt} /> by <Untrusted text={alert.acknowledgedBy} max={60} /></span>],
      alert.disposedAt !== null && ['Judged', <span key="judge"><Time at={alert.disposedAt} /> by <Untrusted text={alert.disposedBy} max={60} /></span>],
      alert.suppressed && ['Told', 'to nobody: another of the same had only just ended'],
    ]} />
  )
}

/** What the group's value leads to. */
function Subject({ name, value }: { name: string; value: string }) {
  const link = useLink()
  const leads: Record<string, readonly (readonly [string, string])[]> = {
    ipAddress: [['events', link('events', { ip: value })], ['votes', link('votes', { ip: value })]],
    network: [['votes', link('votes', { network: value })]],
    fingerprint: [['events', link('events', { fingerprint: value })], ['votes', link('votes', { fingerprint: value })]],
    origin: [['events', link('events', { origin: value })]],
    endpoint: [['events', link('events', { endpoint: value })]],
    core: [['votes', link('votes', { core: value })]],
    device: [['votes', link('votes', { device: value })]],
    itemId: [['votes', link('votes', { item: value })]],
    'detail.user': [['events', link('events', { user: value })]],
  }
  return (
    <span class="row">
      <Untrusted text={value} />
      {(Object.hasOwn(leads, name) ? leads[name] : undefined)?.map(([title, href]) => <a class="small" key={title} href={href}>its {title}</a>)}
    </span>
  )
}
