/** Under load: limits tighten, what can wait waits, and the board is served on. */
import { afterEach, describe, expect, test } from 'vitest'
import { type TestApp, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
afterEach(() => app.close())

const status = async (url: string, authorization = app.operators.moderator): Promise<number> =>
  (await app.app.inject({ url, headers: { authorization } })).statusCode
const toldOf = async (): Promise<unknown[]> =>
  (await readEvents(app)).filter(({ detail }) => detail['kind'] === 'pressure').map(({ detail, severity, count }) => [detail['state'], severity, count])

/** Time passes in steps, each with a look at the reading, as it does on a server that is asked something. */
const pass = async (ms: number): Promise<void> => {
  await app.app.inject('/healthz')
  app.clock.now += ms
  await app.app.inject('/healthz')
}
/** Keeps the event loop from turning. */
const block = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('By a reading that the test gives', () => {
  const load = { high: false }
  const start = async (options: Parameters<typeof startApp>[0] = {}): Promise<void> => {
    load.high = false
    app = await startApp({ ...options, pressure: { beginMs: 3000, endMs: 10_000, read: () => load.high } })
  }

  test('Lists and reference answer 503 and say when to come back; board, votes, blocks, events and health are served on', async () => {
    await start()
    const list = (name: string): string => `/api/moderation/v1/${name}?project=${app.project.id}`
    const later = ['/docs/', '/docs/json', '/openapi.json', ...['votes', 'items', 'feedback', 'invalidations'].map(list)]
    const always = ['/healthz', '/readyz', list('blocks'), '/api/security/v1/events', '/widget.js']
    const visitor = new Visitor(app)
    await visitor.start()
    const board = await visitor.call('GET', '/board')
    for (const url of [...later, ...always]) expect(`${url} ${await status(url)}`).toBe(`${url} 200`)

    load.high = true
    await pass(3000)
    for (const url of later) {
      const refused = await app.app.inject({ url, headers: { authorization: app.operators.moderator } })
      expectProblem(refused, 503, 'overloaded')
      expect(refused.headers['retry-after']).toBe('10')
    }
    for (const url of always) expect(`${url} ${await status(url)}`).toBe(`${url} 200`)
    expect((await visitor.call('GET', '/board')).body).toBe(board.body)
    expect((await visitor.vote(app.project.items[0])).statusCode).toBe(200)
    expect((await app.app.inject({ url: '/metrics', headers: { authorization: app.operators.viewer } })).body).toMatch(/^truetally_under_pressure 1$/m)
  })

  test('Half as many sessions fit into a minute, and all of them again afterwards; the board is not limited more', async () => {
    await start({ requestsPerMinute: 10 })
    load.high = true
    await pass(3000)
    const statuses: number[] = []
    for (let visit = 0; visit < 6; visit += 1) statuses.push((await new Visitor(app).start()).statusCode)
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429])
    const reads: number[] = []
    for (let read = 0; read < 11; read += 1) reads.push((await new Visitor(app).call('GET', '/board')).statusCode)
    expect(reads).toEqual([...Array<number>(10).fill(200), 429])

    load.high = false
    await pass(10_000)
    // Six are counted already.
    for (let visit = 0; visit < 4; visit += 1) expect((await new Visitor(app).start()).statusCode).toBe(201)
    expect((await new Visitor(app).start()).statusCode).toBe(429)
  })

  test('Half as many votes of one network fit into a minute', async () => {
    await start({ policy: { ...lenientPolicy, windows: { ...lenientPolicy.windows, network: { limit: 10, windowMs: 60_000 } } } })
    const visitor = new Visitor(app)
    await visitor.start()
    load.high = true
    await pass(3000)
    const statuses: number[] = []
    for (let turn = 0; turn < 6; turn += 1) statuses.push((await visitor.vote(app.project.items[0])).statusCode)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    load.high = false
    await pass(10_000)
    expect((await visitor.vote(app.project.items[0])).statusCode).toBe(200)
  })

  test('A moment of load changes nothing, a moment of calm ends nothing, and each change is told once', async () => {
    await start()
    load.high = true
    await pass(2999)
    expect(app.app.pressure.high).toBe(false)
    load.high = false
    await pass(1)
    load.high = true
    await pass(2999)
    expect(app.app.pressure.high).toBe(false)
    await pass(1)
    expect(app.app.pressure.high).toBe(true)

    load.high = false
    await pass(9999)
    load.high = true
    await pass(1)
    load.high = false
    await pass(9999)
    expect(app.app.pressure.high).toBe(true)
    expect(await toldOf()).toEqual([['begin', 'medium', 1]])
    await pass(1)
    expect(app.app.pressure.high).toBe(false)
    await pass(60_000)
    expect(await toldOf()).toEqual([['end', 'low', 1], ['begin', 'medium', 1]])
  })
})

test('An event loop that is really blocked is noticed, and so is its recovery', async () => {
  app = await startApp({ clock: Date.now, pressure: { maxEventLoopDelayMs: 250, sampleMs: 50, beginMs: 100, endMs: 200 } })
  // Whatever else this machine is doing at the moment.
  await expect.poll(() => status('/openapi.json'), { interval: 50 }).toBe(200)
  // As long as it takes: every turn of the loop is half a second late. Asked for nothing meanwhile, which would take turns in time.
  await expect.poll(() => {
    block(500)
    return app.app.pressure.high
  }, { interval: 1, timeout: 60_000 }).toBe(true)
  expect(await status('/openapi.json')).toBe(503)
  expect((await new Visitor(app).call('GET', '/board')).statusCode).toBe(200)
  expect(await status('/healthz')).toBe(200)
  await expect.poll(() => status('/openapi.json'), { interval: 50, timeout: 30_000 }).toBe(200)
  expect((await toldOf()).length).toBeGreaterThanOrEqual(2)
})
