/** Which events: what is asked for most, and the rest behind a fold. */
import { EVENT_TYPES } from '../../../../contract/primitives.ts'
import { useView } from '../../app/query.ts'
import { words } from '../../app/time.ts'
import { Field, SelectField, TextField } from '../../components/Field.tsx'
import { GROUPS, NOTHING, RANGES, TEXT_FIELDS, isFiltered } from './view.ts'

const SEVERITY: readonly (readonly [string, string])[] = [
  ['critical', 'critical'], ['high,critical', 'high and critical'], ['high', 'high'], ['medium', 'medium'], ['low', 'low'],
]
/** `2026-11-21T14:03`, in the reader’s time zone, as the browser’s own control takes it. */
const localOf = (ms: string | undefined): string => {
  const at = Number(ms)
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  // NaN for what is no number, and for what no calendar reaches.
  return ms === undefined || Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16)
}

export function Filters() {
  const { query, set } = useView()
  const change = (name: string) => (value: string) => set({ [name]: value, row: null })
  const isCustom = query['range'] === 'between' || query['since'] !== undefined || query['until'] !== undefined
  const moment = (name: 'since' | 'until', label: string) => (
    <Field label={label}>
      <input type="datetime-local" value={localOf(query[name])} onChange={(event: Event & { currentTarget: HTMLInputElement }) => {
        const at = Date.parse(event.currentTarget.value)
        set({ [name]: Number.isFinite(at) ? at : null, range: 'between', row: null })
      }} />
    </Field>
  )
  const deeper = TEXT_FIELDS.filter(([name]) => query[name] !== undefined).length
  const types: (readonly [string, string])[] = EVENT_TYPES.map((type) => [type, words(type)] as const)
  if (query['eventType']?.includes(',') === true) types.push([query['eventType'], query['eventType'].split(',').map(words).join(', ')])
  return (
    <div class="stack">
      <div class="filters">
        <SelectField label="Severity" value={query['severity']} options={SEVERITY} onChange={change('severity')} />
        <SelectField label="Type" value={query['eventType']} options={types} onChange={change('eventType')} />
        <SelectField label="Read" value={query['isRead']} any="read or not" options={[['false', 'unread'], ['true', 'read']]} onChange={change('isRead')} />
        <SelectField label="Time" value={isCustom ? 'between' : query['range']} any="any time" options={[...RANGES.map(([id, title]) => [id, title] as const), ['between', 'between two moments']]}
          onChange={(range) => set({ range, since: null, until: null, row: null })} />
        {isCustom && moment('since', 'From')}
        {isCustom && moment('until', 'Until')}
        <SelectField label="Group by" value={query['groupBy']} any="nothing" options={GROUPS} onChange={change('groupBy')} />
        {query['groupBy'] === undefined && <SelectField label="Order" value={query['sort'] ?? 'newest'} any={null} options={['newest', 'oldest']} onChange={(sort) => set({ sort: sort === 'newest' ? null : sort, row: null })} />}
      </div>
      <details class="more-filters" open={deeper > 0}>
        <summary>Address, origin, user, fingerprint, endpoint, message{deeper > 0 && <span class="badge accent">{deeper}</span>}</summary>
        <div class="filters">
          {TEXT_FIELDS.map(([name, label, placeholder]) => <TextField key={name} label={label} value={query[name]} placeholder={placeholder} onCommit={change(name)} />)}
        </div>
      </details>
      {(isFiltered(query) || query['groupBy'] !== undefined) && <div class="row"><button type="button" class="button quiet small" onClick={() => set(NOTHING)}>Show all events</button></div>}
    </div>
  )
}
