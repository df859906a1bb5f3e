/** Who shares what: a row for each shared value, a column for each vote. It is a table, and the picture is in its cells. */
import type { CohortMembersAnswer } from '../../../../contract/vote-views.ts'
import { useMemo } from 'preact/hooks'
import { count, exact, figure } from '../../app/time.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { type SharedRow, drawRows, runsOf } from './shared-rows.ts'

export type SharedField = CohortMembersAnswer['shared'][number]['field']
export const FIELD_NAMES: Record<SharedField, string> = {
  network: 'Network', core: 'Machine', fingerprint: 'Fingerprint', device: 'Device', gesture: 'Gesture', userAgent: 'Browser', asn: 'Network operator', minute: 'Minute',
}

/** @param props.letters of a hash, as many as tell it from others */
export function FieldValue({ field, value, max = 60, letters = 24 }: { field: SharedField; value: string; max?: number; letters?: number }) {
  if (field === 'minute') return <time dateTime={new Date(Number(value)).toISOString()}>{exact(Number(value)).slice(0, -3)}</time>
  if (field === 'asn') return <>AS{value}</>
  if (field === 'userAgent' || field === 'network') return <Untrusted text={value} max={max} />
  return <code class="hash" title={value}>{value.length > letters ? `${value.slice(0, letters)}…` : value}</code>
}

/** Fields one can filter the vote list by. */
const FILTERS: Partial<Record<SharedField, string>> = { network: 'network', core: 'core', fingerprint: 'fingerprint', device: 'device', asn: 'asn' }

interface Props {
  answer: CohortMembersAnswer
  /** The vote list under a filter. */
  votesHref(filter: Record<string, string>): string
}

export function CohortMatrix({ answer: { members, shared, counts }, votesHref }: Props) {
  const { columns, rows } = useMemo(() => drawRows(members, shared), [members, shared])
  const total = counts.counted + counts.held + counts.invalidated
  const states = columns.map(({ state }) => state)
  const table: Column<SharedRow>[] = [
    { head: 'They share', kind: 'primary', cell: ({ field, value }) => <span class="shared-name"><span class="muted small">{FIELD_NAMES[field]}</span> <FieldValue field={field} value={value} /></span> },
    { head: 'Who', cell: ({ has }) => <Strip marks={has.map((mine, index) => mine && (states[index] ?? 'counted'))} /> },
    { head: 'Votes', kind: 'number', cell: ({ votes }) => <span title={`${votes} of ${total}`}>{figure(votes)} <span class="muted small">of {figure(total)}</span></span> },
    {
      head: 'Look', kind: 'action',
      cell: ({ field, value }) => FILTERS[field] !== undefined && <a class="small" href={votesHref({ [FILTERS[field]]: value })}>all of this {FIELD_NAMES[field].toLowerCase()}</a>,
    },
  ]
  return (
    <div class="matrix">
      <p class="small">
        Each column is a vote{members.length < total && <>: the newest {figure(members.length)} of {figure(total)}</>}, each row a value. A mark says that the vote has it; votes alike stand beside each other.
      </p>
      <ul class="legend small">{(['held', 'invalidated', 'counted'] as const).map((state) => <li key={state}><span class={`swatch ${state}`} />{state} ({count(counts[state], 'vote')})</li>)}</ul>
      <DataTable caption="Values that votes of the cohort share" columns={table} rows={rows} rowKey={({ field, value }) => `${field} ${value}`} empty="Its votes share no value that is known: their decisions may be past retention." />
    </div>
  )
}

function Strip({ marks }: { marks: readonly (string | false)[] }) {
  const gap = marks.length > 80 ? 0 : 0.12
  return (
    <svg class="strip" viewBox={`0 0 ${Math.max(1, marks.length)} 10`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="none" x="0" y="4" width={marks.length} height="2" />
      {(gap === 0 ? runsOf(marks) : marks.flatMap((mark, from) => (mark === false ? [] : [{ from, length: 1, mark }]))).map(({ from, length, mark }) =>
        <rect key={from} class={mark} x={from + gap / 2} y="0" width={length - gap} height="10" />)}
    </svg>
  )
}
