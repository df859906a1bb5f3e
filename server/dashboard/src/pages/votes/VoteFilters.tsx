/** The vote list's filters, each in the URL. */
import type { HeldFor, Tier, VoteState } from '../../../../contract/primitives.ts'
import type { View } from '../../app/query.ts'
import { Field, SelectField, TextField } from '../../components/Field.tsx'
import { legible } from '../../components/Untrusted.tsx'
import type { Items } from './items.ts'
import { filterOf, fromLocalTime, localTime, noFilter } from './vote-filter.ts'

const STATES: readonly VoteState[] = ['counted', 'held', 'invalidated']
const TIERS: readonly (readonly [Tier, string])[] = [['verified', 'verified user'], ['device', 'device']]
const HELD_FOR: readonly (readonly [HeldFor, string])[] = [
  ['score', 'its score'], ['seat', 'its seat'], ['cohort', 'a cohort'], ['age', 'its voter’s age'], ['moderator', 'a moderator'],
]
const TEXTS = [
  ['network', 'Network', '203.0.113.0/24'], ['fingerprint', 'Fingerprint', ''], ['core', 'Machine', 'hash'], ['device', 'Device', 'id'],
  ['voter', 'Voter', 'id'], ['country', 'Country', 'NL'], ['asn', 'AS number', '64500'], ['cohort', 'Cohort', 'id'],
] as const
const MORE: readonly string[] = [...TEXTS.map(([field]) => field), 'since', 'until']

export function VoteFilters({ view: { query, set, href }, items, queue = false }: { view: View; items: Items; queue?: boolean }) {
  const more = MORE.some((field) => query[field] !== undefined)
  return (
    <search class="vote-filters" aria-label="Filters">
      <div class="filters">
        <SelectField label="Item" value={query['item']} options={(items.data ?? []).map(({ id, title }) => [id, legible(title, 80)] as const)} onChange={(item) => set({ item })} />
        {!queue && <SelectField label="State" value={query['state']} options={STATES} onChange={(state) => set({ state })} />}
        <SelectField label="Held for" value={query['heldFor']} options={HELD_FOR} any={queue ? 'anything' : 'any'} onChange={(heldFor) => set({ heldFor })} />
        <SelectField label="Voter is a" value={query['tier']} options={TIERS} onChange={(tier) => set({ tier })} />
        <TextField label="Address" value={query['ip']} placeholder="203.0.113.7" onCommit={(ip) => set({ ip })} />
      </div>
      <details open={more}>
        <summary>More filters</summary>
        <div class="filters">
          {TEXTS.map(([field, label, placeholder]) => (
            <TextField key={field} label={label} value={query[field]} placeholder={placeholder} onCommit={(value) => set({ [field]: field === 'country' ? value.toUpperCase() : value })} />
          ))}
          {(['since', 'until'] as const).map((field) => (
            <Field key={field} label={field === 'since' ? 'Cast since' : 'Cast before'}>
              <input type="datetime-local" value={localTime(query[field])} onChange={(event: Event & { currentTarget: HTMLInputElement }) => set({ [field]: fromLocalTime(event.currentTarget.value) })} />
            </Field>
          ))}
        </div>
      </details>
      {Object.keys(filterOf(query)).length > 0 && <a class="small" href={href(noFilter())}>Clear all filters</a>}
    </search>
  )
}
