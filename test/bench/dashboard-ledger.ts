/**
 * A month of a busy installation, for measuring what the dashboard asks: as many security events as votes, in their day
 * partitions, with the tails real traffic has. Made by the database from hashes of row numbers, so the same rows, moment and
 * size give the same ledger; two minutes of round trips are half a minute of `insert … select`.
 */
import type { PoolClient } from 'pg'
import { createProject } from '../../db/create-project.ts'
import type { Queryable } from '../../db/queryable.ts'
import { sealSettings } from '../../server/watch/notifiers/sealed-settings.ts'
import { fillAlerts } from './dashboard-ledger-alerts.ts'
import { fillAudit } from './dashboard-ledger-audit.ts'
import { fillEvents } from './dashboard-ledger-events.ts'
import { fillVotes } from './dashboard-ledger-votes.ts'

export const DAYS = 30
const DAY_MS = 86_400_000
export const LEDGER_PROJECTS = [
  { publicKey: 'pk_large', name: 'Northwind Notes', items: 120, share: 0.8 },
  { publicKey: 'pk_middle', name: 'Harbour Maps', items: 60, share: 0.15 },
  { publicKey: 'pk_small', name: 'Lantern Mail', items: 20, share: 0.05 },
] as const

export interface LedgerSize {
  /** Security events, and votes; everything else in proportion. */
  rows: number
  /** The end of the month. Milliseconds since the epoch. */
  now: number
}
export interface DashboardLedger {
  /** Ids in the order of LEDGER_PROJECTS. */
  projectIds: number[]
}

/**
 * Fills a migrated, empty database. Outside a transaction, on one connection, with no statement timeout.
 * @param vaultKey `deriveKeys(masterSecret).vault` of the server that is to read it
 */
