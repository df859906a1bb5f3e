/** Whether what was acknowledged is there, and nothing else: the one thing this bench fails for. */
import type { Pool } from '../../../db/queryable.ts'

export interface Counts {
  /** Rows. */
  votes: number
  /** Of them, those that count or are held. */
  standing: number
  /** Of these, those that are held: of some hundred thousand strangers a few agree by chance as no crowd does. */
  held: number
  /** Sums of the tallies’ columns. */
  tallies: { counted: number; held: number }
  /** Of the unprotected table. */
  bare: number
}

export async function countAll(pool: Pool): Promise<Counts> {
  const { rows: [row] } = await pool.query<Counts>(`
    select v.votes, v.standing, v.held, t.tallies, (select count(*)::int from bare_votes) as bare
    from (
      select count(*)::int as votes, (count(*) filter (where state in ('c', 'h') and value = '1' and superseded_by is null))::int as standing,
        (count(*) filter (where state = 'h' and value = '1' and superseded_by is null))::int as held
      from votes
    ) v, (select jsonb_build_object('counted', coalesce(sum(counted), 0)::int, 'held', coalesce(sum(held), 0)::int) as tallies from tallies) t`)
  if (row === undefined) throw new Error('counting gave nothing')
  return row
}

export interface Acknowledged {
  /** Answers below 400. */
  accepted: number
  /** At most so many were on their way when a generator left: written or not, nobody was told. */
  leftUnderWay: number
}

/** Of the votes: more than this is no chance. */
const MOST_HELD = 0.001

/** What is wrong, in words; empty is the only right answer. */
export function findCountFaults(kind: 'votes' | 'bare', before: Counts, after: Counts, { accepted, leftUnderWay }: Acknowledged): string[] {
  const added = after[kind] - before[kind]
  const faults: string[] = []
  if (added < accepted) faults.push(`${accepted} votes were acknowledged and ${added} are there`)
  if (added - accepted > leftUnderWay) faults.push(`${added} votes are there and only ${accepted} were acknowledged`)
  if (kind === 'bare') return faults
  const held = after.held - before.held
  const counted = after.standing - before.standing - held
  if (counted + held !== added) faults.push(`of ${added} new votes ${counted} count and ${held} are held`)
  if (held > MOST_HELD * added) faults.push(`${held} of ${added} new votes are held`)
  const grown = [after.tallies.counted - before.tallies.counted, after.tallies.held - before.tallies.held]
  if (grown[0] !== counted || grown[1] !== held) faults.push(`the tallies grew by ${grown[0]} and ${grown[1]} held, the votes by ${counted} and ${held} held`)
  return faults
}
