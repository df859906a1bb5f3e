/** The rules that watch the ledger: how each does, and whether it acts. */
import type { Rule } from '../../../../../contract/alert.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { type View, useView } from '../../../app/query.ts'
import { count, figure, percent } from '../../../app/time.ts'
import { SeverityBadge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { SelectField, TextField } from '../../../components/Field.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { RuleMode } from './RuleMode.tsx'
import { RulePage } from './RulePage.tsx'

const SORTS = [['alerts', 'most alerts'], ['name', 'name'], ['wrong', 'most false alarms']] as const

export default function Rules() {
  const { query } = useView()
  return query['rule'] === undefined ? <List /> : <RulePage key={query['rule']} name={query['rule']} />
}

const columns = (href: View['href']): Column<Rule>[] => [
  { head: 'Rule', kind: 'primary', cell: ({ name, title }) => <><a href={href({ rule: name })}><Untrusted text={title} /></a> <code class="muted small">{name}</code></> },
  { head: 'Severity', kind: 'tight', cell: ({ level }) => <SeverityBadge severity={level} /> },
  { head: 'Alerts', kind: 'number', cell: ({ alerts, name }) => (alerts === 0 ? <span class="muted">0</span> : <a href={`/dashboard/alerts?rule=${name}`}>{figure(alerts)}</a>) },
  { head: 'False alarms', kind: 'number', cell: ({ falsePositiveRatio }) => (falsePositiveRatio === null ? <span class="muted">–</span> : percent(falsePositiveRatio)) },
  { head: 'Does', kind: 'tight', cell: (rule) => <RuleMode rule={rule} /> },
]

function List() {
  const { query, set, href } = useView()
  const loaded = useLoad((signal) => get<{ rules: Rule[] }>('/security/v1/rules', {}, signal), [])
  const find = query['find']?.toLowerCase() ?? ''
  const sort = query['sort'] ?? 'alerts'
  const shown = loaded.data?.rules
    .filter(({ name, title, tags, level }) => `${name} ${title} ${tags.join(' ')}`.toLowerCase().includes(find) && (query['level'] === undefined || level === query['level']))
    .toSorted((a, b) => (sort === 'wrong' ? (b.falsePositiveRatio ?? -1) - (a.falsePositiveRatio ?? -1) : sort === 'alerts' ? b.alerts - a.alerts : 0) || (a.title < b.title ? -1 : 1))
  return (
    <>
      <p class="muted">A rule reads what the server writes down, and alerts; most do something about it as well. Figures are of the last 30 days.</p>
      <div class="filters">
        <TextField label="Find" value={query['find']} placeholder="name or tag" onCommit={(text) => set({ find: text })} />
        <SelectField label="Severity" value={query['level']} options={['low', 'medium', 'high', 'critical']} onChange={(level) => set({ level })} />
        <SelectField label="Sorted by" value={sort} any={null} options={SORTS} onChange={(by) => set({ sort: by })} />
      </div>
      <Panel flush title={shown === undefined ? 'Rules' : count(shown.length, 'rule')}>
        <DataTable caption="Rules" rows={shown} rowKey={({ name }) => name} problem={loaded.problem} reload={loaded.reload} slow={loaded.slow} empty="No rule matches." columns={columns(href)} />
      </Panel>
    </>
  )
}
