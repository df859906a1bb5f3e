import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { insertOperatorToken } from '../../db/queries/operator-tokens.ts'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { hashToken } from '../../server/plugins/operators.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { StreamClient } from '../helpers/event-stream.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'
import { tellTook } from '../helpers/took.ts'

/** It ends when there is what is waited for. */
const WAIT = { timeout: 30_000, interval: 20 }

let server: TestApp
let second: TestApp
let bases: [string, string]
const clients: StreamClient[] = []

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, streamRecheckMs: 200 })
  second = await startApp({ databaseUrl: server.databaseUrl, requestsPerMinute: 100_000 })
  bases = [await server.app.listen({ host: '127.0.0.1', port: 0 }), await second.app.listen({ host: '127.0.0.1', port: 0 })]
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.drop()))
})
afterAll(async () => {
  await second.close()
  await server.close()
})

function stream({ base = bases[0], authorization = server.operators.viewer, query = '' } = {}): StreamClient {
  const client = new StreamClient(base, authorization, query)
  clients.push(client)
  return client
}

interface Seen {
  severity?: 'medium' | 'critical'
  projectId?: number
  /** The same again folds into one row; the clock of the test stands still. */
  ip?: string
}
let addresses = 0
const see = (node: TestApp, { severity = 'medium', projectId = server.project.id, ip = `192.0.2.${(addresses += 1)}` }: Seen = {}): void =>
  node.app.ledger.write({ projectId, eventType: 'suspicious_activity', severity, endpoint: '/x', ipAddress: ip, detail: { kind: 'test' } })

async function opened(options: Parameters<typeof stream>[0] = {}): Promise<StreamClient> {
  const client = stream(options)
  expect((await client.connect()).status).toBe(200)
  await vi.waitFor(() => expect(client.of('status')).not.toHaveLength(0), WAIT)
  return client
}

/** What the table says, as the client should have it. */
async function rowsSince(ids: ReadonlySet<string>): Promise<Map<string, number>> {
  const { rows } = await server.app.db.query<{ id: string; count: number }>('select event_id as id, count from security_events')
  return new Map(rows.filter(({ id }) => !ids.has(id)).map(({ id, count }) => [id, count]))
}
const seenFrom = (client: StreamClient, ip: string): number[] => [...client.rows.values()].filter(({ metadata }) => metadata.ipAddress === ip).map(({ count }) => count)
/** Ids of what was written while nobody listened, as often as they came. */
const many = (client: StreamClient): string[] => client.of<SecurityEvent>('security-event').filter(({ metadata }) => metadata.endpoint === '/many').map(({ id }) => id)
const countsOf = (client: StreamClient): Map<string, number> => new Map([...client.rows].map(([id, { count }]) => [id, count]))
const knownIds = async (): Promise<Set<string>> => new Set((await rowsSince(new Set())).keys())

describe('the stream of events', () => {
  test('says what happens, also on another node', async () => {
    const client = await opened()
    const began = performance.now()
    see(second, { ip: '198.51.100.7' })
    await vi.waitFor(() => expect([...client.rows.values()].map(({ metadata }) => metadata.ipAddress)).toEqual(['198.51.100.7']), WAIT)
    tellTook('an event on another node, to the stream', began)
    expect([...client.rows.values()][0]).toMatchObject({ projectId: String(server.project.id), eventType: 'suspicious_activity', count: 1, isRead: false })
  })

  test('sends a row again, under its own id, when its count went up', async () => {
    const client = await opened()
    see(server, { ip: '198.51.100.8' })
    await vi.waitFor(() => expect(seenFrom(client, '198.51.100.8')).toEqual([1]), WAIT)
    for (let n = 0; n < 3; n += 1) see(server, { ip: '198.51.100.8' })
    await vi.waitFor(() => expect(seenFrom(client, '198.51.100.8')).toEqual([4]), WAIT)
  })

  test('tells nothing of another project to a token of one', async () => {
    const other = await server.addProject()
    const client = await opened({ authorization: await server.operatorToken('viewer', other.id) })
    const chosen = await opened({ query: `?project=${other.key}` })
    const all = await opened()
    see(server)
    see(server, { projectId: other.id, ip: '198.51.100.9' })
    see(server, { projectId: 0 })
    await vi.waitFor(() => expect(all.rows.size).toBe(3), WAIT)
    // What was not for them would have come before this.
    see(server, { projectId: other.id, ip: '198.51.100.10' })
    for (const one of [client, chosen]) {
      await vi.waitFor(() => expect(seenFrom(one, '198.51.100.10')).toEqual([1]), WAIT)
      expect([...one.rows.values()].map(({ projectId }) => projectId)).toEqual([String(other.id), String(other.id)])
    }
    expectProblem(await server.app.inject({ url: `/api/security/v1/events/stream?project=${server.project.key}`, headers: { authorization: await server.operatorToken('viewer', other.id) } }), 404, 'unknown_project')
  })

  test('counts what is critical and unread, and says how alerts change', async () => {
    see(server, { severity: 'critical' })
    await server.app.ledger.flush()
    const client = await opened()
    expect(client.of<{ unreadCritical: number; openAlerts: number }>('status')[0]).toEqual({ unreadCritical: 1, openAlerts: 0 })
    const alert = await storeAlert(server)
    await vi.waitFor(() => expect(client.of('alert')).toEqual([
      { id: alert.id, projectId: String(server.project.id), state: 'firing', severity: 'high', acknowledged: false },
    ]), WAIT)
    await new Operator(server).call('POST', `/security/v1/alerts/${alert.id}/acknowledge`, {})
    await vi.waitFor(() => expect(client.of('alert')[1]).toMatchObject({ id: alert.id, acknowledged: true }), WAIT)
    await server.app.db.query(`update alerts set state = 'resolved', ends_at = now()`)
    await vi.waitFor(() => expect(client.of('alert')[2]).toMatchObject({ id: alert.id, state: 'resolved' }), WAIT)
    await new Operator(server).call('PATCH', '/security/v1/events', { filter: { severity: 'critical' }, isRead: true })
    expect((await opened()).of('status')[0]).toEqual({ unreadCritical: 0, openAlerts: 0 })
  })
})

