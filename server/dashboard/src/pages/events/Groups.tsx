/** Events by what they share, and the sources that lead beside a list. */
import { get, type Query } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { exact, figure, words } from '../../app/time.ts'
import { Bars } from '../../components/Bars.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Ready } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { Linked } from './Linked.tsx'
import { GROUPS, withinGroup } from './view.ts'
import type { Group, Summary } from './wire.ts'

const MISSING: Record<string, string> = {
  ipAddress: 'without an address', origin: 'without an origin', fingerprint: 'without a fingerprint', errorMessage: 'without a message',
}
const TOP = 8

function Key({ groupBy, value }: { groupBy: string; value: string | null }) {
  const { query, href } = useView()
  if (value === null) return <span class="muted">{MISSING[groupBy] ?? 'without'}</span>
  const text = groupBy === 'eventType' ? words(value) : value
  const patch = withinGroup(groupBy, value, query)
  return patch === null ? <Untrusted text={text} max={90} /> : <Linked text={text} href={href(patch)} />
}

const isNewBadge = ({ isNew }: Group) => isNew && <span class="badge medium" title="Nothing of it came before, as far back as the ledger goes">new</span>

export function GroupTable({ groupBy, filter, stamp }: { groupBy: string; filter: Query; stamp: string }) {
  const loaded = useLoad((signal) => get<Summary>('/security/v1/events/summary', { ...filter, groupBy }, signal), [groupBy, stamp])
  const title = GROUPS.find(([id]) => id === groupBy)?.[1] ?? groupBy
  const columns: Column<Group>[] = [
    { head: title, kind: 'primary', cell: (group) => <span class="event-name"><Key groupBy={groupBy} value={group.key} /> {isNewBadge(group)}</span> },
    { head: 'Events', kind: 'number', cell: (group) => figure(group.count) },
    { head: 'First', kind: 'tight', cell: (group) => <Time at={group.firstSeen} /> },
    { head: 'Last', kind: 'tight', cell: (group) => <Time at={group.lastSeen} /> },
  ]
  const since = loaded.data?.since ?? 0
  return (
    <Panel title={`By ${title}, the most frequent first`} flush>
      {since > Number(filter['since'] ?? 0) && <p class="panel-note small muted">Counted since {exact(since)}: further back there are too many events to group at once. Narrow the view to see more.</p>}
      <DataTable caption={`Events by ${title}`} columns={columns} rows={loaded.data?.groups} rowKey={({ key }) => key ?? ''} empty="No event matches." problem={loaded.problem} reload={loaded.reload} slow={loaded.slow} />
    </Panel>
  )
}

export function TopSources({ filter, stamp }: { filter: Query; stamp: string }) {
  const { href } = useView()
  const loaded = useLoad((signal) => get<Summary>('/security/v1/events/summary', { ...filter, groupBy: 'ipAddress' }, signal), [stamp])
  return (
    <Panel title="Top sources">
      <Ready of={loaded}>{({ groups, since }) => groups.length === 0 ? <p class="muted">None.</p> : (
        <>
          <Bars label="Addresses with the most events" bars={groups.slice(0, TOP).map((group) => ({
            key: group.key ?? '', value: group.count, text: <>{figure(group.count)} {isNewBadge(group)}</>,
            label: group.key === null ? <span class="muted">without an address</span> : <Untrusted text={group.key} max={45} />,
            href: group.key === null ? undefined : href({ ip: group.key, row: null }),
          }))} />
          <p class="small"><a href={href({ groupBy: 'ipAddress', row: null })}>{groups.length > TOP ? (groups.length >= 100 ? 'The hundred most frequent' : `All ${groups.length} of them`) : 'As a table'}</a>{since > Number(filter['since'] ?? 0) && <span class="muted">, since {exact(since)}</span>}</p>
        </>
      )}</Ready>
    </Panel>
  )
}
