/** Boards in memory: serialised so often and no more, read before the server listens, and there while PostgreSQL is not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../server/app.ts'
import { MASTER_SECRET, ORIGIN, type TestApp, WIDGET_DIR, cableTo, lenientPolicy, shippedRules, startApp } from '../helpers/app.ts'
import { Visitor } from '../helpers/visitor.ts'

const EVERY_MS = 300

let server: TestApp
beforeAll(async () => {
  server = await startApp({ boardEveryMs: EVERY_MS, requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

test('However fast votes come, a board is serialised at most so often, and shows the last of them soon', async () => {
  const project = await server.addProject()
  const [item] = project.items
  const reader = new Visitor(server, { project })
  const tags = new Set<string>()
  const began = performance.now()
  const mostEditions = (): number => Math.floor((performance.now() - began) / EVERY_MS) + 1
  let cast = 0
  // Long enough for some, and until more has changed than may be shown; and until another is shown, where the first vote took all that time.
  while (performance.now() - began < 3 * EVERY_MS || cast <= mostEditions() || tags.size === 1) {
    expect((await new Visitor(server, { project, ip: `10.9.${cast}.1` }).vote(item)).statusCode).toBe(200)
    cast += 1
    for (let n = 0; n < 3; n += 1) tags.add(String((await reader.call('GET', '/board')).headers.etag))
  }
  expect(tags.size).toBeLessThanOrEqual(mostEditions())
  expect(tags.size).toBeGreaterThan(1)
  await expect.poll(() => reader.tally(item)).toBe(cast)
})

test('Who reads a board that was left alone sees all of it at once', async () => {
  const project = await server.addProject()
  const reader = new Visitor(server, { project })
  expect(await reader.tally(project.items[0])).toBe(0)
  await sleep(EVERY_MS + 20)
  await new Visitor(server, { project }).vote(project.items[0])
  expect(await reader.tally(project.items[0])).toBe(1)
})

test('A vote that changes nothing on it leaves the board, and its tag, as they are', async () => {
  const project = await server.addProject()
  const [item] = project.items
  const reader = new Visitor(server, { project })
  const voteAlike = () => new Visitor(server, { project, ip: '10.7.1.1' }).vote(item, 1, { fingerprint: 'feedfacefeedface' })
  for (let n = 0; n < 2; n += 1) await voteAlike()
  await sleep(EVERY_MS + 20)
  const before = await server.app.boards.edition(server.app.projects.byKey(project.key) as never)
  // Held, as the second was.
  await voteAlike()
  await sleep(EVERY_MS + 20)
  expect(await reader.tally(item)).toBe(1)
  expect(await server.app.boards.edition(server.app.projects.byKey(project.key) as never)).toBe(before)
})

test('Commits without a pause do not keep a board from being read again', async () => {
  const project = await server.addProject()
  let commits = 0
  const committing = setInterval(() => {
    commits += 1
    server.app.boards.apply([{
      projectId: project.id, itemId: Number(project.items[0]), version: 1_000_000 + commits, counted: commits, held: 0, invalidated: 0,
      countedVerified: 0, heldVerified: 0, invalidatedVerified: 0,
    }])
  }, 0)
  const refreshing = async (): Promise<string> => {
    for (let n = 0; n < 5; n += 1) await server.app.boards.refresh(project.id)
    return 'read'
  }
  try {
    expect(await Promise.race([refreshing(), sleep(30_000, 'still reading', { ref: false })])).toBe('read')
    // These are made up: where none came after the last reading began, that one rightly shows what the table says.
    const during = commits
    await expect.poll(() => commits).toBeGreaterThan(during)
  } finally {
    clearInterval(committing)
  }
  await expect.poll(() => new Visitor(server, { project }).tally(project.items[0])).toBe(commits)
})

test('Boards are read before the server listens, and answer when PostgreSQL goes away right after, reloads that fail included', async () => {
  const project = await server.addProject()
  await new Visitor(server, { project }).vote(project.items[0])
  const cable = await cableTo(server.databaseUrl)
  const app = await buildApp({
    databaseUrl: cable.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-test', logLevel: 'silent', rules: await shippedRules(),
    policy: lenientPolicy, watchEveryMs: 0, probeEveryMs: 0, notifyEveryMs: 0, pulseMs: 50, pressure: { read: () => false },
  })
  try {
    await app.ready()
    cable.unplug()
    const read = async (headers: Record<string, string> = {}) =>
      await app.inject({ url: `/api/widget/v1/${project.key}/board`, headers: { origin: ORIGIN, ...headers } })
    const first = await read()
    expect(first.statusCode).toBe(200)
    expect(first.json<{ items: { votes: number }[] }>().items[0]?.votes).toBe(1)
    await expect(app.boards.refresh(project.id)).rejects.toThrow(/connect|Connection|ECONNRESET|EPIPE/)
    for (let n = 0; n < 20; n += 1) {
      expect((await read({ 'accept-encoding': n % 2 === 0 ? 'br' : 'gzip' })).statusCode).toBe(200)
      await sleep(20)
    }
    expect((await read({ 'if-none-match': String(first.headers.etag) })).statusCode).toBe(304)

    // What came in between is there once the database is.
    await new Visitor(server, { project, ip: '10.8.1.1' }).vote(project.items[0])
    cable.plugIn()
    await expect.poll(async () => (await read()).json<{ items: { votes: number }[] }>().items[0]?.votes).toBe(2)
  } finally {
    cable.plugIn()
    await app.close()
    await cable.close()
  }
})
