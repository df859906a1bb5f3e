/** Alerts of a month over grave events that are there, with timelines, responses, blocks and messages; and feedback. */
import type { Queryable } from '../../db/queryable.ts'
import type { LedgerSize } from './dashboard-ledger.ts'

const HOUR_MS = 3_600_000

/** Rules that are shipped, the severity of their alerts, and what is grouped by. */
const RULES = [
  ['algorithm-none', 'critical', 'A token with the algorithm "none"', 'ipAddress'], ['failed-auth-address', 'high', 'Forged tokens from one address', 'ipAddress'],
  ['credential-stuffing', 'high', 'Credential stuffing from one address', 'ipAddress'], ['key-enumeration', 'high', 'Project keys are guessed', 'ipAddress'],
  ['scan-signature', 'high', 'A scanner', 'ipAddress'], ['injection-attempts', 'medium', 'Text that tries to run', 'ipAddress'],
  ['many-fingerprints-changed', 'medium', 'Fingerprints that change', 'ipAddress'], ['forgotten-origin', 'low', 'An origin that was forgotten', 'origin'],
] as const

/** @param sealFor what a channel's settings are at rest */
export async function fillAlerts(db: Queryable, { rows, now }: LedgerSize, sealFor: (channel: { projectId: number; id: number }) => Buffer): Promise<void> {
  const alerts = Math.max(40, Math.round(rows / 500))
  await db.query('create temp table bench_rule (no int, rule text, severity text, title text, field text)')
  await db.query(`insert into bench_rule select (n - 1)::int, r ->> 0, r ->> 1, r ->> 2, r ->> 3 from jsonb_array_elements($1::jsonb) with ordinality as x (r, n)`, [JSON.stringify(RULES)])
  await db.query(`
    create temp table bench_alert as
    with grave as (
      select e.project_id, e.occurred_at, e.event_id, e.ip_address, e.origin, e.count, row_number() over (order by e.occurred_at, e.event_id) as place, count(*) over () as of
      from security_events e where e.severity in ('high', 'critical') and e.project_id > 0
    ), chosen as (
      select *, row_number() over (order by place) as n from grave where place % greatest(1, of / ${alerts}) = 0 order by place limit ${alerts}
    ), made as (
      select c.n, c.project_id, pg_temp.md5_uuid('alert ' || c.n) as alert_id, r.rule, r.severity, r.title,
        case r.field when 'origin' then json_build_object('origin', c.origin) else json_build_object('ipAddress', host(c.ip_address)) end::jsonb as group_by,
        format('[["%s","%s"]]', r.field, case r.field when 'origin' then c.origin else host(c.ip_address) end) as group_key,
        c.occurred_at as starts_at, c.event_id, c.count, host(c.ip_address) as ip,
        case when c.n > ${alerts} * 0.995 then 'pending' when c.n > ${alerts} * 0.975 then 'firing' else 'resolved' end as state,
        pg_temp.u(c.n, 50) as heed, pg_temp.u(c.n, 51) as verdict
      from chosen c join bench_rule r on r.no = floor(${RULES.length} * power(pg_temp.u(c.n, 52), 1.3))::int
    )
    -- Of one group one alert is open.
    select *, state <> 'resolved' and row_number() over (partition by project_id, rule, group_key order by n desc) > 1 as doubled from made;
    update bench_alert set state = 'resolved' where doubled;
    insert into alerts (project_id, alert_id, rule, rule_version, title, group_by, group_key, state, severity, starts_at, fires_at, last_at, ends_at, detected_at, value, lines,
      evidence, suppressed, acknowledged_at, acknowledged_by, disposition, disposed_at, disposed_by, escalations)
    select project_id, alert_id, rule, '0011223344556677', title, group_by, group_key, state, severity, starts_at, case when state <> 'pending' then starts_at end,
      starts_at + interval '4 minutes', case when state = 'resolved' then starts_at + interval '14 minutes' end, starts_at + interval '900 milliseconds',
      5 + floor(pg_temp.u(n, 53) * 200), count, jsonb_build_array(event_id), pg_temp.u(n, 54) < 0.05,
      case when heed < 0.7 then starts_at + heed * interval '90 minutes' end, case when heed < 0.7 then 'operator:1' end,
      case when heed < 0.5 then (array['true_positive','true_positive','true_positive','benign','false_positive'])[1 + floor(5 * verdict)::int] end,
      case when heed < 0.5 then starts_at + interval '3 hours' end, case when heed < 0.5 then 'operator:1' end, case when heed > 0.85 then 1 else 0 end
    from bench_alert order by n;
    insert into alert_timeline (project_id, alert_id, at, kind, actor, detail)
    select a.project_id, a.alert_id, a.starts_at + t.after, t.kind, case t.who when 'rule' then 'rule:' || a.rule else t.who end, t.detail::jsonb
    from bench_alert a join (values
      (1, 'pending', interval '1 second', 'rule', '{"value": 3, "severity": "high"}'), (2, 'firing', interval '2 seconds', 'rule', '{"value": 5, "severity": "high"}'),
      (3, 'notified', interval '12 seconds', 'channel:On call', '{"what": "new", "channelId": "1"}'), (4, 'delivered', interval '13 seconds', 'channel:On call', '{"channelId": "1"}'),
      (5, 'acknowledged', interval '20 minutes', 'operator:1', '{"note": "Looking at it."}'), (6, 'note', interval '40 minutes', 'operator:1', '{"note": "The same network as last week."}'),
      (7, 'resolved', interval '14 minutes', 'rule', '{"value": 5}')
    ) as t (no, kind, after, who, detail) on case when t.kind = 'resolved' then a.state = 'resolved' when t.kind in ('acknowledged', 'note') then a.heed < 0.7 else a.state <> 'pending' or t.kind = 'pending' end
    order by a.n, t.after`)
  await fillResponses(db, rows, now)
  await fillMessages(db, rows, sealFor)
  await fillFeedback(db, rows, now)
}

