/** What each item's votes come to, and how they came over time. */
import { useEffect, useRef } from 'preact/hooks'
import type { ModeratedItem } from '../../../../contract/moderation.ts'
import { useLoad } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { count, figure } from '../../app/time.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { SelectField } from '../../components/Field.tsx'
import { Ready } from '../../components/Loading.tsx'
import { Panel, Stat } from '../../components/Page.tsx'
import { TimeChart } from '../../components/TimeChart.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { filledBuckets } from './bars.ts'
import type { Items } from './items.ts'
import { Sparkline } from './Sparkline.tsx'
import { loadHistory } from './wire.ts'

const DAY_MS = 86_400_000
const SPANS: readonly (readonly [string, string, number])[] = [['1', '24 hours', 1], ['7', '7 days', 7], ['30', '30 days', 30], ['90', '90 days', 90]]
const SERIES = [
  { label: 'Counted', color: '--counted', state: 'counted' }, { label: 'Held', color: '--held', state: 'held' },
  { label: 'Invalidated', color: '--invalidated', state: 'invalidated' },
] as const

export function ItemsTab({ project, items }: { project: string; items: Items }) {
  const { query, set, href } = useView()
  const rows = items.data ?? []
  const sum = (state: 'counted' | 'held' | 'invalidated'): number => rows.reduce((total, { votes }) => total + votes[state], 0)
  const list = (filter: Record<string, string>): string => href({ tab: 'all', days: null, shown: null, ...filter })
  const columns: Column<ModeratedItem>[] = [
    { head: 'Item', kind: 'primary', cell: ({ title, status }) => <span><Untrusted text={title} max={80} /> {status !== 'open' && <span class="small muted">{status}</span>}</span> },
    { head: 'Counted', kind: 'number', cell: ({ id, votes }) => <a href={list({ item: id, state: 'counted' })}>{figure(votes.counted)}</a> },
    { head: 'Held', kind: 'number', cell: ({ id, votes }) => <a href={list({ item: id, state: 'held' })}>{figure(votes.held)}</a> },
    { head: 'Invalidated', kind: 'number', cell: ({ id, votes }) => <a href={list({ item: id, state: 'invalidated' })}>{figure(votes.invalidated)}</a> },
    { head: 'Of counted, verified', kind: 'number', cell: ({ votes }) => figure(votes.byTier.verified.counted) },
    { head: '30 days', cell: ({ id }) => <Sparkline project={project} item={id} /> },
    { head: 'Chart', kind: 'action', cell: ({ id, title }) => <a class="button small" href={href({ shown: id })} aria-label={`Over time: ${legible(title, 80)}`}>Over time</a> },
  ]
  return (
    <>
      <div class="stats">
        <Stat label="Counted votes" value={figure(sum('counted'))} tone="good" href={list({ state: 'counted' })} />
        <Stat label="Held, waiting for you or for time" value={figure(sum('held'))} tone={sum('held') > 0 ? 'warn' : ''} href={href({ tab: 'queue', days: null, shown: null })} />
        <Stat label="Invalidated" value={figure(sum('invalidated'))} href={list({ state: 'invalidated' })} />
      </div>
      <OverTime project={project} items={items} shown={query['shown']} days={query['days'] ?? '30'} onDays={(days) => set({ days })} />
      <Panel flush title="Items">
        <DataTable caption="Items with their votes" columns={columns} rows={items.data} problem={items.problem} reload={items.reload} slow={items.slow} rowKey={({ id }) => id} active={query['shown']} empty="The board has no items yet." />
      </Panel>
    </>
  )
}

interface OverTimeProps {
  project: string
  items: Items
  /** An item's id; undefined: all of them. */
  shown: string | undefined
  days: string
  onDays(days: string): void
}

function OverTime({ project, items, shown, days, onDays }: OverTimeProps) {
  const { href } = useView()
  const length = SPANS.find(([id]) => id === days)?.[2] ?? 30
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // The chart stands above the list one chose the item in.
    if (shown !== undefined) frame.current?.scrollIntoView({ block: 'nearest' })
  }, [shown])
  const history = useLoad((signal) => loadHistory(project, shown ?? null, { since: Date.now() - length * DAY_MS }, signal), [project, shown, days])
  return (
    <div ref={frame}><Panel
      title={shown === undefined ? 'All votes over time' : `Over time: ${legible(items.title(shown), 80)}`}
      actions={<>{shown !== undefined && <a class="small" href={href({ shown: null })}>All items</a>}<SelectField label="Span" value={days} any={null} options={SPANS.map(([id, title]) => [id, title] as const)} onChange={onDays} /></>}
    >
      <Ready of={history}>
        {(data) => {
          const buckets = filledBuckets(data)
          return (
            <>
              <TimeChart
                label="Votes by when they were cast" at={buckets.map(({ at }) => at)} bucketMs={data.bucketMs} whole format={figure} empty="No vote was cast in this time."
                series={SERIES.map(({ label, color, state }) => ({ label, color, shape: 'bars' as const, values: buckets.map((bucket) => bucket[state]) }))}
              />
              <p class="small muted">Votes by when they were last cast, in the state they are in now. {count(data.buckets.reduce((sum, { counted, held, invalidated }) => sum + counted + held + invalidated, 0), 'vote')} in this span.</p>
            </>
          )
        }}
      </Ready>
    </Panel></div>
  )
}
