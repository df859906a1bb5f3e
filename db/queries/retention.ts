/** What a shorter retention would delete (partitions.ts does it). */
import type { Queryable } from '../queryable.ts'

const DAY_MS = 86_400_000

export interface RetentionLossRow {
  /** Whole days of the ledger. */
  days: number
  securityEvents: number
  decisions: number
  alerts: number
  /** Feedback that stays, without the address it came from. */
  feedbackAddresses: number
}

/**
 * Rows of whole days by PostgreSQL’s own estimate, or counted where it has none: a day that was never analysed is a small or a
 * young one. Older rows that stand outside day partitions, alerts and feedback are counted.
 */
export async function estimateLoss(db: Queryable, now: number, retentionDays: number): Promise<RetentionLossRow> {
  const oldest = now - retentionDays * DAY_MS
  const { rows: days } = await db.query<{ parent: 'security_events' | 'decisions'; part: string; day: string; estimate: number }>(
    `select p.relname as parent, quote_ident(c.relname) as part, right(c.relname, 8) as day, c.reltuples::float8 as estimate
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
     where p.relnamespace = 'public'::regnamespace and p.relname in ('security_events', 'decisions') and c.relname ~ '_[0-9]{8}$'
       and to_date(right(c.relname, 8), 'YYYYMMDD') < (to_timestamp($1 / 1000.0) at time zone 'UTC')::date`,
    [oldest],
  )
  const rowsOf = async (parent: 'security_events' | 'decisions', column: string): Promise<number> => {
    let total = await count(db, `select count(*)::float8 as count from ${parent}_default where ${column} < to_timestamp($1 / 1000.0)`, [oldest])
    for (const one of days.filter((day) => day.parent === parent)) {
      // The name comes quoted from the catalog.
      total += one.estimate >= 0 ? one.estimate : await count(db, `select count(*)::float8 as count from ${one.part}`, [])
    }
    return total
  }
  return {
    days: new Set(days.map(({ day }) => day)).size,
    securityEvents: await rowsOf('security_events', 'occurred_at'),
    decisions: await rowsOf('decisions', 'decided_at'),
    alerts: await count(db, `select count(*)::float8 as count from alerts where state = 'resolved' and last_at < to_timestamp($1 / 1000.0)`, [oldest]),
    feedbackAddresses: await count(
      db, `select count(*)::float8 as count from feedback where created_at < to_timestamp($1 / 1000.0) and (ip_address is not null or fingerprint is not null)`, [oldest]),
  }
}

async function count(db: Queryable, text: string, values: unknown[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(text, values)
  return rows[0]?.count ?? 0
}
