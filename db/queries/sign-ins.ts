/** Failed sign-ins, counted by name and network and by name alone. Every attempt counts as one until it turns out right. */
import { storable } from '../storable.ts'
import type { Pool } from '../queryable.ts'
import { type Queryable, inTransaction } from '../queryable.ts'

/** Stands for all networks together. */
export const EVERYWHERE = '0.0.0.0/0'

export interface LockLimit {
  network: string
  /** The failure with which the waiting begins. */
  failures: number
  firstLockMs: number
  maxLockMs: number
}

/**
 * What is kept of a name that somebody typed: names are strangers’ text, sometimes a password in the wrong field. The name is made alike by
 * whoever looks it up (`findOperatorByName`), so that no other spelling of it, with a NUL or a letter that PostgreSQL alone takes for
 * another, has a count of its own.
 */
export async function hashSignInName(db: Queryable, name: string): Promise<Buffer> {
  const { rows: [row] } = await db.query<{ hash: Buffer }>({
    name: 'sign-ins-name', text: `select sha256(convert_to(lower($1::text), 'UTF8')) as hash`, values: [storable(name).trim()],
  })
  if (row === undefined) throw new Error('the name was not hashed')
  return row.hash
}

class Locked extends Error {
  readonly until: number
  constructor(until: number) {
    super('locked')
    this.until = until
  }
}

/** Counts an attempt under each limit, or under none where one of them is locked: until when, in milliseconds since the epoch. */
export async function countAttempt(
  pool: Pool, nameHash: Buffer, limits: readonly LockLimit[], times: { now: number; forgetMs: number },
): Promise<number | null> {
  try {
    await inTransaction(pool, async (client) => {
      for (const limit of limits) {
        const until = await countUnder(client, nameHash, limit, times)
        if (until !== null) throw new Locked(until)
      }
    })
    return null
  } catch (error) {
    if (error instanceof Locked) return error.until
    throw error
  }
}

/** One statement decides and counts, so of many attempts at the same moment no more get through than the limit. */
async function countUnder(
  db: Queryable, nameHash: Buffer, { network, failures, firstLockMs, maxLockMs }: LockLimit, { now, forgetMs }: { now: number; forgetMs: number },
): Promise<number | null> {
  const counted = await db.query({
    name: 'sign-ins-count',
    text: `
      insert into sign_in_failures as f (name_hash, network, failures, last_failed_at)
      values ($1, $2, 1, to_timestamp($3::float8 / 1000))
      on conflict (project_id, name_hash, network) do update set
        (failures, locked_until) = (
          select n.failures, case when n.failures >= $4::int
            then to_timestamp(($3::float8 + least($6::float8, $5::float8 * power(2, least(n.failures - $4::int, 30)))) / 1000) end
          from (select case when f.last_failed_at < to_timestamp(($3::float8 - $7::float8) / 1000) then 1 else f.failures + 1 end) as n (failures)),
        last_failed_at = excluded.last_failed_at
      where f.locked_until is null or f.locked_until <= excluded.last_failed_at`,
    values: [nameHash, network, now, failures, firstLockMs, maxLockMs, forgetMs],
  })
  if (counted.rowCount === 1) return null
  const { rows } = await db.query<{ until: number }>(
    'select locked_until as until from sign_in_failures where project_id = 0 and name_hash = $1 and network = $2', [nameHash, network])
  return rows[0]?.until ?? now
}

/**
 * The attempt was no failure after all; a door that it locked is open again. It was not locked before: then it would not have been counted,
 * and while it is locked no other attempt is.
 */
export async function takeBackAttempt(db: Queryable, nameHash: Buffer, limits: readonly LockLimit[]): Promise<void> {
  for (const { network } of limits) {
    await db.query(
      `update sign_in_failures set failures = greatest(0, failures - 1), locked_until = null
       where project_id = 0 and name_hash = $1 and network = $2`,
      [nameHash, network],
    )
  }
}

export async function forgetFailures(db: Queryable, nameHash: Buffer, network: string): Promise<void> {
  await db.query('delete from sign_in_failures where project_id = 0 and name_hash = $1 and network = $2', [nameHash, network])
}

/** A person’s door is opened everywhere: their password was reset. */
export async function forgetFailuresOf(db: Queryable, nameHash: Buffer): Promise<void> {
  await db.query('delete from sign_in_failures where project_id = 0 and name_hash = $1', [nameHash])
}

/** Those older than `before`, and of the rest all but the `most` that weigh most: names are whatever strangers type. */
export async function trimFailures(db: Queryable, before: number, most: number): Promise<void> {
  await db.query('delete from sign_in_failures where last_failed_at < to_timestamp($1::float8 / 1000)', [before])
  await db.query(
    `delete from sign_in_failures where project_id = 0 and (name_hash, network) in (
       select name_hash, network from sign_in_failures where project_id = 0 order by failures desc, last_failed_at desc offset $1)`,
    [most],
  )
}
