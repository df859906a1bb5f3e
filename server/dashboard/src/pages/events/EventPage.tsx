/** One event: all that is known of it, what is around it, and what to do. Most of its text was written by whoever caused it. */
import { useRoute } from 'preact-iso'
import { useCan, useProjectName } from '../../app/account.ts'
import { get, searchOf } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { figure, span, words } from '../../app/time.ts'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { Copy } from '../../components/Copy.tsx'
import { ProblemNote, Waiting } from '../../components/Loading.tsx'
import { Facts, Page, Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { Actions } from './Actions.tsx'
import { Linked } from './Linked.tsx'
import { Related } from './Related.tsx'
import type { OneEvent, SecurityEvent } from './wire.ts'
import './events.css'

export default function EventPage() {
  const id = useRoute().params['id'] ?? ''
  const { query } = useView()
  const loaded = useLoad((signal) => get<OneEvent>(`/security/v1/events/${encodeURIComponent(id)}`, {}, signal), [id])
  const back = <a class="button small" href={`/dashboard/events${searchOf({ project: query['project'] })}`}>All events</a>
  if (loaded.data === undefined || loaded.data.event.id !== id.toLowerCase()) {
    return (
      <Page title="Event" actions={back}>
        {loaded.problem?.status === 404 || loaded.problem?.status === 400
          ? <p>There is no such event. It may be past retention, or of a project that you do not see.</p>
          : loaded.problem === undefined ? loaded.slow && <Waiting /> : <ProblemNote problem={loaded.problem} retry={loaded.reload} />}
      </Page>
    )
  }
  return <Shown {...loaded.data} back={back} reload={loaded.reload} />
}

function Shown({ event, alerts, back, reload }: OneEvent & { back: preact.JSX.Element; reload: () => void }) {
  const can = useCan()
  return (
    <Page title={words(event.eventType)} actions={back}
      lead={<span class="row"><SeverityBadge severity={event.severity} />{event.isRead ? <Badge>read</Badge> : <Badge tone="accent">unread</Badge>}{event.firstOccurrence === true && <Badge tone="medium">first of its type from this address</Badge>}<Time at={event.timestamp} /></span>}>
      <div class="event-grid">
        <div class="stack">
          <Panel title="What is known"><Known event={event} /></Panel>
          <Detail event={event} />
        </div>
        <div class="stack">
          {can('moderator') ? <Actions key={event.id} event={event} reload={reload} /> : event.note !== undefined && <Panel title="Note"><p class="note-text"><Untrusted text={event.note} max={1000} /></p></Panel>}
          {alerts.length > 0 && (
            <Panel title="Alerts that name it">
              <ul class="stack plain">{alerts.map((alert) => (
                <li key={alert.id} class="row"><a href={`/dashboard/alerts/${alert.id}`}>{alert.title}</a><SeverityBadge severity={alert.severity} /><Badge>{alert.state}</Badge><span class="small muted"><Time at={alert.startsAt} /></span></li>
              ))}</ul>
            </Panel>
          )}
        </div>
      </div>
      <Related event={event} />
    </Page>
  )
}

function Known({ event }: { event: SecurityEvent }) {
  const { query } = useView()
  const projectName = useProjectName()
  const { endpoint, origin, ipAddress, fingerprint, errorMessage, endUserEmail, endUserId } = event.metadata
  const within = (patch: Record<string, string>): string => `/dashboard/events${searchOf({ project: query['project'], ...patch })}`
  const lasted = event.lastSeenAt - event.timestamp
  return (
    <Facts facts={[
      errorMessage !== undefined && ['Message', <Untrusted key="message" text={errorMessage} max={300} />],
      ipAddress !== undefined && ['Address', <Linked key="ip" text={ipAddress} href={within({ ip: ipAddress })} max={160} />],
      origin !== undefined && ['Origin', <Linked key="origin" text={origin} href={within({ origin })} max={160} />],
      endUserId !== undefined && ['User', <Linked key="user" text={endUserId} href={within({ user: endUserId })} max={160} />],
      endUserEmail !== undefined && ['E-mail', <Untrusted key="email" text={endUserEmail} />],
      fingerprint !== undefined && ['Fingerprint', <Linked key="fingerprint" text={fingerprint} href={within({ fingerprint })} max={160} />],
      ['Endpoint', <Linked key="endpoint" text={endpoint} href={within({ endpoint })} max={160} />],
      ['Project', projectName(event.projectId)],
      ['Happened', event.count === 1 ? 'once' : `${figure(event.count)} times${lasted >= 1000 ? ` within ${span(lasted)}` : ''}`],
      ['First', <Time key="first" at={event.timestamp} absolute />],
      event.count > 1 && ['Last', <Time key="last" at={event.lastSeenAt} absolute />],
      ['Id', <Copy key="id" text={event.id} />],
    ]} />
  )
}

/** What else the server wrote down: names of its own, values of anybody’s. */
function Detail({ event }: { event: SecurityEvent }) {
  const entries = Object.entries(event.detail as Record<string, unknown>)
  if (entries.length === 0) return null
  return (
    <Panel title="Detail">
      <Facts facts={entries.map(([name, value]) => [
        words(name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()),
        <span class="detail-value" key={name}><Untrusted text={typeof value === 'string' ? value : JSON.stringify(value, null, 1)} max={400} /></span>,
      ] as const)} />
    </Panel>
  )
}
