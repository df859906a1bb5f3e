/** What else there is of an event’s source, its user and its time, and the history of each. */
import { get, searchOf } from '../../app/api.ts'
import { useLoad, usePages } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { figure, words } from '../../app/time.ts'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { SelectField } from '../../components/Field.tsx'
import { Empty, ProblemNote, Waiting } from '../../components/Loading.tsx'
import { Panel, Tabs, chosenTab } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { eventColumns } from './event-columns.tsx'
import type { RelatedAnswer, SecurityEvent, TimelineAnswer } from './wire.ts'

const MOST_COUNTED = 10_000
const totalOf = (total: number): string => (total >= MOST_COUNTED ? `${figure(MOST_COUNTED)}+` : figure(total))

export function Related({ event }: { event: SecurityEvent }) {
  const { query } = useView()
  const related = useLoad((signal) => get<RelatedAnswer>(`/security/v1/events/${event.id}/related`, {}, signal), [event.id])
  const link = (id: string): string => `/dashboard/events/${id}${searchOf({ project: query['project'] })}`
  const { sameAddress, sameUser, sameWindow } = related.data ?? {}
  const title = (text: string, of: RelatedAnswer['sameUser'] | undefined) => (of === undefined ? text : <>{text} <span class="badge">{totalOf(of.total)}</span></>)
  const tabs = [
    { id: 'address', title: title('Same address', sameAddress), of: sameAddress, more: event.metadata.ipAddress === undefined ? undefined : { ip: event.metadata.ipAddress } },
    { id: 'user', title: title('Same user', sameUser), of: sameUser, more: event.metadata.endUserId === undefined ? undefined : { user: event.metadata.endUserId } },
    { id: 'minutes', title: title('Same minutes', sameWindow), of: sameWindow, more: { range: 'between', since: event.timestamp - 300_000, until: event.timestamp + 300_001 } },
    { id: 'history', title: 'History', of: undefined, more: undefined },
  ]
  const chosen = chosenTab(query['tab'], tabs)
  const tab = tabs.find(({ id }) => id === chosen)
  return (
    <Panel title="Around it" flush>
      <Tabs label="Around this event" tabs={tabs} />
      {chosen === 'history' ? <History event={event} /> : (
        <DataTable caption="Related events" columns={eventColumns(link)} rows={tab?.of?.events} rowKey={({ id }) => id} rowClass={({ isRead }) => (isRead ? '' : 'unread')}
          problem={related.problem} reload={related.reload} slow={related.slow}
          empty={chosen === 'address' ? 'Nothing else of this address.' : chosen === 'user' ? (event.metadata.endUserId === undefined ? 'The event names no user.' : 'Nothing else of this user.') : 'Nothing else within five minutes.'} />
      )}
      {tab?.of !== undefined && tab.more !== undefined && tab.of.total > tab.of.events.length && (
        <div class="panel-note row"><a class="button small" href={`/dashboard/events${searchOf({ project: query['project'], ...tab.more })}`}>All {totalOf(tab.of.total)} of them</a></div>
      )}
    </Panel>
  )
}

function History({ event }: { event: SecurityEvent }) {
  const { query, set } = useView()
  const { ipAddress, endUserId, fingerprint } = event.metadata
  const subjects = ([['ip', 'this address', ipAddress], ['user', 'this user', endUserId], ['fingerprint', 'this fingerprint', fingerprint]] as const).filter(([, , value]) => value !== undefined)
  const [by, , value] = subjects.find(([id]) => id === query['of']) ?? subjects[0] ?? []
  // A user is somebody of one customer; an address is the same everywhere.
  const project = by === 'user' ? event.projectId ?? undefined : undefined
  const history = usePages(async (cursor, signal) => {
    if (by === undefined) return { rows: [], nextCursor: null }
    const { entries, nextCursor } = await get<TimelineAnswer>('/security/v1/events/timeline', { [by]: value, project, cursor, limit: 30 }, signal)
    return { rows: entries, nextCursor }
  }, [event.id, by, value])
  if (by === undefined) return <Empty>The event says nothing of its source.</Empty>
  return (
    <div class="panel-body">
      {subjects.length > 1 && <SelectField label="Of" any={null} value={by} options={subjects.map(([id, title]) => [id, title] as const)} onChange={(of) => set({ of })} />}
      <ProblemNote problem={history.problem} retry={history.reload} />
      {history.rows === undefined ? history.slow && <Waiting /> : history.rows.length === 0 ? <Empty>Nothing.</Empty> : (
        <ol class="history">{history.rows.map((entry) => <Entry key={entry.id} entry={entry} here={event.id} />)}</ol>
      )}
      {history.more && <div class="row"><button type="button" class="button" onClick={history.more}>Show more</button></div>}
    </div>
  )
}

function Entry({ entry, here }: { entry: TimelineAnswer['entries'][number]; here: string }) {
  const { query } = useView()
  const { event, vote } = entry
  if (vote !== undefined) {
    const href = `/dashboard/votes${searchOf({ project: vote.projectId, item: vote.itemId, ip: vote.ipAddress })}`
    return (
      <li class={vote.state === 'held' ? 'held' : 'vote'}>
        <div class="row"><a href={href}>{vote.value === 1 ? 'voted for' : 'took back the vote for'} <bdi>{legible(vote.itemTitle, 80)}</bdi></a>{vote.state === 'held' && <Badge tone="medium">held</Badge>}<span class="small muted"><Time at={entry.at} /></span></div>
        <div class="small muted">score {vote.score.toFixed(2)}, from <Untrusted text={vote.ipAddress} max={45} /></div>
      </li>
    )
  }
  if (event === undefined) return null
  return (
    <li class={event.severity}>
      <div class="row">
        {event.id === here ? <strong>{words(event.eventType)}, this event</strong> : <a href={`/dashboard/events/${event.id}${searchOf({ project: query['project'] })}`}>{words(event.eventType)}</a>}
        <SeverityBadge severity={event.severity} />{event.count > 1 && <span class="small">{figure(event.count)} times</span>}<span class="small muted"><Time at={entry.at} /></span>
      </div>
      <div class="small muted"><Untrusted text={event.metadata.errorMessage ?? event.metadata.endpoint} max={120} /></div>
    </li>
  )
}
