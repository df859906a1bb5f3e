/** The lane answers past the router, and nobody can tell: compared over real connections, byte for byte, with the route alone. */
import type { Server } from 'node:http'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ORIGIN, type TestApp, type TestProject, blockSource, readEvents, startApp } from '../helpers/app.ts'
import { type RawAnswer, askRaw, listenWithoutLane } from '../helpers/raw-http.ts'
import { CHROME, Visitor } from '../helpers/visitor.ts'

const SECOND_ORIGIN = 'https://blog.example'
const LIMIT = 200

let server: TestApp
let lane: number
let route: number
let behind: Server
let project: TestProject
beforeAll(async () => {
  server = await startApp({ trustedProxies: 1, requestsPerMinute: LIMIT })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  lane = (server.app.server.address() as AddressInfo).port
  ;({ port: route, server: behind } = await listenWithoutLane(server.app))
  project = await addProject()
})
afterAll(async () => {
  behind.close()
  behind.closeAllConnections()
  await server.close()
})

/** Long enough to be compressed. */
async function addProject(origins = [ORIGIN, SECOND_ORIGIN, 'https://*.wild.example']): Promise<TestProject> {
  const added = await server.addProject({ origins })
  for (const item of added.items) {
    const answer = await server.app.inject({
      method: 'PATCH', url: `/api/moderation/v1/items/${item}`,
      headers: { authorization: server.operators.moderator }, payload: { project: added.key, description: `Größer, 日本, and ${'more of the same. '.repeat(30)}` },
    })
    if (answer.statusCode !== 200) throw new Error(answer.body)
  }
  return added
}

let visitors = 0
interface Ask {
  of?: TestProject
  target?: string
  method?: string
  version?: string
  origin?: string | null
  address?: string
  headers?: string[]
}
function linesOf({ of = project, target, method = 'GET', version = '1.1', origin = ORIGIN, address, headers = [] }: Ask): string[] {
  visitors += 1
  return [
    `${method} ${target ?? `/api/widget/v1/${of.key}/board`} HTTP/${version}`, 'Host: votes.example',
    `X-Forwarded-For: ${address ?? `81.${Math.floor(visitors / 250) % 250}.${visitors % 250}.7`}`, `User-Agent: ${CHROME}`,
    ...(origin === null ? [] : [`Origin: ${origin}`]), ...headers,
  ]
}
/** Asks until the lane has learned it, or it is plain that it does not; says whether it was the lane that answered last. */
async function askLane(ask: Ask): Promise<RawAnswer & { past: boolean }> {
  let answer: RawAnswer | undefined
  let before = 0
  for (let n = 0; n < 3; n += 1) {
    before = server.app.boardLane.answers
    answer = await askRaw(lane, linesOf(ask))
  }
  return { ...(answer as RawAnswer), past: server.app.boardLane.answers > before }
}

const etagOf = async (headers: string[] = []): Promise<string> => (await askRaw(route, linesOf({ headers }))).headers['etag'] ?? 'none'

