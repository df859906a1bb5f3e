/** What the calls of the dashboard benchmark ask about: in every kind something large, which is what is slow, and something small. */
import type { Queryable } from '../../db/queryable.ts'

export interface Subject {
  project: { id: number; key: string }
  /** The month's end, and moments before it. Milliseconds since the epoch. */
  end: number
  dayBefore: number
  weekBefore: number
  monthBefore: number
  events: {
    busyIp: string
    quietIp: string
    origin: string
    fingerprint: string
    user: string
    endpoint: string
    /** What refused tokens are most often refused for. */
    message: string
    /** One of many of its source. */
    id: string
  }
  votes: {
    busyItem: number
    busyIp: string
    quietIp: string
    network: string
    fingerprint: string
    core: string
    country: string
    asn: number
    device: string
    cohort: number
    /** `<item>:<voter>` */
    id: string
  }
  feedback: number
  alert: string
  channel: number
  /** Its number, and its hash as hex. */
  audit: { id: string; hash: string }
}

/** Reads a filled database (dashboard-ledger.ts). */
export async function readSubject(db: Queryable): Promise<Subject> {
  const one = async <T extends object>(sql: string): Promise<T> => {
    const { rows: [row] } = await db.query<T>(sql)
    if (row === undefined) throw new Error(`nothing answers: ${sql}`)
    return row
  }
  const project = await one<Subject['project']>(`select project_id as id, public_key as key from projects order by (select count(*) from items i where i.project_id = projects.project_id) desc limit 1`)
  const mine = `project_id = ${project.id}`
  const { end } = await one<{ end: number }>(`select max(occurred_at) as end from security_events where not is_read or is_read`)
  const most = (column: string, from: string, where = 'true', offset = 0): string =>
    `(select ${column} from ${from} where ${mine} and ${column} is not null and ${where} group by 1 order by count(*) desc, 1 offset ${offset} limit 1)`
  const events = await one<Subject['events']>(`
    select host(${most('ip_address', 'security_events')}) as "busyIp", host(${most('ip_address', 'security_events', 'true', 500)}) as "quietIp",
      ${most('origin', 'security_events', `origin like '%evil%'`)} as origin, ${most('fingerprint', 'security_events', 'true', 20)} as fingerprint, ${most('end_user_id', 'security_events')} as user,
      ${most('endpoint', 'security_events')} as endpoint, ${most('error_message', 'security_events', `event_type = 'jwt_validation_failed'`)} as message,
      (select event_id from security_events where ${mine} and end_user_id is not null and ip_address = ${most('ip_address', 'security_events')} order by occurred_at desc offset 50 limit 1) as id`)
  const votes = await one<Subject['votes']>(`
    select ${most('item_id', 'votes')} as "busyItem", host(${most('ip_address', 'decisions')}) as "busyIp", host(${most('ip_address', 'decisions', 'true', 500)}) as "quietIp",
      ${most('network', 'decisions')}::text as network, ${most('fingerprint', 'decisions', 'true', 20)} as fingerprint, ${most('core', 'decisions')} as core,
      ${most('country', 'decisions', 'true', 20)} as country, ${most('asn', 'decisions', 'true', 20)} as asn, ${most('device', 'decisions')} as device,
      (select cohort_id from invalidations where ${mine} and cohort_id is not null group by 1 order by sum(matched) desc, 1 limit 1) as cohort,
      (select v.item_id || ':' || v.voter from votes v where ${mine} and state = 'h' order by cast_at desc offset 20 limit 1) as id`)
  const { alert } = await one<{ alert: string }>(`select alert_id as alert from alerts where ${mine} and exists (select from responses r where r.alert_id = alerts.alert_id) order by starts_at desc limit 1`)
  const { feedback } = await one<{ feedback: number }>(`select feedback_id as feedback from feedback where ${mine} order by feedback_id desc limit 1`)
  const { channel } = await one<{ channel: number }>('select channel_id as channel from channels limit 1')
  const audit = await one<Subject['audit']>(`select entry_id::text as id, encode(hash, 'hex') as hash from audit_log order by entry_id desc offset 10 limit 1`)
  const day = 86_400_000
  return { project, end, dayBefore: end - day, weekBefore: end - 7 * day, monthBefore: end - 30 * day, events, votes, feedback, alert, channel, audit }
}