/** Rows as a node writes them, in a transaction that takes its time. */
async function writeLate(rows: number, heldMs: number): Promise<void> {
  const client = new Client({ connectionString: server.databaseUrl })
  await client.connect()
  try {
    await client.query('begin')
    for (let row = 0; row < rows; row += 1) {
      await client.query(
        `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at)
         values ($1, now(), $2, 'origin_mismatch', 'low', '/late', now())`, [server.project.id, randomUUID()])
      // Waits for no row: a node that counts up at the same time may wait for one of ours.
      await client.query(`update security_events set count = count + 1, recorded_at = clock_timestamp() where event_id = (
        select event_id from security_events where endpoint <> '/late' order by occurred_at desc limit 1 for update skip locked)`)
      if (row === 0) await sleep(heldMs)
    }
    await client.query('commit')
  } finally {
    await client.end()
  }
}

describe('a client that comes again with its last id', () => {
  test('has every row with its count, through random reconnects to two nodes, late commits and folding', async () => {
    const before = await knownIds()
    // Each with a token of its own: a connection that was dropped counts until the server has heard of it.
    const tokens = await Promise.all([1, 2, 3].map(() => server.operatorToken('viewer')))
    const watchers = await Promise.all(tokens.map((authorization, index) => opened({ authorization, base: bases[index % 2] ?? bases[0] })))
    const until = performance.now() + 5000
    const late = [writeLate(3, 3000), writeLate(2, 1200), writeLate(2, 400)]
    let written = 0
    const write = async (): Promise<void> => {
      while (performance.now() < until || written < 400) {
        for (let n = 0; n < Math.random() * 30; n += 1, written += 1) see(Math.random() < 0.5 ? server : second, Math.random() < 0.2 ? {} : { ip: `203.0.113.${Math.floor(Math.random() * 6)}` })
        await sleep(Math.random() * 60)
      }
    }
    const reconnect = async (client: StreamClient): Promise<void> => {
      while (performance.now() < until) {
        await sleep(Math.random() * 400)
        await client.drop()
        await sleep(Math.random() * 500)
        expect((await client.connect()).status).toBe(200)
      }
    }
    await Promise.all([write(), ...late, ...watchers.map((client) => reconnect(client))])
    await Promise.all([server.app.ledger.flush(), second.app.ledger.flush()])
    const expected = await rowsSince(before)
    expect(expected.size).toBeGreaterThan(40)
    expect([...expected.values()].some((count) => count > 3)).toBe(true)
    for (const client of watchers) {
      await vi.waitFor(() => {
        const had = countsOf(client)
        expect([...expected].filter(([id, count]) => had.get(id) !== count)).toEqual([])
      }, WAIT)
    }
  })

  test('gets all that came while it was away, over many pages, once', async () => {
    const client = await opened()
    // What the tests before this one wrote is behind its id then.
    see(server, { ip: '198.51.100.11' })
    await vi.waitFor(() => expect(seenFrom(client, '198.51.100.11')).toEqual([1]), WAIT)
    await client.drop()
    const before = await knownIds()
    await server.app.db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at)
       select $1, now(), gen_random_uuid(), 'origin_mismatch', 'low', '/many', now() from generate_series(1, 1700)`, [server.project.id])
    // A node that nobody follows: one that has somebody else to tell of them may tell of them again.
    const third = await startApp({ databaseUrl: server.databaseUrl })
    try {
      const base = await third.app.listen({ host: '127.0.0.1', port: 0 })
      const back = stream({ base })
      back.lastId = client.lastId
      await back.connect()
      await vi.waitFor(() => expect(many(back)).toHaveLength(1700), WAIT)
      expect(new Set(many(back))).toEqual(new Set((await rowsSince(before)).keys()))
      // And from the middle of them, where a page ended.
      const told = back.of('security-event').length
      const ids = back.messages.flatMap(({ event, id }) => (event === 'security-event' && id !== undefined ? [id] : []))
      expect(ids).toHaveLength(4)
      const rest = stream({ base })
      rest.lastId = ids[1]
      await rest.connect()
      await vi.waitFor(() => expect(many(rest)).toHaveLength(told - 1000), WAIT)
      see(third, { ip: '198.51.100.12' })
      await vi.waitFor(() => expect(seenFrom(rest, '198.51.100.12')).toEqual([1]), WAIT)
      expect(many(rest)).toHaveLength(told - 1000)
      // An EventSource of a page that was signed in again cannot set the header.
      const again = stream({ base, query: `?after=${encodeURIComponent(ids[2] ?? '')}` })
      await again.connect()
      await vi.waitFor(() => expect(many(again)).toHaveLength(told - 1500), WAIT)
    } finally {
      await third.close()
    }
  })

  test.each([
    ['of another database', '1700000000000~999999999999:999999999999:', 'unknown_position'],
    ['that is none', 'yesterday', 'unknown_position'],
    ['that PostgreSQL would refuse', '1700000000000~5:3:', 'unknown_position'],
    ['of long ago', '1600000000000~5:5:', 'too_long_ago'],
  ])('with an id %s is told to load its lists again, and goes on', async (title, lastId, reason) => {
    const client = stream()
    client.lastId = lastId
    expect((await client.connect()).status).toBe(200)
    await vi.waitFor(() => expect(client.of('reset')).toEqual([{ reason }]), WAIT)
    expect(client.lastId).not.toBe(lastId)
    const ip = `198.51.100.${100 + title.length}`
    see(server, { ip })
    await vi.waitFor(() => expect(seenFrom(client, ip)).toEqual([1]), WAIT)
  })
})

describe('a stream ends', () => {
  test('when its token does, and says so', async () => {
    const token = `ttop_${randomUUID()}`
    await insertOperatorToken(server.app.db, { projectId: 0, name: 'leaver', role: 'viewer', tokenHash: hashToken(token) })
    const client = await opened({ authorization: `Bearer ${token}` })
    await sleep(500)
    expect(client.isOver).toBe(false)
    await server.app.db.query('update operator_tokens set revoked_at = now() where token_hash = $1', [hashToken(token)])
    await client.over()
    expect([client.isOver, client.of('end')]).toEqual([true, [{ reason: 'session_ended' }]])
    expect((await client.connect()).status).toBe(401)
  })

  test('at once when the server closes, which does not wait for it', async () => {
    const third = await startApp({ databaseUrl: server.databaseUrl })
    const client = await opened({ base: await third.app.listen({ host: '127.0.0.1', port: 0 }) })
    const began = performance.now()
    await third.close()
    tellTook('a close with a stream open', began)
    await client.over()
    expect(client.of('end')).toEqual([{ reason: 'shutdown' }])
  })
})

test('one operator has five streams, and a node a hundred', async () => {
  // On the node that does not look five times a second whether each of a hundred may go on.
  const base = bases[1]
  // Those of the tests before this one count until the server has heard of their end.
  await vi.waitFor(() => expect(second.app.eventTail.followers).toBe(0), WAIT)
  for (let index = 0; index < 5; index += 1) await opened({ base })
  const sixth = await stream({ base }).connect()
  expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '10'])
  expect((await sixth.json() as { code: string }).code).toBe('rate_limited')
  // Somebody else still gets theirs, and one that was closed makes room.
  await opened({ base, authorization: server.operators.moderator })
  await clients[0]?.drop()
  await vi.waitFor(async () => {
    const again = stream({ base })
    expect((await again.connect()).status).toBe(200)
  }, WAIT)
  const others = await Promise.all(Array.from({ length: 20 }, () => server.operatorToken('viewer')))
  const statuses: number[] = []
  for (const authorization of others) for (let index = 0; index < 5; index += 1) statuses.push((await stream({ base, authorization }).connect()).status)
  expect(statuses.filter((status) => status === 200).length).toBe(94)
  expect(statuses.at(-1)).toBe(503)
})

test('HEAD opens no stream: it asks for an event of that name', async () => {
  const answer = await server.app.inject({ method: 'HEAD', url: '/api/security/v1/events/stream', headers: { authorization: server.operators.viewer } })
  expect(answer.statusCode).toBe(400)
})
