/**
 * Who waits for whom when items are merged. A merge moves rows from one key to another, so it is alone: votes stand back from its items
 * (db/queries/ballots.ts passes over items that are locked), and actions on votes from its project. Taken in this order everywhere:
 * the project, its items, votes, seats, tallies, audit.
 */
import type { PoolClient } from 'pg'
import { ADVISORY_LOCKS } from '../advisory-locks.ts'

/** A merge of very many votes takes its time; whatever else holds the locks does not. */
const STATEMENT_TIMEOUT = '120s'
const LOCK_TIMEOUT = '10s'

/** For whoever changes what votes there are, before the first of them is looked for: no merge moves them meanwhile. */
export async function keepMergesOut(client: PoolClient, projectId: number): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared($1, $2)', [ADVISORY_LOCKS.merges, projectId])
}

/** For a merge: alone with the votes of the project, but for those that are cast on its other items. */
export async function beginMerge(client: PoolClient, projectId: number): Promise<void> {
  await client.query(`select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`, [LOCK_TIMEOUT, STATEMENT_TIMEOUT])
  await client.query('select pg_advisory_xact_lock($1, $2)', [ADVISORY_LOCKS.merges, projectId])
}

export interface MergeableItem {
  id: number
  title: string
  mergedInto: number | null
}

/** Until the transaction ends no vote is written to these. In key order; an item there is not is left out. */
export async function lockItemsOfMerge(client: PoolClient, projectId: number, itemIds: readonly number[]): Promise<MergeableItem[]> {
  const { rows } = await client.query<MergeableItem>(
    `select item_id as id, title, merged_into as "mergedInto" from items
     where project_id = $1 and item_id = any($2::int[]) order by item_id for update`,
    [projectId, itemIds],
  )
  return rows
}
