/** Security events of a month: three in five of no weight, three in a hundred critical, read but for the last two days. */
import type { Queryable } from '../../db/queryable.ts'
import type { LedgerSize } from './dashboard-ledger.ts'

const VOTE = 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote'
const SESSIONS = 'POST /api/widget/v1/{projectKey}/sessions'
const BOARD = 'GET /api/widget/v1/{projectKey}/board'

interface Kind {
  eventType: string
  endpoint: string
  message: string
  detail: Record<string, unknown>
  /** Names a key nobody has, so it belongs to no project. */
  nobodys?: true
  origin?: string
}
const jwt = (message: string, reason: string): Kind => ({ eventType: 'jwt_validation_failed', endpoint: SESSIONS, message, detail: { reason, user: 'usr_4821***' } })
const limit = (endpoint: string, scope: string): Kind => ({ eventType: 'rate_limit_exceeded', endpoint, message: `More than the limit of ${scope}`, detail: { scope, limit: 30 } })
const origin = (from: string): Kind => ({ eventType: 'origin_mismatch', endpoint: BOARD, message: 'The origin is not on the project’s list', origin: from, detail: { origin: from } })
const odd = (message: string, detail: Record<string, unknown>): Kind => ({ eventType: 'suspicious_activity', endpoint: VOTE, message, detail })
const changed: Kind = { eventType: 'fingerprint_change', endpoint: VOTE, message: 'A device showed another fingerprint than before', detail: {} }
const key: Kind = { eventType: 'invalid_api_key', endpoint: BOARD, message: 'Unknown project key', detail: { apiKey: 'pk_guess***' }, nobodys: true }

/** Eight of each severity, drawn evenly. */
const KINDS: readonly (readonly [string, readonly Kind[]])[] = [
  ['low', [jwt('Token expired', 'expired'), jwt('Token expired', 'expired'), limit(BOARD, 'address'), limit(VOTE, 'network'), changed, changed,
    odd('A device token this server did not sign', {}), origin('https://shop-preview.example')]],
  ['medium', [origin('https://mirror.example'), origin('https://evil.example'), limit(VOTE, 'voter'), limit(SESSIONS, 'address'), key, key,
    jwt('Missing required fields', 'missing'), odd('A vote was held for its score', { score: 0.61 })]],
  ['high', [jwt('Invalid signature', 'signature'), jwt('Invalid signature', 'signature'), jwt('Invalid signature', 'signature'), odd('A gesture was played back', { kind: 'replay' }),
    odd('A path that scanners ask for', { kind: 'scan', signature: 'dotfiles' }), odd('Votes at even intervals', { kind: 'arrivals' }), key, limit(VOTE, 'item')]],
  ['critical', [jwt('Invalid algorithm: none - possible algorithm attack', 'algorithm'), jwt('Invalid algorithm: none - possible algorithm attack', 'algorithm'),
    jwt('Invalid algorithm: none - possible algorithm attack', 'algorithm'), odd('Part of the server is down', { kind: 'probe' }), odd('One machine in many disguises', { kind: 'cohort' }),
    odd('One machine in many disguises', { kind: 'cohort' }), odd('Text that tries to run as SQL', { kind: 'injection' }), odd('Text that tries to run as SQL', { kind: 'injection' })]],
]

export async function fillEvents(db: Queryable, { rows, now }: LedgerSize): Promise<void> {
  const kinds = KINDS.flatMap(([severity, eight]) => eight.map((kind, place) => ({ severity, place, ...kind })))
  await db.query(`create temp table bench_kind (severity text, place int, event_type text, endpoint text, message text, nobodys boolean, origin text, detail jsonb)`)
  await db.query(
    `insert into bench_kind select severity, place, "eventType", endpoint, message, coalesce(nobodys, false), origin, detail
     from jsonb_to_recordset($1::jsonb) as k (severity text, place int, "eventType" text, endpoint text, message text, nobodys boolean, origin text, detail jsonb)`,
    [JSON.stringify(kinds)])
  const twoDaysAgo = now - 2 * 86_400_000
  const sources = `(select count(*) from bench_source)`
  await db.query(`
    insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address, fingerprint, error_message,
      end_user_email, end_user_id, detail, count, last_seen_at, is_read, recorded_at)
    select case when k.nobodys then 0 else p.project_id end, pg_temp.stamp(d.at), pg_temp.uuid7(d.at, d.n), k.event_type, k.severity, k.endpoint,
      coalesce(k.origin, p.origin), s.ip, case when k.event_type = 'invalid_api_key' then null else s.fingerprint end, k.message,
      case when k.event_type = 'jwt_validation_failed' then chr(97 + (d.n % 26)::int) || '***' || chr(97 + (d.n % 23)::int) || '@example.com' end,
      case when k.event_type = 'jwt_validation_failed' then 'usr_' || (1000 + d.n % 7000) || '***' end,
      k.detail, d.count, pg_temp.stamp(least(${now}, d.at + (d.count - 1) * 20)),
      case when d.at < ${twoDaysAgo} then pg_temp.u(d.n, 15) < 0.97 else pg_temp.u(d.n, 15) < 0.2 end, pg_temp.stamp(least(${now}, d.at + 1000))
    from (
      select n, pg_temp.moment(n, 10) as at, pg_temp.u(n, 13) as whose,
        case when pg_temp.u(n, 14) < 0.6 then 'low' when pg_temp.u(n, 14) < 0.85 then 'medium' when pg_temp.u(n, 14) < 0.97 then 'high' else 'critical' end as severity,
        floor(8 * pg_temp.u(n, 16))::int as place,
        -- One in a hundred addresses makes a fifth of it, and a burst comes from few.
        floor(${sources} * power(pg_temp.u(n, 17), case when pg_temp.u(n, 10) < 0.12 then 8 else 3 end))::int as source,
        case when pg_temp.u(n, 18) < 0.9 then 1 else 2 + floor(400 * power(pg_temp.u(n, 19), 4))::int end as count
      from generate_series(1, ${rows}::bigint) as n
    ) d
    join bench_project p on d.whose >= p.share_from and d.whose < p.share_to
    join bench_source s on s.n = d.source
    join bench_kind k on k.severity = d.severity and k.place = d.place
    order by d.at`)
}
