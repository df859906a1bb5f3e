/**
 * Many votes at once, written as rows: votes and their tallies, without the decisions, seats and events that real ones bring.
 * Voters are random, as the keys of real ones are, and come in random order.
 */
import { type Pool, inTransaction } from '../../../db/queryable.ts'

const STATEMENT_ROWS = 100_000
/** Beyond this the index is made afterwards, at the fill that random inserts lead to: growing it one key at a time takes most of an hour. */
const GROWN = 1_000_000
const GROWN_FILL = 69

export async function loadVotes(
  pool: Pool, items: readonly { projectId: number; itemId: number }[], votes: number, print: (text: string) => void,
): Promise<void> {
  const begun = performance.now()
  await inTransaction(pool, async (client) => {
    // Every row names an item that is there: asking for each of them again would be most of the time.
    await client.query('set local session_replication_role = replica')
    const insert = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; at += STATEMENT_ROWS) {
        await client.query(`
          insert into votes (project_id, item_id, voter, cast_at, tier, state, value)
          select k.project_id, k.item_id, gen_random_uuid(), now() - interval '40 days' + n * interval '30 days' / $4, 'd', 'c', '1'
          from generate_series($5::bigint, $6::bigint) as n
          join unnest($1::int[], $2::int[], $3::int[]) as k (project_id, item_id, place) on k.place = n % $7`,
        [
          items.map((item) => item.projectId), items.map((item) => item.itemId), items.map((_, place) => place), votes,
          at, Math.min(at + STATEMENT_ROWS, to) - 1, items.length,
        ])
      }
    }
    await insert(0, Math.min(votes, GROWN))
    if (votes > GROWN) {
      const { rows: [key] } = await client.query<{ name: string; definition: string }>(
        `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'votes'::regclass and contype = 'p'`)
      if (key === undefined) throw new Error('votes have no primary key')
      await client.query(`alter table votes drop constraint ${key.name}`)
      await insert(GROWN, votes)
      await client.query(`set local maintenance_work_mem = '512MB'`)
      await client.query(`alter table votes add constraint ${key.name} ${key.definition} with (fillfactor = ${GROWN_FILL})`)
    }
    await client.query(`
      update tallies t set counted = t.counted + v.votes, version = t.version + 1
      from (select project_id, item_id, count(*)::int as votes from votes group by project_id, item_id) v
      where t.project_id = v.project_id and t.item_id = v.item_id`)
  })
  await pool.query('vacuum (analyze) votes')
  await pool.query('checkpoint')
  print(`  ${votes.toLocaleString('en')} votes loaded in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
}
