/**
 * Votes of a month with the decisions they were cast under, and what moderation and rules made of them: held for every reason
 * there is, invalidated with the layers that say so, some of it undone. The tallies are recounts.
 */
import type { Queryable } from '../../db/queryable.ts'
import type { LedgerSize } from './dashboard-ledger.ts'

const found = (...names: [detector: string, group: string, value: number, weight: number][]): string =>
  JSON.stringify({ found: names.map(([detector, group, value, weight]) => ({ detector, group, value, weight })), credits: [], missing: ['hoverMs'] })
const CLEAN = [
  JSON.stringify({ found: [], credits: [], missing: [] }),
  JSON.stringify({ found: [], credits: [{ name: 'verified', value: 0.2 }], missing: ['fingerprint'] }),
  found(['network-velocity', 'velocity', 0.3, 0.4]),
  found(['foreign-time-zone', 'network', 1, 0.15]),
]
const SUSPICIOUS = [
  found(['webdriver', 'automation', 1, 0.95], ['instant-press', 'behaviour', 1, 0.25]),
  found(['pressureless-mouse', 'behaviour', 1, 0.75], ['hosting-network', 'network', 1, 0.3]),
  found(['network-velocity', 'velocity', 0.9, 0.4], ['unhovered-click', 'behaviour', 1, 0.5], ['hosting-network', 'network', 1, 0.3]),
  found(['replayed-gesture', 'integrity', 1, 0.6], ['regular-arrivals', 'velocity', 0.8, 0.4]),
]
const SIGNALS = [
  JSON.stringify({ webdriver: false, trusted: true, input: 'mouse', dwellMs: 8412, pressMs: 96, hoverMs: 240, pressure: 0.5, moves: 88, coalescedMoves: 151, straightness: 0.91, offCentre: 0.31, languages: 2, timezoneOffset: -60, visible: true, language: 'en-GB', platform: 'Windows' }),
  JSON.stringify({ webdriver: false, trusted: true, input: 'touch', dwellMs: 5120, pressMs: 80, languages: 1, timezoneOffset: -120, visible: true, language: 'de-DE', platform: 'Android', mobile: true }),
  JSON.stringify({ webdriver: false, trusted: true, input: 'keyboard', dwellMs: 14300, keys: 9, languages: 1, timezoneOffset: 300, visible: true, language: 'en-US', platform: 'macOS' }),
]
const texts = (values: readonly string[]): string => `array[${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')}]`

/** What becomes of a vote: `c` counted; held for `score`, `seat`, `cohort`, `age` when cast; held later by `layered` cohort or `moderator`; `i` invalidated. */
const FATE = `case
  when pg_temp.u(n, 30) < 0.96 then 'c'
  when pg_temp.u(n, 30) >= 0.99 then 'i'
  else (array['score','score','score','score','score','score','score','seat','seat','seat','cohort','cohort','cohort','age','age','layered','layered','layered','moderator','moderator'])
    [1 + floor(20 * pg_temp.u(n, 31))::int] end`

