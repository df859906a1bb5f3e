/**
 * Two servers on one PostgreSQL behind the proxy that ships, with the configuration that ships: whose address counts, what passes
 * unchanged, and what is lost when a server is killed or restarted under load. Nothing may be.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Pool, createPool } from '../../db/queryable.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { hashToken } from '../../server/plugins/operators.ts'
import { deriveKeys } from '../../server/tokens/keys.ts'
import { MASTER_SECRET, ORIGIN } from '../helpers/app.ts'
import { type Answer, type Node, type Proxy, ask, startNode, startProxy, startTwoNodes, whyNoProxy } from '../helpers/balanced-nodes.ts'
import { type Mill, headersOf, millVote } from '../helpers/ballot-mill.ts'
import { buildWhenMissing } from '../helpers/command.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { StreamClient } from '../helpers/event-stream.ts'
import { makeMilledProject } from '../helpers/mill-project.ts'

const TOKEN = 'an-operator-token-that-only-this-test-uses'
const PUBLIC_KEY = 'pk_behind_proxy'
const DIFFICULTY = 4

const missing = whyNoProxy()
if (missing !== undefined) process.stdout.write(`test/http/behind-proxy.test.ts is skipped: ${missing}.\n`)

let database: TestDatabase
let pool: Pool
let proxy: Proxy
let nodes: [Node, Node]
/** The last is undone first, also of a beginning that failed halfway. */
const undo: (() => Promise<unknown>)[] = []
let mill: Mill
let itemIds: number[]
let environment: Record<string, string>
let people = 0

/** A home of their own: the whole of 127.0.0.0/8 is this machine. The proxy itself is 127.0.0.1. */
const addressOf = (person: number): string => `127.${1 + (Math.floor(person / 250) % 250)}.${1 + (person % 250)}.${2 + (Math.floor(person / 62_500) % 250)}`
const board = (): string => `${proxy.url}/api/widget/v1/${PUBLIC_KEY}/board`

interface Cast {
  voter: string
  itemId: number
  status: number
}

/** One vote by somebody new. Its forged X-Forwarded-For is somebody else’s address. Rejects where the connection broke. */
async function cast(): Promise<Cast> {
  const person = (people += 1)
  const vote = millVote(mill, person, itemIds[person % itemIds.length] as number)
  const { status } = await ask(`${proxy.url}${vote.path}`, { from: addressOf(person), method: vote.method, headers: vote.headers, body: vote.body })
  return { voter: vote.voter, itemId: vote.itemId, status }
}

