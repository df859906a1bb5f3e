/** The counts by the hour: with what is not counted yet, always what a count over the ledger itself says. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readHourlyPosition } from '../../db/queries/hourly.ts'
import { EVENT_DIMENSIONS, VOTE_DIMENSIONS } from '../../db/queries/hourly-dimensions.ts'
import { keepPartitions } from '../../db/queries/partitions.ts'
import { inTransaction } from '../../db/queryable.ts'
import { userAgentFamily } from '../../server/gate/user-agent.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { withClient } from '../helpers/with-client.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SEVERITIES = ['low', 'medium', 'high', 'critical']
const AGENTS = [
  null, 'curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0', "it's Mozilla (iPhone) Version/18.0 Safari/604.1",
  'Mozilla/5.0 (Linux; Android 15) SamsungBrowser/27.0 Chrome/125.0', 'Mozilla/5.0 (Macintosh) Chrome/130.0 OPR/115.0', '',
]

interface Traffic {
  bucketMs: number
  buckets: ({ at: number } & Total)[]
  total: Total
}
interface Total {
  requests: number
  denied: number
  errors: number
  votes: number
  held: number
  otherRequests: number
  events: Record<string, number>
}
interface Sources {
  since: number
  sources: { key: string; votes: number; held: number; events: number | null }[]
  others: Total
  unknown: { votes: number; events: number | null }
  total: { votes: number; held: number; events: number | null }
}

let server: TestApp
let now: number
let seed: number

beforeEach(async () => {
  server = await startApp()
  // The middle of an hour: the one that runs has to be read from the ledger.
  server.clock.now = Math.floor(Date.now() / HOUR) * HOUR + 25 * 60_000
  now = server.clock.now
  seed = 7
})
afterEach(() => server.close())

/** The same on every run: 0 to `below`, without it. */
function roll(below: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((seed / 2_147_483_648) * below)
}
const pick = <T>(of: readonly T[]): T => of[roll(of.length)] as T
const address = (): string => (roll(5) === 0 ? `2001:db8:${1 + roll(3)}:${roll(4)}::${1 + roll(9)}` : pick(['203.0.113', '198.51.100', '8.8.8', '52.4.7', '81.2.69']) + `.${roll(20)}`)

const column = <T extends object>(rows: T[], key: keyof T): unknown[] => rows.map((row) => row[key])