/** A block behind every second one; some stand, most have run out. */
async function fillResponses(db: Queryable, rows: number, now: number): Promise<void> {
  await db.query(`
    create temp table bench_response as
    select a.*, row_number() over (order by a.n) as nth, a.starts_at + interval '2 hours' < pg_temp.stamp(${now}) as over from (
      select *, count(*) over () as of from bench_alert where rule in ('algorithm-none', 'failed-auth-address', 'credential-stuffing', 'key-enumeration', 'scan-signature')
    ) a where a.n % greatest(1, a.of / ${Math.max(10, Math.round(rows / 2000))}) = 0;
    insert into blocks (project_id, kind, matches, label, reason, actor, created_at, expires_at, lifted_at, lifted_by, automatic, covers, source)
    select project_id, 'ip', ip, ip, title, 'rule:' || rule, starts_at, starts_at + interval '2 hours', case when over then starts_at + interval '2 hours' end,
      case when over then 'expiry' end, true, 'widget', 'alert ' || alert_id from bench_response;
    insert into responses (project_id, alert_id, rule, action, target, mode, reason, applied_at, expires_at, block_id, ended_at, ended_by, detail)
    select r.project_id, r.alert_id, r.rule, 'block', r.ip, case when r.nth % 5 = 0 then 'log' else 'enforce' end, r.title, r.starts_at + interval '1 second',
      r.starts_at + interval '2 hours', b.block_id, case when r.over then r.starts_at + interval '2 hours' end, case when r.over then 'expiry' end, jsonb_build_object('onProject', r.project_id)
    from bench_response r join blocks b on b.project_id = r.project_id and b.source = 'alert ' || r.alert_id order by r.n;
    insert into blocks (project_id, kind, matches, label, reason, actor, created_at, expires_at)
    select p.project_id, 'network', s.network::text, s.network::text, 'Votes by a service', 'operator:1', pg_temp.stamp(${now} - k * 3600000), pg_temp.stamp(${now} + (k + 1) * 7200000)
    from bench_project p, generate_series(1, 40) as k join lateral (select network from bench_source where net = k * 3 limit 1) s on true on conflict do nothing;
    insert into allowed_sources (project_id, network, reason, actor, created_at, expires_at)
    select p.project_id, format('198.51.%s.0/24', 100 + k)::cidr, 'The office', 'operator:1', pg_temp.stamp(${now} - k * 86400000), case when k % 2 = 0 then pg_temp.stamp(${now} + k * 86400000) end
    from bench_project p, generate_series(1, 4) as k;
    insert into silences (project_id, matchers, reason, actor, created_at, starts_at, ends_at)
    select p.project_id, '[{"name": "rule", "value": "forgotten-origin"}]', 'A move of the shop', 'operator:1', pg_temp.stamp(${now} - k * 86400000), pg_temp.stamp(${now} - k * 86400000),
      pg_temp.stamp(${now} - k * 86400000 + case when k = 1 then 172800000 else 43200000 end) from bench_project p, generate_series(1, 5) as k;
    insert into expected_spikes (project_id, item_id, starts_at, ends_at, reason, actor, created_at)
    select p.project_id, null, pg_temp.stamp(${now} - k * 86400000 * 5), pg_temp.stamp(${now} - k * 86400000 * 5 + ${4 * HOUR_MS}), 'A newsletter', 'operator:1', pg_temp.stamp(${now} - k * 86400000 * 5)
    from bench_project p, generate_series(1, 4) as k`)
}