export async function fillVotes(db: Queryable, { rows, now }: LedgerSize): Promise<void> {
  await db.query(`
    create temp table bench_vote as
    select d.n, p.project_id, p.origin, i.item_id, i.k as item_no, pg_temp.md5_uuid('voter ' || d.person) as voter, d.person, d.nth,
      d.at, d.fate, d.value, d.verified, d.source,
      case when d.fate = 'i' then pg_temp.u(d.n, 33) < 0.15 end as was_held
    from (
      select n, n / 3 as person, n % 3 as nth, ${FATE} as fate, least(${now - 1000}, pg_temp.moment(n / 3, 20) + n % 3 * 45000) as at,
        pg_temp.u(n / 3, 23) as whose, floor((select count(*) from bench_source) * power(pg_temp.u(n / 3, 24), 3))::int as source,
        pg_temp.u(n / 3, 25) < 0.35 as verified, case when pg_temp.u(n, 26) < 0.02 then 0 else 1 end as value
      from generate_series(0, ${rows - 1}::bigint) as n
    ) d
    join bench_project p on d.whose >= p.share_from and d.whose < p.share_to
    -- Three items each, the popular ones first; a burst is for the first of the board.
    join bench_item i on i.project_id = p.project_id
      and i.k = ((case when pg_temp.u(d.person, 20) < 0.12 then 0 else floor(p.items * power(pg_temp.u(d.person, 27), 2))::int end) + d.nth * 7) % p.items;
    analyze bench_vote`)
  await db.query(`
    insert into votes (project_id, item_id, voter, cast_at, tier, state, value)
    select project_id, item_id, voter, pg_temp.stamp(at), case when verified then 'v' else 'd' end::"char",
      case fate when 'c' then 'c' when 'i' then 'i' else 'h' end::"char", value::text::"char"
    from bench_vote order by at`)
  await fillCohorts(db, now)
  await db.query(`
    insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network,
      fingerprint, device, user_agent, origin, end_user, signals, core, asn, hosting, country, held_for, cohort_id, shadow, newcomer, held_until, recorded_at)
    select v.project_id, pg_temp.stamp(v.at), pg_temp.uuid7(v.at, v.n), v.item_id, v.voter, case when v.verified then 'v' else 'd' end::"char", v.value::text::"char",
      case when cast_held then 'h' else 'c' end::"char",
      case when v.fate = 'score' then 0.55 + 0.3 * pg_temp.u(v.n, 34) when v.fate in ('i', 'cohort', 'layered') then 0.2 + 0.3 * pg_temp.u(v.n, 34) else 0.4 * power(pg_temp.u(v.n, 34), 3) end,
      case when cast_held then 'hold' else 'allow' end, 'default-1',
      case when v.fate in ('c', 'seat', 'age') then (${texts(CLEAN)})[1 + floor(4 * pg_temp.u(v.n, 35))::int] else (${texts(SUSPICIOUS)})[1 + floor(4 * pg_temp.u(v.n, 35))::int] end::jsonb,
      s.ip, s.network, case when c.kind = 'fingerprint' and in_cohort then c.matches else s.fingerprint end, pg_temp.md5_uuid('device ' || v.person), s.user_agent, v.origin,
      case when v.verified then 'usr_' || (1000 + v.person % 8000) || '***' end,
      case when pg_temp.u(v.n, 36) < 0.8 then (${texts(SIGNALS)})[1 + floor(3 * pg_temp.u(v.n, 37))::int]::jsonb end,
      case when c.kind = 'core' and in_cohort then c.matches else s.core end, s.asn, s.hosting, s.country,
      case when v.fate in ('score', 'seat', 'cohort', 'age') then v.fate when v.fate = 'i' and v.was_held then 'score' end,
      case when v.fate = 'cohort' then c.cohort_id end,
      case when pg_temp.u(v.n, 38) < 0.01 then '{"policy": "trial-2", "action": "challenge", "score": 0.36}'::jsonb end,
      v.nth = 0,
      case when v.fate = 'age' then pg_temp.stamp(${now} + 30 * 86400000::bigint) end, pg_temp.stamp(v.at + 1000)
    from bench_vote v
    join bench_source s on s.n = v.source
    left join cohorts c on c.project_id = v.project_id and c.item_id = v.item_id
    cross join lateral (select v.fate in ('score', 'seat', 'cohort', 'age') or (v.fate = 'i' and v.was_held) as cast_held, v.fate in ('cohort', 'layered') as in_cohort) f
    order by v.at`)
  await fillActions(db, now)
  await db.query(`
    insert into tallies (project_id, item_id, counted, held, invalidated, version, counted_verified, held_verified, invalidated_verified)
    select i.project_id, i.item_id, count(*) filter (where state = 'c'), count(*) filter (where state = 'h'), count(*) filter (where state = 'i'), count(v.voter),
      count(*) filter (where state = 'c' and tier = 'v'), count(*) filter (where state = 'h' and tier = 'v'), count(*) filter (where state = 'i' and tier = 'v')
    from items i left join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.value = '1' and v.superseded_by is null
    group by i.project_id, i.item_id
    on conflict (project_id, item_id) do update set counted = excluded.counted, held = excluded.held, invalidated = excluded.invalidated, version = excluded.version,
      counted_verified = excluded.counted_verified, held_verified = excluded.held_verified, invalidated_verified = excluded.invalidated_verified`)
  await db.query(`insert into policy_trials (policy, began_at) values ('trial-2', pg_temp.stamp(${now - 25 * 86_400_000}))`)
}