async function addLines(count: number, from: number, to: number, app = server.app): Promise<void> {
  const at = (): Date => new Date(from + roll(to - from))
  const project = (): number => pick([0, server.project.id])
  const lines = <T>(make: () => T): T[] => Array.from({ length: count }, make)
  const events = lines(() => ({ project: project(), at: at(), type: pick(['origin_mismatch', 'jwt_validation_failed']), severity: pick(SEVERITIES), ip: roll(9) === 0 ? null : address(), count: 1 + roll(4) }))
  await app.db.query(
    `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, ip_address, count, last_seen_at)
     select p, at, gen_random_uuid(), type, severity, 'GET /', ip::inet, n, at from unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::int[]) as l (p, at, type, severity, ip, n)`,
    [column(events, 'project'), column(events, 'at'), column(events, 'type'), column(events, 'severity'), column(events, 'ip'), column(events, 'count')])
  const votes = lines(() => ({ at: at(), item: 1 + roll(3), value: roll(6) === 0 ? '0' : '1', state: pick(['c', 'c', 'h']), ip: address(), agent: pick(AGENTS), asn: pick([null, 16_509, 3320]), country: pick([null, 'DE', 'GB', 'US']) }))
  await app.db.query(
    `insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network, origin, user_agent, asn, country)
     select $1, at, gen_random_uuid(), item, gen_random_uuid(), 'd', value::"char", state::"char", 0, 'allow', 'test', '{}', ip::inet, network(set_masklen(ip::inet, 24)), 'https://shop.example', agent, asn, country
     from unnest($2::timestamptz[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[]) as l (at, item, value, state, ip, agent, asn, country)`,
    [server.project.id, column(votes, 'at'), column(votes, 'item'), column(votes, 'value'), column(votes, 'state'), column(votes, 'ip'), column(votes, 'agent'), column(votes, 'asn'), column(votes, 'country')])
  const traffic = lines(() => ({ project: project(), at: at(), endpoint: pick(['PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 'GET /api/security/v1/events', 'GET unknown']), status: pick([2, 4, 5]), requests: 1 + roll(50), denied: roll(2) }))
  await app.db.query(
    `insert into traffic (project_id, occurred_at, node, endpoint, status, requests, duration_ms, denied)
     select p, at, $7, endpoint, status, n, 10, denied from unnest($1::int[], $2::timestamptz[], $3::text[], $4::smallint[], $5::int[], $6::int[]) as l (p, at, endpoint, status, n, denied)
     on conflict do nothing`,
    [column(traffic, 'project'), column(traffic, 'at'), column(traffic, 'endpoint'), column(traffic, 'status'), column(traffic, 'requests'), column(traffic, 'denied'), randomUUID()])
}

const get = async <T>(path: string, app = server): Promise<T> => expectJson(await new Operator(app, app.operators.viewer).call('GET', `/security/v1/${path}`), 200)

/** What the ledger itself says, without the code under test. */
async function countLedger(since: number, until: number): Promise<Total> {
  const range = [new Date(since), new Date(until)]
  const one = async <T>(text: string): Promise<T> => (await server.app.db.query(text, range)).rows[0] as T
  const events = await server.app.db.query<{ severity: string; n: number }>(
    'select severity, sum(count)::int as n from security_events where occurred_at >= $1 and occurred_at < $2 group by severity', range)
  return {
    ...await one<{ votes: number; held: number }>(`select count(*)::int as votes, (count(*) filter (where state = 'h'))::int as held from decisions where value = '1' and decided_at >= $1 and decided_at < $2`),
    ...await one<Pick<Total, 'requests' | 'denied' | 'errors' | 'otherRequests'>>(`
      select coalesce(sum(requests) filter (where widget), 0)::int as requests, coalesce(sum(denied) filter (where widget), 0)::int as denied,
        coalesce(sum(requests) filter (where widget and status = 5), 0)::int as errors, coalesce(sum(requests) filter (where not widget), 0)::int as "otherRequests"
      from (select *, endpoint like '%widget%' as widget from traffic where occurred_at >= $1 and occurred_at < $2) t`),
    events: { low: 0, medium: 0, high: 0, critical: 0, ...Object.fromEntries(events.rows.map(({ severity, n }) => [severity, n])) },
  }
}
const figures = ({ requests, denied, errors, votes, held, otherRequests, events }: Total): Total => ({ requests, denied, errors, votes, held, otherRequests, events })

const networkOf = (ip: string): string => (ip.includes(':') ? `${ip.split(':').slice(0, 3).join(':')}::/48` : `${ip.split('.').slice(0, 3).join('.')}.0/24`)

/** Every answer against the ledger: over the whole, bucket by bucket, and source by source. */
async function expectTrue(spanMs = 3 * DAY): Promise<void> {
  const since = Math.floor((now - spanMs) / DAY) * DAY
  const traffic = await get<Traffic>(`traffic?since=${since}&until=${now}&bucket=1h`)
  expect(figures(traffic.total)).toEqual(await countLedger(since, now))
  for (const bucket of traffic.buckets.filter((_, index) => index % 7 === 0 || index > traffic.buckets.length - 3)) {
    expect(figures(bucket)).toEqual(await countLedger(bucket.at, Math.min(now, bucket.at + HOUR)))
  }
  const { rows } = await server.app.db.query<{ address: string | null; n: number }>(
    'select host(ip_address) as address, sum(count)::int as n from security_events where occurred_at >= $1 and occurred_at < $2 group by 1', [new Date(since), new Date(now)])
  const votes = await server.app.db.query<{ address: string; agent: string | null; asn: number | null; country: string | null }>(
    `select host(ip_address) as address, user_agent as agent, asn, country from decisions where value = '1' and decided_at >= $1 and decided_at < $2`, [new Date(since), new Date(now)])
  const expected = {
    country: { vote: (row: (typeof votes.rows)[number]) => row.country ?? '', event: (ip: string) => server.app.networks.find(ip).country ?? '' },
    asn: { vote: (row: (typeof votes.rows)[number]) => String(row.asn ?? ''), event: (ip: string) => String(server.app.networks.find(ip).asn ?? '') },
    network: { vote: (row: (typeof votes.rows)[number]) => networkOf(row.address), event: networkOf },
    userAgent: { vote: (row: (typeof votes.rows)[number]) => userAgentFamily(row.agent ?? undefined), event: undefined },
  }
  for (const [by, { vote, event }] of Object.entries(expected)) {
    const tally = new Map<string, [number, number]>()
    const add = (key: string, index: 0 | 1, count: number): void => {
      const sums = tally.get(key) ?? [0, 0]
      sums[index] += count
      tally.set(key, sums)
    }
    for (const row of votes.rows) add(vote(row), 0, 1)
    if (event !== undefined) for (const row of rows) add(row.address === null ? '' : event(row.address), 1, row.n)
    const answer = await get<Sources>(`sources?by=${by}&since=${since}&until=${now}&limit=300`)
    expect(answer.since).toBe(since)
    const named = Object.fromEntries([...answer.sources.map(({ key, votes: v, events }) => [key, [v, events ?? 0]]), ...(tally.has('') ? [['', [answer.unknown.votes, answer.unknown.events ?? 0]]] : [])])
    expect({ by, named }).toEqual({ by, named: Object.fromEntries(tally) })
  }
}

const countedUntil = async (): Promise<number | undefined> => (await readHourlyPosition(server.app.db))?.until
const hourNow = (): number => Math.floor(now / HOUR) * HOUR

describe('counted by the hour', () => {
  test('figures are what they are without any count', async () => {
    await addLines(600, now - 3.4 * DAY, now)
    await expectTrue()
    expect(await countedUntil()).toBeUndefined()
    await server.app.hourly.tick()
    expect(await countedUntil()).toBe(hourNow())
    await expectTrue()
    // The hour that runs goes on.
    await addLines(60, hourNow(), now)
    await expectTrue()
    expect((await server.app.db.query('select distinct source, dimension from hourly_counts')).rowCount).toBe(VOTE_DIMENSIONS.length + EVENT_DIMENSIONS.length)
  })

  test('a line that comes late is counted in its hour, and one more count of an old line', async () => {
    await addLines(300, now - 2.5 * DAY, now)
    await server.app.hourly.tick()
    await addLines(40, now - 2.4 * DAY, now - 2.3 * DAY)
    await server.app.db.query(`update security_events set count = count + 5, recorded_at = clock_timestamp() where occurred_at < $1`, [new Date(now - 2 * DAY)])
    await server.app.hourly.tick()
    await expectTrue()
  })

  test('after many late hours it goes back and counts on from there', async () => {
    await addLines(300, now - 5 * DAY, now)
    await server.app.hourly.tick()
    await addLines(300, now - 4 * DAY, now)
    await server.app.hourly.tick()
    expect(await countedUntil()).toBe(hourNow())
    await expectTrue(5 * DAY)
  })

  test('an hour counts once it has been over for two minutes, and a day once its last hour does', async () => {
    await addLines(100, hourNow() - DAY, hourNow())
    server.clock.now = hourNow() + 119_999
    await server.app.hourly.tick()
    expect(await countedUntil()).toBe(hourNow() - HOUR)
    server.clock.now += 1
    await server.app.hourly.tick()
    expect(await countedUntil()).toBe(hourNow())
    server.clock.now = now
    const { rows } = await server.app.db.query<{ at: number }>('select distinct at from daily_counts')
    expect(rows.map(({ at }) => at)).toEqual([Math.floor((now - DAY) / DAY) * DAY])
    await expectTrue()
  })

  test('two nodes at once count nothing twice', async () => {
    await addLines(400, now - 3.4 * DAY, now)
    const other = await startApp({ databaseUrl: server.databaseUrl })
    try {
      other.clock.now = now
      for (let turn = 0; turn < 6; turn += 1) {
        await Promise.all([server.app.hourly.tick(), other.app.hourly.tick(), addLines(20, now - 3 * DAY, now - HOUR, other.app)])
      }
      await server.app.hourly.tick()
      await expectTrue()
    } finally {
      await other.close()
    }
  })

  test('a node that is killed half way leaves nothing half', async () => {
    await addLines(400, now - 3.4 * DAY, now)
    // The day that is being counted meets a lock, and its connection is ended there.
    await withClient(server.databaseUrl, async (blocker) => {
      await blocker.query('begin')
      await blocker.query('lock table daily_counts in exclusive mode')
      const ticking = server.app.hourly.tick().then(() => 'done', (error: unknown) => String(error))
      // Asked outside of that transaction, which would go on seeing the sessions it saw at its first look.
      await expect.poll(async () => (await server.app.db.query(`select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).rowCount).toBe(1)
      await server.app.db.query(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)
      expect(await ticking).toContain('terminat')
      await blocker.query('rollback')
    })
    await expectTrue()
    await server.app.hourly.tick()
    expect(await countedUntil()).toBe(hourNow())
    await expectTrue()
  })

  test('of a dimension 100 keys are kept, the largest; the others stay in the sums', async () => {
    const at = new Date(hourNow() - 90 * 60_000)
    await server.app.db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, ip_address, count, last_seen_at)
       select $1, $2, gen_random_uuid(), 'origin_mismatch', 'low', 'GET /', ('10.' || n / 256 || '.' || n % 256 || '.1')::inet, n, $2 from generate_series(1, 500) n`, [server.project.id, at])
    await server.app.hourly.tick()
    const answer = await get<Sources>(`sources?by=network&since=${at.getTime() - HOUR}&until=${now}&sort=events&limit=300`)
    expect(answer.sources).toHaveLength(100)
    expect(answer.sources.map(({ events }) => events)).toEqual(Array.from({ length: 100 }, (_, n) => 500 - n))
    expect(answer.total.events).toBe((500 * 501) / 2)
    expect(answer.others.events).toBe((400 * 401) / 2)
  })

  test('counts end with the ledger they are of', async () => {
    // Lines that old have no partition of their own.
    await addLines(200, now - 6 * DAY, now)
    await server.app.hourly.tick()
    await inTransaction(server.app.db, (client) => keepPartitions(client, now, 3))
    const { rows: [row] } = await server.app.db.query<{ hours: number; days: number; traffic: number }>(
      'select (select min(at) from hourly_counts) as hours, (select min(at) from daily_counts) as days, (select min(at) from hourly_traffic) as traffic')
    const kept = Math.floor((now - 3 * DAY) / DAY) * DAY
    expect(row?.days).toBe(kept)
    expect(Math.min(row?.hours ?? 0, row?.traffic ?? 0)).toBeGreaterThanOrEqual(kept)
  })

  test('the server does it by itself', async () => {
    await addLines(50, now - DAY, now)
    const other = await startApp({ databaseUrl: server.databaseUrl, watchEveryMs: 500 })
    try {
      await expect.poll(countedUntil).toBeGreaterThan(now - 2 * HOUR)
    } finally {
      await other.close()
    }
  })
})