describe.skipIf(missing !== undefined).sequential('two servers behind the proxy', () => {
  beforeAll(async () => {
    buildWhenMissing()
    database = await createDatabase()
    undo.push(() => database.drop())
    pool = createPool(database.url, { onError: () => undefined })
    undo.push(() => pool.end())
    await pool.query(`insert into operator_tokens (name, role, token_hash) values ('test', 'admin', $1)`, [hashToken(TOKEN)])
    const keyring = deriveKeys(MASTER_SECRET)
    const made = await makeMilledProject(pool, keyring, { publicKey: PUBLIC_KEY, origin: ORIGIN, items: 12, expected: { now: Date.now() } })
    itemIds = made.itemIds
    mill = { keyring, project: made.project, origin: ORIGIN, difficulty: DIFFICULTY, now: Date.now() }
    const policy = join(inject('databaseServer').scratch, 'behind-proxy.yaml')
    await writeFile(policy, `version: behind-proxy\nchallenge: {difficulty: ${DIFFICULTY}}\n`)
    environment = {
      DATABASE_URL: database.url, TRUETALLY_SECRET: MASTER_SECRET, TRUETALLY_ADMIN_TOKEN: TOKEN, TRUSTED_PROXIES: '127.0.0.1/32',
      GATE_MODE: 'enforce', GATE_POLICY: policy, LOG_LEVEL: 'error',
    }
    nodes = await startTwoNodes(environment)
    undo.push(async () => {
      for (const node of nodes) node.kill('SIGKILL')
      await Promise.all(nodes.map(({ ended }) => ended))
    })
    proxy = await startProxy([`127.0.0.1:${nodes[0].port}`, `127.0.0.1:${nodes[1].port}`])
    undo.push(() => proxy.stop())
  })
  afterAll(async () => {
    for (const step of undo.toReversed()) await step()
  })

  test('the address that counts is the connection’s, whatever the client writes', async () => {
    const person = (people += 1)
    const vote = millVote(mill, person, itemIds[0] as number)
    const { status } = await ask(`${proxy.url}${vote.path}`, {
      from: addressOf(person), method: vote.method, body: vote.body,
      headers: { ...vote.headers, 'x-forwarded-for': '8.8.8.8, 127.0.0.1', 'forwarded': 'for=8.8.8.8', 'x-real-ip': '8.8.8.8' },
    })
    expect(status).toBe(200)
    const { rows } = await pool.query(`select host(ip_address) as ip, state from decisions where voter = $1`, [vote.voter])
    expect(rows).toEqual([{ ip: addressOf(person), state: 'c' }])
  })

  test('answers pass unchanged: validators, Vary, CORS, encodings, refusals', async () => {
    const headers = headersOf(0, ORIGIN)
    // The vote before this is on both boards.
    const tags = async (): Promise<unknown[]> => await Promise.all(nodes.map(async ({ port }) => (await ask(`http://127.0.0.1:${port}/api/widget/v1/${PUBLIC_KEY}/board`, { headers })).headers.etag))
    await until(async () => new Set(await tags()).size === 1)
    const direct = `http://127.0.0.1:${nodes[0].port}`
    const compared = async (path: string, given: Record<string, string>): Promise<Answer> => {
      const [there, here] = await Promise.all([ask(`${proxy.url}${path}`, { headers: given }), ask(`${direct}${path}`, { headers: given })])
      expect({ path, status: there.status, headers: lasting(there), body: there.body.toString('base64') })
        .toEqual({ path, status: here.status, headers: lasting(here), body: here.body.toString('base64') })
      return there
    }
    const path = `/api/widget/v1/${PUBLIC_KEY}/board`
    const read = await compared(path, headers)
    expect(read).toMatchObject({ status: 200, headers: { 'etag': expect.stringMatching(/^(W\/)?"/), 'vary': expect.stringContaining('Origin'), 'access-control-allow-origin': ORIGIN } })
    expect(await compared(path, { ...headers, 'if-none-match': read.headers.etag ?? '' })).toMatchObject({ status: 304, headers: { etag: read.headers.etag } })
    const refused = await compared(path, { ...headers, origin: 'https://elsewhere.example' })
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined])
    expect((await compared('/widget.js', { 'accept-encoding': 'gzip' })).status).toBe(200)
    // Not one that would be asked for again elsewhere and counted twice.
    expect((await compared('/api/widget/v1/pk_nobody/board', headers)).status).toBe(401)
  })

  test('what is too large ends at the proxy', async () => {
    for (const [path, size] of [[`/api/widget/v1/${PUBLIC_KEY}/feedback`, 20_000], ['/api/operator/v1/projects', 200_000]] as const) {
      const { status } = await ask(`${proxy.url}${path}`, {
        from: addressOf(7), method: 'POST', headers: { ...headersOf(7, ORIGIN), 'content-type': 'application/json' }, body: JSON.stringify({ title: 'x'.repeat(size) }),
      })
      expect([path, status]).toEqual([path, 413])
    }
  })

  test('events of either server come through the open stream as they happen', async () => {
    const viewer = new StreamClient(proxy.url, `Bearer ${TOKEN}`)
    try {
      expect((await viewer.connect()).status).toBe(200)
      await until(() => viewer.of('status').length > 0)
      const waits: number[] = []
      // Six in a row are balanced over both.
      for (let n = 1; n <= 6; n += 1) {
        const origin = `https://rogue-${n}.example`
        const began = performance.now()
        await ask(board(), { from: addressOf(500 + n), headers: headersOf(500 + n, origin) })
        await until(() => [...viewer.rows.values()].some(({ metadata }) => metadata.origin === origin))
        waits.push(performance.now() - began)
      }
      process.stdout.write(`events through the proxy: ${waits.map((wait) => wait.toFixed(0)).join(', ')} ms\n`)
    } finally {
      await viewer.drop()
    }
  })

  test('kill -9 of one server under load: every vote is answered by the other, none lost, none doubled', async () => {
    const load = startLoad(24)
    // Votes come through both, and when one is dead, for longer than the proxy takes to see it, through the other.
    await load.voted(40)
    nodes[0].kill('SIGKILL')
    await nodes[0].ended
    await Promise.all([sleep(1500), load.voted(40)])
    const { votes, failures } = await load.stop()
    process.stdout.write(`kill -9: ${votes.length} votes acknowledged, ${failures.length} requests failed\n`)
    expect(failures).toEqual([])
    await expectAllCounted(votes)
    nodes[0] = await startNode(nodes[0].port, environment)
    await until(async () => await isUsed(nodes[0]))
  })

  test('a server that is told to stop under load leaves without one request failing', async () => {
    const load = startLoad(12, { withOthers: true })
    await load.voted(20, 10)
    nodes[1].kill('SIGTERM')
    expect([await nodes[1].ended, nodes[1].output.err]).toEqual([0, ''])
    await sleep(300)
    const { votes, others, failures } = await load.stop()
    process.stdout.write(`SIGTERM: ${votes.length} votes, ${others} other requests, ${failures.length} failed\n`)
    expect(failures).toEqual([])
    await expectAllCounted(votes)
  })
})

/** What of an answer does not depend on the connection or the clock. */
function lasting({ headers }: Answer): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name)))
}

