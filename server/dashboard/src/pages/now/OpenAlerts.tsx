/** Open alerts, the gravest first, with their age against the time in which somebody should have answered. */
import type { Alert } from '../../../../contract/alert.ts'
import { SEVERITIES } from '../../../../contract/primitives.ts'
import type { WatchSettings } from '../../../../contract/watch-settings.ts'
import { useProjectName } from '../../app/account.ts'
import { fieldWords } from '../../app/field-words.ts'
import { span } from '../../app/time.ts'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { Empty } from '../../components/Loading.tsx'
import { useNow } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'

const SHOWN = 8

export const byGravity = (a: Alert, b: Alert): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.startsAt - b.startsAt

export function OpenAlerts({ alerts, responseTimes }: { alerts: readonly Alert[]; responseTimes: WatchSettings['responseTimesMs'] | undefined }) {
  const projectName = useProjectName()
  const now = useNow()
  if (alerts.length === 0) return <Empty><p>No alert is open.</p></Empty>
  return (
    <>
      <ul class="open-alerts">
        {alerts.toSorted(byGravity).slice(0, SHOWN).map((alert) => (
          <li key={alert.id}>
            <div class="row spread">
              <a href={`/dashboard/alerts/${alert.id}`}>{alert.title}</a>
              <span class="row"><SeverityBadge severity={alert.severity} /><Badge tone={alert.state === 'firing' ? 'high' : ''}>{alert.state}</Badge></span>
            </div>
            <p class="small">{Object.entries(alert.group).map(([name, value]) => <span key={name}>{fieldWords(name)} <Untrusted text={value} max={60} /> </span>)}<span class="muted">{projectName(alert.projectId)}</span></p>
            <p class="small muted"><Age alert={alert} now={now} target={responseTimes?.[alert.severity]} /></p>
          </li>
        ))}
      </ul>
      {alerts.length > SHOWN && <p class="small more"><a href="/dashboard/alerts?state=firing">The others</a></p>}
    </>
  )
}

function Age({ alert, now, target }: { alert: Alert; now: number; target: number | undefined }) {
  const age = Math.max(0, now - (alert.firesAt ?? alert.startsAt))
  if (alert.acknowledgedAt !== null) return <>{span(age)} old, acknowledged</>
  if (target === undefined) return <>{span(age)} old</>
  if (target === 0) return <>{span(age)} old; to be answered at once</>
  return age > target
    ? <><strong>{span(age - target)} over</strong> the {span(target)} in which it should be answered</>
    : <>{span(age)} old; {span(target - age)} left to answer it</>
}