export async function fillDashboardLedger(
  db: PoolClient, { rows, now, vaultKey, print = () => undefined }: LedgerSize & { vaultKey: Buffer; print?: (line: string) => void },
): Promise<DashboardLedger> {
  const size = { rows, now }
  const timed = async (what: string, work: () => Promise<void>): Promise<void> => {
    const begun = performance.now()
    await work()
    print(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
  await db.query(`set work_mem = '256MB'; set maintenance_work_mem = '256MB'; set synchronous_commit = off; set timezone = 'UTC'; set statement_timeout = 0`)
  const projectIds: number[] = []
  await timed('projects, items and sources', async () => {
    for (const { publicKey, name } of LEDGER_PROJECTS) {
      const { id } = await createProject(db, vaultKey, { publicKey, name, origins: [originOf(publicKey)], mode: 'open', fingerprint: 'on', dedup: 'hold' })
      projectIds.push(id)
    }
    await prepare(db, size, projectIds)
  })
  await timed('security events', () => fillEvents(db, size))
  await timed('votes, decisions and actions', () => fillVotes(db, size))
  await timed('traffic', () => fillTraffic(db, size))
  await timed('alerts, responses and messages', () =>
    fillAlerts(db, size, (channel) => sealSettings(vaultKey, {
      allowPrivate: false, channel: { kind: 'webhook', settings: { url: 'https://hooks.example/truetally', secret: `whsec_${'A'.repeat(32)}` } },
    }, channel)))
  await timed('audit log', () => fillAudit(db, size, projectIds))
  await timed('vacuum analyze', () => db.query('vacuum analyze').then(() => undefined))
  return { projectIds }
}

export const originOf = (publicKey: string): string => `https://${publicKey.slice(3)}.example`

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** Temporary tables and functions that everything below is drawn from. */
async function prepare(db: Queryable, { rows, now }: LedgerSize, projectIds: readonly number[]): Promise<void> {
  for (const parent of ['security_events', 'decisions', 'traffic']) {
    await db.query('select ensure_day_partitions($1::regclass, $2::date, $3::date)', [parent, day(now - DAYS * DAY_MS), day(now + 7 * DAY_MS)])
  }
  const begin = now - DAYS * DAY_MS
  await db.query(`
    -- The n-th throw of one of many dice: 0 up to 1, always the same.
    create function pg_temp.u(n bigint, die bigint) returns float8 language sql immutable parallel safe
      return (hashint8extended(n, die) & 2147483647)::float8 / 2147483648.0;
    create function pg_temp.md5_uuid(input text) returns uuid language sql immutable parallel safe return md5(input)::uuid;
    create function pg_temp.uuid7(at_ms bigint, n bigint) returns uuid language sql immutable parallel safe
      return (lpad(to_hex(at_ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid;
    -- A moment of the month: more by day than by night, and one in eight within one of twelve bursts of twenty minutes.
    create function pg_temp.moment(n bigint, die bigint) returns bigint language sql immutable parallel safe
      return ${begin} + (case
        when pg_temp.u(n, die) < 0.12 then pg_temp.u(floor(12 * pg_temp.u(n, die + 1))::bigint, 99) * ${(DAYS - 0.1) * DAY_MS} + pg_temp.u(n, die + 2) * 1200000
        else floor(${DAYS} * pg_temp.u(n, die + 1)) * ${DAY_MS}
          + (pg_temp.u(n, die + 2) - 0.6 * sin(2 * pi() * pg_temp.u(n, die + 2)) / (2 * pi())) * ${DAY_MS - 1} end)::bigint;
    create function pg_temp.stamp(at_ms bigint) returns timestamptz language sql immutable parallel safe
      return 'epoch'::timestamptz + at_ms * interval '1 millisecond'`)
  // A statement that makes a table takes no parameters.
  await db.query('create temp table bench_project (project_id int, items int, share_from float8, share_to float8, origin text)')
  const shares = LEDGER_PROJECTS.map(({ share }) => share)
  const upTo = (index: number): number => shares.slice(0, index).reduce((sum, share) => sum + share, 0)
  await db.query('insert into bench_project select * from unnest($1::int[], $2::int[], $3::float8[], $4::float8[], $5::text[])', [
    projectIds, LEDGER_PROJECTS.map(({ items }) => items), shares.map((_share, index) => upTo(index)),
    shares.map((_share, index) => (index === shares.length - 1 ? 1 : upTo(index + 1))), LEDGER_PROJECTS.map(({ publicKey }) => originOf(publicKey)),
  ])
  await db.query(`
    insert into items (project_id, title, description, status, position, created_at)
    select p.project_id, (array['Offline mode','Dark theme','Shared folders','Search in files','Calendar feed','Faster start','Export as CSV','Two windows'])[1 + k % 8]
        || case when k < 8 then '' else ', part ' || (k / 8 + 1) end,
      'What people asked for.', (array['open','open','open','planned','started','shipped','declined','open'])[1 + k % 8], k, pg_temp.stamp(${begin})
    from bench_project p, generate_series(0, p.items - 1) as k order by p.project_id, k;
    create temp table bench_item as
      select project_id, item_id, (row_number() over (partition by project_id order by item_id) - 1)::int as k from items`)
  const addresses = Math.max(200, Math.round(rows / 20))
  const networks = Math.max(40, Math.round(rows / 200))
  // A few large networks and many small ones; in real, assigned space, so that looking up what an address belongs to is real work.
  await db.query(`
    create temp table bench_source as
    with placed as (
      select n, floor(${networks} * power(pg_temp.u(n, 1), 1.5))::int as net from generate_series(0, ${addresses - 1}) as n
    ), numbered as (select n, net, (row_number() over (partition by net order by n))::int as host from placed)
    select n::int, net,
      case when net % 8 = 7 then format('2a02:%s:%s::%s', to_hex(256 + net / 256), to_hex(net % 256), to_hex(host))
        else format('%s.%s.%s.%s', (array[2,5,24,31,37,41,46,49,58,61,77,80,81,82,85,89,91,95,101,103,109,112,118,151,177,179,185,188,190,197,200,212])[1 + net % 32],
          net / 32, net * 37 % 250, 1 + host % 254) end::inet as ip,
      case when net % 8 = 7 then format('2a02:%s:%s::/64', to_hex(256 + net / 256), to_hex(net % 256))
        else format('%s.%s.%s.0/24', (array[2,5,24,31,37,41,46,49,58,61,77,80,81,82,85,89,91,95,101,103,109,112,118,151,177,179,185,188,190,197,200,212])[1 + net % 32],
          net / 32, net * 37 % 250) end::cidr as network,
      (array['US','DE','GB','FR','IN','BR','JP','CA','NL','PL','ES','IT','SE','AU','MX','TR','ID','ZA','NG','KR','VN','AR','CH','AT','BE','DK','NO','FI','PT','CZ','RO','UA','GR','HU','IE','NZ','SG','TH','CL','KE'])
        [1 + floor(40 * power(pg_temp.u(net, 2), 2))::int] as country,
      3000 + 131 * floor(300 * power(pg_temp.u(net, 3), 1.8))::int as asn,
      pg_temp.u(net, 4) < 0.08 as hosting,
      md5('fingerprint ' || n / 3) as fingerprint, substr(md5('core ' || n % 1999), 1, 32) as core,
      (array['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1',
        'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
        'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
        'python-requests/2.32.3'])[1 + floor(6 * power(pg_temp.u(n, 5), 1.4))::int] as user_agent
    from numbered;
    create unique index on bench_source (n);
    analyze bench_source; analyze bench_item; analyze bench_project`)
}

/** A line for each endpoint, status class and minute; of a smaller ledger for every so many minutes. */
async function fillTraffic(db: Queryable, { rows, now }: LedgerSize): Promise<void> {
  const minutes = Math.max(1, Math.round(1_000_000 / rows))
  const begin = Math.floor((now - DAYS * DAY_MS) / 60_000 + 1) * 60_000
  await db.query(`
    insert into traffic (project_id, occurred_at, node, endpoint, status, actor, ip_address, requests, records, duration_ms, recorded_at)
    select p.project_id, pg_temp.stamp(at), '00000000-0000-4000-8000-000000000001', e.endpoint, e.status, e.actor, case when e.actor = '' then null else '192.0.2.10'::inet end,
      n.requests, case when e.actor = '' then 0 else n.requests * 40 end, n.requests * (1 + 6 * pg_temp.u(m, e.no + 300)), pg_temp.stamp(at + 1000)
    from (select m, ${begin} + m * ${minutes * 60_000}::bigint as at from generate_series(0, ${Math.floor((DAYS * 1440) / minutes) - 2}) as m) t
    cross join bench_project p
    cross join (values
      (1, 'GET /api/widget/v1/{projectKey}/board', 2, '', 1, 900), (2, 'POST /api/widget/v1/{projectKey}/sessions', 2, '', 1, 400),
      (3, 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 2, '', 1, 120), (4, 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 4, '', 1, 12),
      (5, 'POST /api/widget/v1/{projectKey}/sessions', 4, '', 3, 9), (6, 'POST /api/widget/v1/{projectKey}/feedback', 2, '', 5, 4),
      (7, 'GET /api/security/v1/events', 2, 'operator:1', 10, 3), (8, 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 5, '', 60, 2)
    ) as e (no, endpoint, status, actor, every, most)
    cross join lateral (select greatest(1, (e.most * (p.share_to - p.share_from) * (0.4 + 0.5 * sin(2 * pi() * m * ${minutes} / 1440.0) + pg_temp.u(m, e.no + 200)))::int) as requests) n
    where m % e.every = 0 and (p.share_from = 0 or m % 5 = 0)`)
}
