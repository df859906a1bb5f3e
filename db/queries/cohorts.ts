/**
 * Cohorts: votes on one item that share what no honest crowd does. A cohort stands until it expires or is lifted; expiring ends
 * the holding of further votes, lifting also undoes what it held.
 */
import type { PoolClient } from 'pg'
import type { CohortKind } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'
import { keepMergesOut } from './merge-locks.ts'
import { type ActionResult, endActions } from './vote-moves.ts'
import { HOLDERS } from './vote-filter.ts'

export interface CohortRow {
  id: number
  projectId: number
  kind: CohortKind
  /** The value shared, as the gate reads it off a request; `*` for a surge. */
  matches: string
  itemId: number
  evidence: unknown
  actor: string
  firstSignAt: number
  openedAt: number
  expiresAt: number
  liftedAt: number | null
  /** `expiry`: it made way for a new one with the same sign, and its votes are still held. */
  liftedBy: string | null
}
export type NewCohort = Omit<CohortRow, 'id' | 'liftedAt' | 'liftedBy'>

const COLUMNS = `c.cohort_id as id, c.project_id as "projectId", c.kind, c.matches, c.item_id as "itemId", c.evidence, c.actor,
  c.first_sign_at as "firstSignAt", c.opened_at as "openedAt", c.expires_at as "expiresAt",
  c.lifted_at as "liftedAt", c.lifted_by as "liftedBy"`

/** Inside a transaction. null: one with this kind, value and item stands already; one that expired by `openedAt` makes way. */
export async function insertCohort(client: PoolClient, cohort: NewCohort): Promise<CohortRow | null> {
  await client.query(
    `update cohorts set lifted_at = to_timestamp($5 / 1000.0), lifted_by = 'expiry'
     where project_id = $1 and kind = $2 and matches = $3 and item_id = $4
       and lifted_at is null and expires_at <= to_timestamp($5 / 1000.0)`,
    [cohort.projectId, cohort.kind, cohort.matches, cohort.itemId, cohort.openedAt],
  )
  const { rows } = await client.query<CohortRow>(
    `insert into cohorts as c (project_id, kind, matches, item_id, evidence, actor, first_sign_at, opened_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), to_timestamp($8 / 1000.0), to_timestamp($9 / 1000.0))
     on conflict (project_id, kind, matches, item_id) where lifted_at is null do nothing
     returning ${COLUMNS}`,
    [
      cohort.projectId, cohort.kind, cohort.matches, cohort.itemId, JSON.stringify(cohort.evidence), cohort.actor,
      cohort.firstSignAt, cohort.openedAt, cohort.expiresAt,
    ],
  )
  return rows[0] ?? null
}

/**
 * The cohort stands until `expiresAt` at least, with newer evidence where there is some. false: it was lifted, and must hold nothing more.
 * In the transaction that holds further votes, call this before.
 */
export async function extendCohort(db: Queryable, projectId: number, id: number, expiresAt: number, evidence?: unknown): Promise<boolean> {
  const { rowCount } = await db.query(
    `update cohorts set expires_at = greatest(expires_at, to_timestamp($3 / 1000.0)), evidence = coalesce($4, evidence)
     where project_id = $1 and cohort_id = $2 and lifted_at is null`,
    [projectId, id, expiresAt, evidence === undefined ? null : JSON.stringify(evidence)],
  )
  return rowCount === 1
}

/**
 * Of every project: those that hold further votes at `now`, and where those are cast: an item that was merged into another is voted
 * for there. A surge is of its own item only: how busy the other one is says nothing about it.
 */
export async function loadStandingCohorts(db: Queryable, now: number): Promise<CohortRow[]> {
  const { rows } = await db.query<CohortRow>(
    `select ${COLUMNS.replace('c.item_id', "case when c.kind = 'surge' then c.item_id else present_item(c.project_id, c.item_id) end")}
     from cohorts c where c.lifted_at is null and c.expires_at > to_timestamp($1 / 1000.0) order by c.cohort_id`, [now])
  return rows
}

