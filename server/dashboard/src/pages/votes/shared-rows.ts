/** A cohort as a picture: one row for each value that several votes share, one column for each vote, those alike beside each other. */
import type { CohortMember, CohortMembersAnswer } from '../../../../contract/vote-views.ts'

type Shared = CohortMembersAnswer['shared'][number]
export interface SharedRow extends Shared {
  /** For each column, whether that vote has the value. */
  has: boolean[]
}

const MOST_ROWS = 24

/** The commonest first. Columns are sorted by what they have in the rows from the top, so that groups within the cohort stand out. */
export function drawRows(members: readonly CohortMember[], shared: readonly Shared[]): { columns: CohortMember[]; rows: SharedRow[] } {
  const shown = shared.slice(0, MOST_ROWS)
  const has = (member: CohortMember, { field, value }: Shared): boolean => member.values[field] === value
  const pattern = new Map(members.map((member) => [member.voteId, shown.map((one) => (has(member, one) ? '0' : '1')).join('')]))
  const columns = members.toSorted((a, b) => {
    const [one, other] = [pattern.get(a.voteId) ?? '', pattern.get(b.voteId) ?? '']
    return one < other ? -1 : one > other ? 1 : a.castAt - b.castAt
  })
  return { columns, rows: shown.map((one) => ({ ...one, has: columns.map((member) => has(member, one)) })) }
}

export interface Run {
  from: number
  length: number
}

/** Neighbouring columns drawn as one shape: 200 votes and 24 values are a few dozen rectangles then, not 4,800. */
export function runsOf(marks: readonly (string | false)[]): (Run & { mark: string })[] {
  const runs: (Run & { mark: string })[] = []
  for (const [index, mark] of marks.entries()) {
    if (mark === false) continue
    const last = runs.at(-1)
    if (last !== undefined && last.mark === mark && last.from + last.length === index) last.length += 1
    else runs.push({ from: index, length: 1, mark })
  }
  return runs
}
