/** Compares what is stored with what was acknowledged. Everything it counts has to be nought. */
import { findTallyFaults } from '../../db/queries/tallies.ts'
import type { Pool } from '../../db/queryable.ts'
import { type Acknowledged, type Expected, keyOf } from './acknowledged.ts'

export interface Comparison {
  votes: number
  /** Calls in doubt turned out to have been recorded, by the votes they left. */
  recordedInDoubt: number
  /** Acknowledged and not there: votes, their values, their decisions, their seats. */
  lost: number
  /** There twice, or never asked for: votes, decisions, standing votes of one person, counted votes of one seat. */
  double: number
  /** Items whose tally is not a recount of their votes. */
  faults: number
  /** The first of each, for a person to look at. */
  examples: string[]
}

type StoredVote = [itemId: number, voter: string, value: string, superseded: boolean, state: string]
type CountOf = [itemId: number, key: string, count: number]
const MAX_EXAMPLES = 10

export async function compare(pool: Pool, projectId: number, model: Acknowledged): Promise<Comparison> {
  const doubts = model.doubts()
  const read = async <Row extends unknown[]>(text: string): Promise<Row[]> => (await pool.query<Row>({ text, values: [projectId], rowMode: 'array' })).rows
  const votes = await read<StoredVote>('select item_id, voter, value::text, superseded_by is not null, state::text from votes where project_id = $1')
  const decisions = await read<CountOf>('select item_id, voter, count(*)::int from decisions where project_id = $1 group by 1, 2')
  const seats = await read<CountOf>('select item_id, bucket, seats from quotas where project_id = $1')
  const { faults } = await findTallyFaults(pool)

  const result: Comparison = {
    votes: votes.length, recordedInDoubt: 0, lost: 0, double: 0, faults: faults.length, examples: faults.map((fault) => `tally ${JSON.stringify(fault)}`),
  }
  const note = (what: 'lost' | 'double', words: string): void => {
    result[what] += 1
    if (result.examples.length < MAX_EXAMPLES) result.examples.push(`${what}: ${words}`)
  }
  /** What may be stored under the key; none of them: the key is unknown. */
  const allowed = (key: string): Expected[] => {
    const row = model.rows.get(key)
    return [...(row === undefined ? [] : [row]), ...(doubts.get(key) ?? [])]
  }

  const seen = new Set<string>()
  const standing = new Map<string, number>()
  const counted = new Map<string, number>()
  for (const [itemId, voter, value, superseded, state] of votes) {
    const key = keyOf(itemId, voter)
    if (seen.has(key)) note('double', `vote ${key} is stored twice`)
    seen.add(key)
    const choices = allowed(key)
    const fits = choices.find((choice) => String(choice.value) === value && choice.superseded === superseded)
    if (fits !== undefined && fits !== model.rows.get(key)) result.recordedInDoubt += 1
    if (choices[0] === undefined) note('double', `vote ${key} was never asked for`)
    else if (fits === undefined) note('lost', `vote ${key} is ${value}${superseded ? ' superseded' : ''}, acknowledged was ${JSON.stringify(choices)}`)
    if (value !== '1' || superseded || choices[0] === undefined) continue
    const { holder, bucket } = choices[0]
    if (add(standing, keyOf(itemId, holder)) > 1) note('double', `${holder} has two standing votes on item ${itemId}`)
    if (state === 'c' && bucket !== null && add(counted, keyOf(itemId, bucket)) > 1) note('double', `seat ${bucket} has two counted votes on item ${itemId}`)
  }
  for (const key of model.rows.keys()) if (!seen.has(key)) note('lost', `vote ${key} is not there`)

  const decided = new Map(decisions.map(([itemId, voter, count]) => [keyOf(itemId, voter), count]))
  for (const [key, count] of decided) {
    const most = Math.max(0, ...allowed(key).map((choice) => choice.decisions))
    if (count > most) note('double', `vote ${key} has ${count} decisions for ${most} changes`)
  }
  const taken = new Map(seats.map(([itemId, bucket, count]) => [keyOf(itemId, bucket), count]))
  for (const [key, count] of taken) if (count > 1) note('double', `seat ${key} is taken ${count} times`)
  for (const [key, row] of model.rows) {
    // Only more may have come of a call in doubt: what was acknowledged before it has its decisions.
    if ((decided.get(key) ?? 0) < row.decisions) note('lost', `vote ${key} has ${decided.get(key) ?? 0} decisions for ${row.decisions} changes`)
    if (row.bucket !== null && !taken.has(keyOf(row.itemId, row.bucket))) note('lost', `vote ${key} has no seat`)
  }
  return result
}

/** Returns how many there are now. */
function add(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  return count
}