/** All of them have arrived or were given up: nothing is left that a server would send. */
async function fillMessages(db: Queryable, rows: number, sealFor: (channel: { projectId: number; id: number }) => Buffer): Promise<void> {
  const { rows: [channel] } = await db.query<{ id: number }>(`select nextval(pg_get_serial_sequence('channels', 'channel_id'))::int as id`)
  const id = channel?.id ?? 1
  await db.query(
    `insert into channels (project_id, channel_id, name, kind, sealed_settings, severities, rules, group_wait_ms, group_interval_ms, repeat_interval_ms, created_at)
     overriding system value values (0, $1, 'On call', 'webhook', $2, '{critical,high}', '{no-rule-of-this-name}', 10000, 300000, 14400000, now())`, [id, sealFor({ projectId: 0, id })])
  await db.query(
    `insert into notifications (project_id, channel_id, channel_project_id, dedup_key, message, created_at, attempts, next_attempt_at, sent_at, dead_at, last_error)
     select a.project_id, $1, 0, 'alert ' || a.alert_id,
       jsonb_build_object('kind', 'alerts', 'status', 'firing', 'severity', a.severity, 'title', a.title, 'groupKey', a.project_id || '/' || a.rule, 'projectId', a.project_id, 'projectName', 'A project',
         'alerts', jsonb_build_array(jsonb_build_object('id', a.alert_id, 'rule', a.rule, 'title', a.title, 'severity', a.severity, 'state', 'firing', 'group', a.group_by, 'startsAt', 0, 'endsAt', null,
           'value', 5, 'lines', 1, 'triage', '', 'responses', '[]'::jsonb)), 'more', 0, 'at', 0),
       a.starts_at, case when a.n % 20 = 0 then 12 else 1 end, a.starts_at, case when a.n % 20 <> 0 then a.starts_at + interval '1 second' end,
       case when a.n % 20 = 0 then a.starts_at + interval '1 day' end, case when a.n % 20 = 0 then 'the receiver answered 503' end
     from (select *, row_number() over (order by n desc) as nth from bench_alert where severity in ('high', 'critical')) a where nth <= $2`, [id, Math.max(20, Math.round(rows / 5000))])
}

async function fillFeedback(db: Queryable, rows: number, now: number): Promise<void> {
  await db.query(`
    insert into feedback (project_id, kind, title, body, email, state, voter, tier, ip_address, fingerprint, created_at)
    select p.project_id, (array['idea','bug','praise','other'])[1 + floor(4 * pg_temp.u(f.n, 60))::int],
      (array['Please add tags','The list jumps','I like it','Where is the export?','Sync is slow on the train'])[1 + (f.n % 5)::int] || ' (' || f.n || ')',
      repeat('It happens every time I open it. ', 1 + (f.n % 6)::int), case when f.n % 3 = 0 then 'reader' || f.n || '@example.com' end,
      case when pg_temp.u(f.n, 61) < 0.3 then 'new' when pg_temp.u(f.n, 61) < 0.8 then 'accepted' else 'rejected' end, pg_temp.md5_uuid('voter ' || f.n), 'd', s.ip, s.fingerprint,
      pg_temp.stamp(least(${now}, pg_temp.moment(f.n, 62)))
    from generate_series(1, ${Math.max(50, Math.round(rows / 200))}::bigint) as f (n)
    join bench_project p on pg_temp.u(f.n, 65) >= p.share_from and pg_temp.u(f.n, 65) < p.share_to
    join bench_source s on s.n = floor((select count(*) from bench_source) * pg_temp.u(f.n, 66))::int
    order by f.n`)
}