describe('the lane and the route say the same', () => {
  test.each<[string, number, boolean, Ask]>([
    ['to an allowed origin', 200, true, {}],
    ['to another allowed origin', 200, true, { origin: SECOND_ORIGIN }],
    ['to an origin that a wildcard allows', 200, true, { origin: 'https://a.wild.example' }],
    ['to a client that keeps the connection', 200, true, { headers: ['Connection: keep-alive'] }],
    ['with a name for Accept-Encoding that nobody knows', 200, true, { headers: ['Accept-Encoding: zstd'] }],
    ['plain', 200, true, { headers: ['Accept-Encoding: identity'] }],
    ['in gzip', 200, true, { headers: ['Accept-Encoding: gzip'] }],
    ['in brotli', 200, true, { headers: ['Accept-Encoding: gzip, deflate, br'] }],
    ['without brotli where q=0', 200, true, { headers: ['Accept-Encoding: br;q=0, gzip'] }],
    ['without anything where all is q=0', 200, true, { headers: ['Accept-Encoding: *;q=0'] }],
    ['to If-None-Match: *', 304, true, { headers: ['If-None-Match: *'] }],
    ['to a tag of something else', 200, true, { headers: ['If-None-Match: "something"'] }],
    ['to headers that have nothing to do with it', 200, true, { headers: ['Cookie: a=b', 'Authorization: Bearer x', 'Accept: image/png', 'X-Http-Method-Override: DELETE'] }],
    ['to a client that wants the connection closed', 200, false, { headers: ['Connection: close'] }],
    ['to HTTP/1.0', 200, false, { version: '1.0' }],
    ['to HEAD', 200, false, { method: 'HEAD' }],
    ['to a query', 200, false, { target: 'board?x=1' }],
    ['to a range', 200, false, { headers: ['Range: bytes=0-9'] }],
    ['to a GET with a body', 200, false, { headers: ['Content-Length: 0'] }],
    ['without an origin', 403, false, { origin: null }],
    ['to a foreign origin', 403, false, { origin: 'https://evil.example' }],
    ['to two origins at once', 403, false, { headers: [`Origin: ${SECOND_ORIGIN}`] }],
    ['to a null origin', 403, false, { origin: 'null' }],
    ['of an unknown key', 401, false, { target: '/api/widget/v1/pk_nobody_has_this/board' }],
    ['of a key in percents', 200, false, { target: 'percents' }],
    ['past a slash too many', 404, false, { target: 'slash' }],
    ['to OPTIONS', 204, false, { method: 'OPTIONS', headers: ['Access-Control-Request-Method: GET'] }],
  ])('%s', async (_name, status, past, ask) => {
    const path = `/api/widget/v1/${project.key}/board`
    const targets: Record<string, string> = { 'board?x=1': `${path}?x=1`, 'percents': path.replace('pk_', '%70k_'), 'slash': `${path}/` }
    const asked = { ...ask, ...(ask.target === undefined ? {} : { target: targets[ask.target] ?? ask.target }) }
    const byLane = await askLane(asked)
    const byRoute = await askRaw(route, linesOf(asked))
    expect({ status: byLane.status, past: byLane.past }).toEqual({ status, past })
    expect(byLane.head).toBe(byRoute.head)
    expect(byLane.body.toString('latin1')).toBe(byRoute.body.toString('latin1'))
  })

  test.each([
    ['plain', []], ['gzip', ['Accept-Encoding: gzip']], ['br', ['Accept-Encoding: br']],
  ])('to every way of naming the tag of a board in %s', async (_name, encoding) => {
    const etag = await etagOf(encoding)
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag}`]) {
      const ask = { headers: [...encoding, `If-None-Match: ${tag}`] }
      const byLane = await askLane(ask)
      expect({ tag, status: byLane.status, past: byLane.past, body: byLane.body.length }).toEqual({ tag, status: 304, past: true, body: 0 })
      expect(byLane.head).toBe((await askRaw(route, linesOf(ask))).head)
    }
  })

  test('and give each form of a board a tag of its own, of which no other form is a match', async () => {
    const plain = await askLane({})
    const gzip = await askLane({ headers: ['Accept-Encoding: gzip'] })
    const br = await askLane({ headers: ['Accept-Encoding: br'] })
    expect([gzip.headers['content-encoding'], br.headers['content-encoding'], plain.headers['content-encoding']]).toEqual(['gzip', 'br', undefined])
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
    expect(JSON.parse(plain.body.toString())).toMatchObject({ items: [{ description: expect.stringContaining('Größer, 日本') as string }, {}, {}] })
    const tags = [plain, gzip, br].map(({ headers }) => headers['etag'] ?? '')
    expect(new Set(tags).size).toBe(3)
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]{22}(\.gz|\.br)?"$/)
    expect((await askLane({ headers: ['Accept-Encoding: gzip', `If-None-Match: ${tags[2]}`] })).status).toBe(200)
  })

  test('many requests down one connection, one after the other and at once', async () => {
    await askLane({})
    const before = server.app.boardLane.answers
    const etag = await etagOf()
    const received = await new Promise<string>((resolve, reject) => {
      const socket = connect(lane, '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if (text.includes('"code":"origin_not_allowed"')) socket.destroy()
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
      const good = linesOf({})
      const same = linesOf({ headers: [`If-None-Match: ${etag}`] })
      const bad = linesOf({ origin: 'https://evil.example' })
      socket.write([good, same, good, bad.with(0, `GET /healthz HTTP/1.1`), good, bad].map((lines) => `${lines.join('\r\n')}\r\n\r\n`).join(''))
    })
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '304', '200', '200', '200', '403'])
    expect(server.app.boardLane.answers - before).toBeGreaterThanOrEqual(3)
  })
})

/** By the route, which says why, and at the first request. */
const expectRefusal = async (ask: Ask, status: number): Promise<void> => {
  const before = server.app.boardLane.answers
  const answer = await askRaw(lane, linesOf(ask))
  expect(answer.status).toBe(status)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(server.app.boardLane.answers).toBe(before)
  expect(answer.head).toBe((await askRaw(route, linesOf(ask))).head)
}

describe('a change holds at the very next request', () => {
  test('a vote', async () => {
    const of = await addProject()
    const before = await askLane({ of })
    await new Visitor(server, { project: of }).vote(of.items[0])
    const after = await askLane({ of, headers: [`If-None-Match: ${before.headers['etag']}`] })
    expect({ status: after.status, past: after.past }).toEqual({ status: 200, past: true })
    expect(JSON.parse(after.body.toString())).toMatchObject({ items: [{ votes: 1 }, { votes: 0 }, { votes: 0 }] })
  })

  test('a blocked address, and no other', async () => {
    const of = await addProject()
    const ask = { of, address: '198.51.100.9' }
    expect((await askLane(ask)).past).toBe(true)
    await blockSource(server, of, 'ip', '198.51.100.9')
    await expectRefusal(ask, 403)
    expect((await askLane({ of, address: '198.51.100.8' })).past).toBe(true)
  })

  test('a blocked network, whatever else X-Forwarded-For claims', async () => {
    const of = await addProject()
    await askLane({ of })
    await blockSource(server, of, 'network', '198.51.77.0/24')
    for (const address of ['198.51.77.1', '8.8.8.8, 198.51.77.2', '198.51.77.3:4711', '::ffff:198.51.77.4']) await expectRefusal({ of, address }, 403)
    // Only the hop next to the proxy is believed.
    expect((await askLane({ of, address: '198.51.77.5, 203.0.113.77' })).past).toBe(true)
  })

  test('a blocked origin, and no other', async () => {
    const of = await addProject()
    expect((await askLane({ of })).past).toBe(true)
    await blockSource(server, of, 'origin', ORIGIN)
    await expectRefusal({ of }, 403)
    expect((await askLane({ of, origin: SECOND_ORIGIN })).past).toBe(true)
  })

  test('a blocked key', async () => {
    const of = await addProject()
    await askLane({ of })
    await blockSource(server, of, 'api_key', of.key)
    await expectRefusal({ of }, 403)
  })

  test('an origin taken from the list', async () => {
    const of = await addProject()
    expect((await askLane({ of, origin: SECOND_ORIGIN })).past).toBe(true)
    const answer = await server.app.inject({
      method: 'PATCH', url: `/api/operator/v1/projects/${of.id}`, headers: { authorization: server.operators.admin }, payload: { origins: [ORIGIN] },
    })
    expect(answer.statusCode).toBe(200)
    await expectRefusal({ of, origin: SECOND_ORIGIN }, 403)
  })

  test('a limit', async () => {
    const of = await addProject()
    await askLane({ of })
    const ask = { of, address: '203.0.115.200' }
    const before = server.app.boardLane.answers
    for (let n = 0; n < LIMIT; n += 20) await Promise.all(Array.from({ length: 20 }, () => askRaw(lane, linesOf(ask))))
    expect(server.app.boardLane.answers - before).toBe(LIMIT)
    await expectRefusal(ask, 429)
    // Its network is what is counted, and it is the count of the route, too.
    await expectRefusal({ of, address: '203.0.115.201' }, 429)
    expect((await askLane({ of, address: '203.0.116.1' })).past).toBe(true)
    // The other purposes have counts of their own.
    expect((await askRaw(lane, linesOf({ target: '/healthz', address: '203.0.115.200' }))).status).toBe(200)
  })

  test('load: the board is answered on', async () => {
    const loaded = await startApp({ pressure: { read: () => true, beginMs: 0, sampleMs: 10 } })
    try {
      await loaded.app.listen({ host: '127.0.0.1', port: 0 })
      const { port } = loaded.app.server.address() as AddressInfo
      await expect.poll(() => loaded.app.pressure.high).toBe(true)
      const ask = linesOf({ of: loaded.project })
      for (let n = 0; n < 3; n += 1) expect((await askRaw(port, ask)).status).toBe(200)
      expect(loaded.app.boardLane.answers).toBeGreaterThan(0)
    } finally {
      await loaded.close()
    }
  })
})

test('Reads past the route are in every figure, each of them once', async () => {
  const of = await addProject()
  await askLane({ of })
  await askLane({ of, headers: ['If-None-Match: *'] })
  const exposed = async (): Promise<{ count: number; fast: number }> => {
    const text = (await server.app.inject({ url: '/metrics', headers: { authorization: server.operators.viewer } })).body
    const sum = (name: string): number => [...text.matchAll(new RegExp(`^${name}\\{[^}]*route="/api/widget/v1/:projectKey/board",status="[23]xx"\\} (\\d+)$`, 'gm'))]
      .reduce((total, [, count]) => total + Number(count), 0)
    return { count: sum('truetally_request_duration_seconds_count'), fast: sum('truetally_request_duration_seconds_bucket') }
  }
  const counted = async (): Promise<number> => {
    await server.app.traffic.flush()
    const { rows } = await server.app.db.query<{ requests: string }>(
      `select coalesce(sum(requests), 0) as requests from traffic where project_id = $1 and endpoint = 'GET /api/widget/v1/{projectKey}/board'`, [of.id])
    return Number(rows[0]?.requests)
  }
  const before = { lane: server.app.boardLane.answers, ...(await exposed()), traffic: await counted() }
  const N = 150
  for (let n = 0; n < N; n += 1) await askRaw(lane, linesOf({ of, headers: n % 2 === 0 ? [] : ['If-None-Match: *'] }))
  const after = { lane: server.app.boardLane.answers, ...(await exposed()), traffic: await counted() }
  expect(after.lane - before.lane).toBe(N)
  expect(after.count - before.count).toBe(N)
  expect(after.fast).toBeGreaterThan(before.fast)
  expect(after.traffic - before.traffic).toBe(N)
})

test('A scanner that gives its name is told of, however often the board was read before', async () => {
  const of = await addProject()
  expect((await askLane({ of })).past).toBe(true)
  const before = server.app.boardLane.answers
  const lines = linesOf({ of }).map((line) => (line.startsWith('User-Agent') ? 'User-Agent: sqlmap/1.7' : line))
  expect((await askRaw(lane, lines)).status).toBe(200)
  expect(server.app.boardLane.answers).toBe(before)
  const events = await readEvents(server, { project: of.key })
  expect(events.map(({ metadata }) => metadata.errorMessage)).toEqual(['A scanner, by its own name: sqlmap'])
})

test('An answer without a connection behind it is never said again', async () => {
  const of = await addProject()
  for (let n = 0; n < 3; n += 1) await new Visitor(server, { project: of }).call('GET', '/board')
  const before = server.app.boardLane.answers
  await askRaw(lane, linesOf({ of }))
  expect(server.app.boardLane.answers).toBe(before)
})

test('A server that is closing says so to readers, too', async () => {
  const closing = await startApp()
  await closing.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = closing.app.server.address() as AddressInfo
  const accepted: Socket[] = []
  closing.app.server.on('connection', (there: Socket) => void accepted.push(there))
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  const ask = (): void => void socket.write(`${linesOf({ of: closing.project }).join('\r\n')}\r\n\r\n`)
  for (let n = 1; n <= 3; n += 1) {
    ask()
    await expect.poll(() => text.match(/HTTP\/1\.1 200/g)?.length).toBe(n)
  }
  expect(closing.app.boardLane.answers).toBe(2)
  // Half a request keeps the connection from being idle, and so from being closed.
  socket.write(linesOf({ of: closing.project }).join('\r\n'))
  await expect.poll(() => accepted[0]?.bytesRead).toBe(socket.bytesWritten)
  const closed = closing.close()
  await expect.poll(() => closing.app.server.listening).toBe(false)
  socket.write('\r\n\r\n')
  await expect.poll(() => text).toContain('HTTP/1.1 503 Service Unavailable')
  await closed
  expect(closing.app.boardLane.answers).toBe(2)
})