/** What never comes, the test’s own limit ends. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5)
}

/** Whether the proxy sends this server requests: its counters move by more than its own health checks. */
async function isUsed(node: Node): Promise<boolean> {
  const served = async (): Promise<number> => {
    const { body } = await ask(`http://127.0.0.1:${node.port}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
    return [...body.toString().matchAll(/^truetally_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm)]
      .filter(([, labels = '']) => labels.includes('/api/widget/')).reduce((sum, [, , count]) => sum + Number(count), 0)
  }
  const before = await served()
  for (let n = 0; n < 4; n += 1) await ask(board(), { from: addressOf(900 + n), headers: headersOf(900, ORIGIN) })
  return await served() > before
}

interface Load {
  /** Resolves when so many more votes have been acknowledged, and so many other requests were made; or when one has failed. */
  voted(count: number, others?: number): Promise<void>
  stop(): Promise<{ votes: Cast[]; others: number; failures: string[] }>
}

/** So many visitors at a time, each one new, until it is stopped. With others: sessions, boards, feedback and an operator’s changes too. */
function startLoad(lanes: number, { withOthers = false } = {}): Load {
  const votes: Cast[] = []
  const failures: string[] = []
  let others = 0
  const end = new AbortController()
  const lane = async (step: () => Promise<void>, what: string): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        await step()
      } catch (error) {
        failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  const voting = async (): Promise<void> => {
    const vote = await cast()
    if (vote.status === 200) votes.push(vote)
    else failures.push(`a vote was answered ${vote.status}`)
  }
  const other = (method: string, path: string, expected: number, body?: (n: number) => object) => async (): Promise<void> => {
    const n = (others += 1)
    const { status } = await ask(`${proxy.url}${path}`, {
      from: addressOf(20_000 + n), method, headers: { ...headersOf(20_000 + n, ORIGIN), 'content-type': 'application/json', 'authorization': `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body(n)) }),
    })
    if (status !== expected) failures.push(`${method} ${path} was answered ${status}`)
    await sleep(5)
  }
  const widget = `/api/widget/v1/${PUBLIC_KEY}`
  const running = Array.from({ length: lanes }, () => lane(voting, 'a vote'))
  if (withOthers) {
    running.push(
      lane(other('GET', `${widget}/board`, 200), 'a board'),
      lane(other('POST', `${widget}/sessions`, 201, () => ({})), 'a session'),
      lane(other('PATCH', '/api/security/v1/events', 200, () => ({ ids: ['00000000-0000-4000-8000-000000000000'], isRead: true })), 'a change'),
    )
  }
  return {
    voted: async (count, othersToo = 0) => {
      const [votesThen, othersThen] = [votes.length + count, others + othersToo]
      await until(() => failures.length > 0 || (votes.length >= votesThen && others >= othersThen))
    },
    stop: async () => {
      end.abort()
      await Promise.all(running)
      return { votes, others, failures }
    },
  }
}

/** Every acknowledged vote stands once and counts; nothing else was counted; each tally is its recount. */
async function expectAllCounted(votes: readonly Cast[]): Promise<void> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from unnest($1::uuid[], $2::int[]) as given (voter, item_id)
     join votes v on v.project_id = $3 and v.voter = given.voter and v.item_id = given.item_id and v.state = 'c' and v.value = '1'`,
    [votes.map(({ voter }) => voter), votes.map(({ itemId }) => itemId), mill.project.id])
  expect(rows[0]?.n).toBe(votes.length)
  const { votes: recounted, faults } = await findTallyFaults(pool)
  expect(faults).toEqual([])
  expect(recounted).toBeLessThanOrEqual(people)
}