/** One for each item whose votes share a machine or a fingerprint; a third of them still hold. */
async function fillCohorts(db: Queryable, now: number): Promise<void> {
  await db.query(`
    insert into cohorts (project_id, kind, matches, item_id, evidence, actor, first_sign_at, opened_at, expires_at)
    select project_id, case when item_id % 2 = 0 then 'core' else 'fingerprint' end, md5('cohort ' || item_id), item_id,
      json_build_object('test', 'share', 'voters', count(*), 'forItem', count(*), 'onlyItem', (count(*) * 0.8)::int, 'expected', 0.04, 'chance', 1e-9)::jsonb, 'rule:cohorts',
      pg_temp.stamp(min(at)), pg_temp.stamp(min(at) + 600000), case when item_id % 3 = 0 then pg_temp.stamp(${now} + 10 * 86400000::bigint) else pg_temp.stamp(min(at) + 3 * 86400000) end
    from bench_vote where fate in ('cohort', 'layered') group by project_id, item_id order by project_id, item_id`)
}

/** Invalidations (two an item), holds of cohorts and of moderators, and invalidations that were taken back. */
async function fillActions(db: Queryable, now: number): Promise<void> {
  await db.query(`
    create temp table bench_layer as
    select v.project_id, v.item_id, v.voter, v.at,
      case when v.fate = 'i' then case when pg_temp.u(v.n, 40) < 0.5 then 'first' else 'second' end when v.fate = 'c' then 'undone' else v.fate end as why,
      case when v.was_held then 'h' else 'c' end as prior
    from bench_vote v where v.fate in ('i', 'layered', 'moderator') or (v.fate = 'c' and v.n % 500 = 7);
    create temp table bench_action as
    select nextval(pg_get_serial_sequence('invalidations', 'invalidation_id'))::int as id, a.* from (
      select project_id, item_id, why, count(*)::int as matched, max(at) as last_at from bench_layer group by project_id, item_id, why order by max(at)
    ) a;
    insert into invalidations (project_id, invalidation_id, reason, actor, request, matched, created_at, undone_at, undone_by, undo_reason, effect, cohort_id, evidence)
    overriding system value
    select a.project_id, a.id, case a.why when 'layered' then 'One machine, many voters' when 'moderator' then 'To look at' when 'undone' then 'Votes from one office' else 'Bought votes' end,
      case a.why when 'layered' then 'rule:cohorts' else 'operator:1' end, json_build_object('filter', json_build_object('item', a.item_id::text))::jsonb, a.matched,
      pg_temp.stamp(least(${now - 5000}, a.last_at + 3600000)), case when a.why = 'undone' then pg_temp.stamp(least(${now - 1000}, a.last_at + 7200000)) end,
      case when a.why = 'undone' then 'operator:1' end, case when a.why = 'undone' then 'They are people' end,
      case when a.why in ('layered', 'moderator') then 'h' else 'i' end::"char", case when a.why = 'layered' then c.cohort_id end, case when a.why = 'layered' then c.evidence end
    from bench_action a left join cohorts c on c.project_id = a.project_id and c.item_id = a.item_id order by a.id;
    insert into invalidated_votes (project_id, invalidation_id, item_id, voter, prior_state, ended)
    select l.project_id, a.id, l.item_id, l.voter, l.prior::"char", l.why = 'undone'
    from bench_layer l join bench_action a using (project_id, item_id, why) order by 1, 2, 3, 4`)
}