/** null: the project has no such cohort. Lifted and expired ones are found too. */
export async function findCohort(db: Queryable, projectId: number, id: number): Promise<CohortRow | null> {
  const { rows } = await db.query<CohortRow>(
    `select ${COLUMNS} from cohorts c where c.project_id = $1 and c.cohort_id = $2`, [projectId, id])
  return rows[0] ?? null
}

/** Those of the project, whatever became of them. */
export async function findCohorts(db: Queryable, projectId: number, ids: readonly number[]): Promise<CohortRow[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<CohortRow>(
    `select ${COLUMNS} from cohorts c where c.project_id = $1 and c.cohort_id = any($2::int[]) order by c.cohort_id`, [projectId, ids])
  return rows
}

/** Standing votes that the cohort is a reason for. `$1` is the project. */
const votesHeldBy = (id: string): string => `
  select count(*)::int from votes v ${HOLDERS}
  where v.project_id = $1 and v.state = 'h' and v.value = '1' and v.superseded_by is null and ${id} = any(h.cohorts)
    and (v.item_id, v.voter) in (
      select i.item_id, i.voter from invalidations a join invalidated_votes i using (project_id, invalidation_id)
      where a.project_id = $1 and a.cohort_id = ${id} and not i.ended
      union select x.item_id, x.voter from decisions x where x.project_id = $1 and x.cohort_id = ${id}
    )`

export async function countHeldBy(db: Queryable, projectId: number, id: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(votesHeldBy('$2::int'), [projectId, id])
  return rows[0]?.count ?? 0
}

export interface ListedCohort extends CohortRow {
  /** Votes that would be in a tally’s held column now and that the cohort is a reason for. */
  votesHeld: number
}

/** Newest first, lifted ones included; `before` is the last id of the page before. */
export async function listCohorts(
  db: Queryable, projectId: number, page: { before: number | null; limit: number },
): Promise<ListedCohort[]> {
  const { rows } = await db.query<ListedCohort>(
    `with page as materialized (
       select ${COLUMNS} from cohorts c
       where c.project_id = $1 and ($2::int is null or c.cohort_id < $2)
       order by c.cohort_id desc limit $3
     )
     select page.*, (${votesHeldBy('page.id')}) as "votesHeld"
     from page order by page.id desc`,
    [projectId, page.before, page.limit],
  )
  return rows
}

/**
 * Inside a transaction: the cohort is lifted, every hold it made is undone, and votes held for it on arrival are counted.
 * What another cohort or a moderator keeps out stays out, and comes back exactly when that ends. Lifting again
 * changes nothing but for votes that were on their way here when it was lifted.
 */
export async function liftCohort(
  client: PoolClient, projectId: number, id: number, lift: { actor: string; reason: string | null; now: number },
): Promise<ActionResult | 'unknown'> {
  await keepMergesOut(client, projectId)
  const { rowCount } = await client.query(`select 1 from cohorts where project_id = $1 and cohort_id = $2 for update`, [projectId, id])
  if (rowCount === 0) return 'unknown'
  await client.query(
    `update cohorts set lifted_at = to_timestamp($3 / 1000.0), lifted_by = $4, lift_reason = $5
     where project_id = $1 and cohort_id = $2 and (lifted_at is null or lifted_by = 'expiry')`,
    [projectId, id, lift.now, lift.actor, lift.reason],
  )
  const { rows } = await client.query<{ id: number }>(
    `select invalidation_id as id from invalidations
     where project_id = $1 and cohort_id = $2 and effect = 'h' and undone_at is null
     order by invalidation_id for update`,
    [projectId, id],
  )
  const actions = rows.map((row) => row.id)
  const result = await endActions(client, projectId, id, actions, id)
  await client.query(
    `update invalidations set undone_at = to_timestamp($3 / 1000.0), undone_by = $4, undo_reason = $5
     where project_id = $1 and invalidation_id = any($2::int[])`,
    [projectId, actions, lift.now, lift.actor, lift.reason],
  )
  return result
}
