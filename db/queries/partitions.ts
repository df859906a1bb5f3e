/** Day partitions of the ledger: made ahead of time, dropped whole when retention ends. */
import type { PoolClient } from 'pg'
import { ADVISORY_LOCKS } from '../advisory-locks.ts'

const PARENTS = ['security_events', 'decisions', 'traffic'] as const
const DAY_MS = 86_400_000
const DAYS_AHEAD = 7

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** Inside a transaction. The same retention deletes rows in default partitions, and clears the addresses that feedback came from and actions on votes were about. */
export async function keepPartitions(client: PoolClient, now: number, retentionDays: number): Promise<{ made: number; dropped: number }> {
  await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.housekeeping])
  const oldest = now - retentionDays * DAY_MS
  let made = 0
  let dropped = 0
  for (const parent of PARENTS) {
    const { rows: [ensured] } = await client.query<{ made: number }>(
      'select ensure_day_partitions($1::regclass, $2::date, $3::date) as made', [parent, day(now - DAY_MS), day(now + DAYS_AHEAD * DAY_MS)])
    const { rows: [removed] } = await client.query<{ dropped: number }>(
      'select drop_day_partitions($1::regclass, $2::date) as dropped', [parent, day(oldest)])
    made += ensured?.made ?? 0
    dropped += removed?.dropped ?? 0
  }
  await client.query('delete from security_events_default where occurred_at < to_timestamp($1 / 1000.0)', [oldest])
  await client.query('delete from traffic_default where occurred_at < to_timestamp($1 / 1000.0)', [oldest])
  await client.query('delete from decisions_default where decided_at < to_timestamp($1 / 1000.0)', [oldest])
  // The day that retention ends within is still there as a whole, and so are its counts.
  for (const table of ['hourly_counts', 'daily_counts', 'hourly_traffic']) await client.query(`delete from ${table} where at < $1::date::timestamp at time zone 'UTC'`, [day(oldest)])
  await client.query(
    `update feedback set ip_address = null, fingerprint = null
     where created_at < to_timestamp($1 / 1000.0) and (ip_address is not null or fingerprint is not null)`, [oldest])
  // What they shared is an address or a fingerprint; that they were, and what was held, stays in the log.
  await client.query(
    `update cohorts set matches = 'forgotten ' || cohort_id
     where expires_at < to_timestamp($1 / 1000.0) and matches not like 'forgotten %' and matches <> '*'`, [oldest])
  // Whose votes an action was about is an address, too. Which votes it came to is kept beside it, and that is what undoing reads.
  await client.query(
    `update invalidations set request = request - 'group' - 'filter'
     where created_at < to_timestamp($1 / 1000.0) and request ?| array['group', 'filter']`, [oldest])
  // Whom an alert was about is an address as a rule; its timeline goes with it.
  await client.query(`delete from alerts a where state = 'resolved' and last_at < to_timestamp($1 / 1000.0)
       and not exists (select from responses r where r.project_id = a.project_id and r.alert_id = a.alert_id and r.ended_at is null)`, [oldest])
  await client.query('delete from silences where ends_at < to_timestamp($1 / 1000.0)', [oldest])
  await client.query('delete from returns where returned_at < to_timestamp($1 / 1000.0)', [oldest])
  return { made, dropped }
}
