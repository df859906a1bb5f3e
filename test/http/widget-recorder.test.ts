/** The writer under bad luck: a poisoned ballot, a full queue, a database that goes away in the middle of it. */
import { randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DecisionRow } from '../../db/queries/decisions.ts'
import { isDatabaseAway } from '../../db/queryable.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { Problem } from '../../server/errors.ts'
import { type Entry, Recorder } from '../../server/gate/record.ts'
import type { Outcome } from '../../server/gate/settle.ts'
import { type DatabaseCable, type TestApp, type TestProject, cableTo, startApp } from '../helpers/app.ts'
import { Visitor, crowd, expectProblem } from '../helpers/visitor.ts'
import { withClient } from '../helpers/with-client.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

/** A device’s vote as the route would hand it over; `decision` makes its audit row wrong in one way. */
function entryFor(project: TestProject, itemId: number, decision: Partial<DecisionRow> = {}): Entry {
  const voter = randomUUID()
  return {
    ballot: { projectId: project.id, itemId, voter, tier: 'd', value: 1, castAt: app.clock.now, hold: false, seat: null, supersedes: null },
    decide: ({ state }) => ({
      projectId: project.id, decisionId: randomUUID(), decidedAt: app.clock.now, itemId, voter, tier: 'd', value: 1, state,
      score: 0, action: 'allow', wouldHave: null, policy: 'test', breakdown: {}, ipAddress: '203.0.113.7', network: '203.0.113.0/24', fingerprint: null,
      device: voter, userAgent: null, origin: 'https://shop.example', endUser: null, signals: null, core: null, asn: null, country: null,
      heldFor: null, cohortId: null, heldUntil: null, newcomer: true, hosting: null, shadow: null, ...decision,
    }),
  }
}
const countedOf = async (project: TestProject, itemId: number): Promise<number | undefined> => (await app.app.db.query<{ counted: number }>(
  'select counted from tallies where project_id = $1 and item_id = $2', [project.id, itemId])).rows[0]?.counted
const expectTrueTallies = async (): Promise<void> => expect((await findTallyFaults(app.app.db)).faults).toEqual([])

test('A ballot the database refuses fails alone, and the rest of its batch is counted', async () => {
  const project = await app.addProject()
  const item = Number(project.items[0])
  const poison: [number, Entry][] = [
    [7, entryFor(project, 2_000_000_000)],
    [30, entryFor(project, item, { ipAddress: 'nowhere' })],
    [31, entryFor(project, item, { endUser: 'nul\u0000' })],
    [63, entryFor(project, item, { network: '203.0.113.7/24' })],
  ]
  const entries = Array.from({ length: 64 }, () => entryFor(project, item))
  for (const [index, entry] of poison) entries[index] = entry

  const results = await Promise.allSettled(entries.map((entry) => app.app.recorder.record(entry)))

  expect(results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []))).toEqual(poison.map(([index]) => index))
  expect(await countedOf(project, item)).toBe(60)
  const { rows } = await app.app.db.query('select 1 from decisions where project_id = $1', [project.id])
  expect(rows).toHaveLength(60)
  await expectTrueTallies()
})

const times = (count: number, outcome: object): object[] => Array.from({ length: count }, () => outcome)

test('What is said to be a first vote and is none is recorded as what it is, and so is the rest of its batch', async () => {
  const project = await app.addProject()
  const [item, other] = project.items.map(Number) as [number, number]
  const { recorder } = app.app
  const firsts = (count: number, itemId = item): Entry[] => Array.from({ length: count }, () => ({ ...entryFor(project, itemId), first: true }))
  const record = (entries: Entry[]): Promise<Outcome[]> => Promise.all(entries.map((entry) => recorder.record(entry)))
  const recorded = { result: 'recorded', state: 'c', value: 1 }
  const unchanged = { result: 'unchanged', state: 'c', value: 1 }

  const early = firsts(20)
  expect(await record(early)).toEqual(early.map(() => recorded))
  expect(await record([...firsts(5), ...early.slice(0, 3), ...firsts(5, other)])).toEqual([...times(5, recorded), ...times(3, unchanged), ...times(5, recorded)])
  const twice = firsts(1)
  expect(await record([...twice, ...twice]), 'the same voter twice in a batch').toEqual([recorded, unchanged])
  const bucket = randomUUID()
  const seated = (): Entry => {
    const entry = entryFor(project, item)
    return { ...entry, first: true, ballot: { ...entry.ballot, seat: { bucket, limit: 1, whenTaken: 'hold' } } }
  }
  expect(await record([seated()])).toEqual([recorded])
  expect(await record([seated(), ...firsts(2)]), 'a seat that is taken').toEqual([{ ...recorded, state: 'h', seatTaken: true }, recorded, recorded])
  await app.app.db.query('update items set merged_into = $3 where project_id = $1 and item_id = $2', [project.id, other, item])
  expect(await record([...firsts(2, other), ...firsts(2)]), 'an item that was merged').toEqual([
    { result: 'refused', because: 'merged' }, { result: 'refused', because: 'merged' }, recorded, recorded,
  ])

  expect(await countedOf(project, item)).toBe(20 + 5 + 1 + 1 + 2 + 2)
  const { rows } = await app.app.db.query('select 1 from decisions where project_id = $1', [project.id])
  expect(rows).toHaveLength(20 + 10 + 1 + 1 + 3 + 2)
  await expectTrueTallies()
})

test('A vote cast again costs no connection', async () => {
  const project = await app.addProject()
  // One that nobody has asked for half a minute goes by itself, and is none of these.
  const used = new Set<PoolClient>()
  let removed = 0
  const use = (client: PoolClient): void => void used.add(client)
  const count = (client: PoolClient): void => void (removed += used.has(client) ? 1 : 0)
  app.app.votersDb.on('acquire', use)
  app.app.votersDb.on('remove', count)
  const bucket = randomUUID()
  for (let turn = 0; turn < 5; turn += 1) {
    const entry = entryFor(project, Number(project.items[0]))
    await app.app.recorder.record({ ...entry, first: true, ballot: { ...entry.ballot, seat: { bucket, limit: 1, whenTaken: 'hold' } } })
  }
  app.app.votersDb.off('acquire', use)
  app.app.votersDb.off('remove', count)
  expect([used.size > 0, removed]).toEqual([true, 0])
})

test('A decision that cannot be written leaves no vote behind', async () => {
  const project = await app.addProject()
  const item = Number(project.items[0])
  for (const first of [true, false]) {
    await expect(app.app.recorder.record({ ...entryFor(project, item, { breakdown: { unwritable: 1n } }), first })).rejects.toThrow(TypeError)
  }
  expect(await countedOf(project, item)).toBe(0)
  expect((await app.app.db.query('select 1 from votes where project_id = $1', [project.id])).rows).toEqual([])
})

test('A full queue refuses the next vote at once and says when to come back; those it took are counted', async () => {
  const project = await app.addProject()
  const item = Number(project.items[0])
  const recorder = new Recorder({ pool: app.app.votersDb, maxQueue: 3, onCommit: (tallies) => app.app.boards.apply(tallies) })
  const taken = [1, 2, 3].map(() => recorder.record(entryFor(project, item)))

  expect(() => recorder.record(entryFor(project, item))).toThrow(
    expect.objectContaining({ code: 'overloaded', status: 503, options: expect.objectContaining({ retryAfter: 1 }) as object }) as Problem)
  expect(recorder.saturation).toEqual({ waiting: 3, refusals: 1 })

  await Promise.all(taken)
  await recorder.record(entryFor(project, item))
  expect(await countedOf(project, item)).toBe(4)
})

test('An overloaded writer reaches the voter as 503 with Retry-After, readable for the page', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  await visitor.start()
  // The real recorder, filled to its limit while a lock keeps its first batch from finishing.
  const flood: Promise<unknown>[] = []
  const refused = await withClient(app.databaseUrl, async (other) => {
    await other.query('begin')
    await other.query('lock table votes in exclusive mode')
    const { recorder } = app.app
    const fill = (): void => {
      while (recorder.saturation.waiting < 5000) flood.push(recorder.record(entryFor(project, Number(project.items[0]))))
    }
    fill()
    // The first batch leaves the queue for the lock; its place is taken, and nothing leaves any more.
    await expect.poll(() => recorder.saturation.waiting, { interval: 1 }).toBeLessThan(5000)
    fill()
    const answer = await visitor.vote(project.items[0])
    await other.query('rollback')
    return answer
  })
  expectProblem(refused, 503, 'overloaded')
  expect(refused.headers).toMatchObject({ 'retry-after': '1', 'access-control-allow-origin': 'https://shop.example' })
  await Promise.all(flood)
  expect((await visitor.vote(project.items[0])).json()).toMatchObject({ votes: flood.length + 1 })
  await expectTrueTallies()
})

test('Connections ended while votes are under way cost nobody their vote: only 200 or 503, and a retry counts once', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const voters = await crowd(app, 150, { project })
  const cutting = new AbortController()
  const cutter = withClient(app.databaseUrl, async (admin) => {
    while (!cutting.signal.aborted) {
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'truetally'`)
      await new Promise((resolve) => void setTimeout(resolve, 5))
    }
  })
  const answers: LightMyRequestResponse[] = []
  try {
    // Until one is hit: on a busy machine all of five can be over before the first cut.
    for (let wave = 0; wave < 5 || answers.every(({ statusCode }) => statusCode === 200); wave += 1) {
      answers.push(...(await Promise.all(voters.map((voter) => voter.vote(item)))))
    }
  } finally {
    cutting.abort()
    await cutter
  }
  const refused = answers.filter((answer) => answer.statusCode !== 200)
  for (const answer of refused) {
    expectProblem(answer, 503, 'database_unavailable')
    expect(answer.headers['retry-after']).toBe('2')
  }
  await expect.poll(async () => (await Promise.all(voters.map((voter) => voter.vote(item)))).filter((answer) => answer.statusCode !== 200).length).toBe(0)
  expect(await countedOf(project, Number(item))).toBe(150)
  // A commit whose answer was cut off is not known here: the board is right again with the next commit, or the next time all is read again.
  await new Visitor(app, { project }).vote(item)
  expect(await voters[0]?.tally(item)).toBe(151)
  await expectTrueTallies()
})

test('A statement the database gives up on is a 503, and the same vote counts afterwards', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.start()
  const refused = await withClient(app.databaseUrl, async (other) => {
    await other.query('begin')
    await other.query('lock table votes in exclusive mode')
    const answer = visitor.vote(item)
    // Asked outside of that transaction, which would go on seeing the sessions it saw at its first look.
    await expect.poll(async () => (await app.app.db.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount).toBe(1)
    await other.query('rollback')
    return await answer
  })
  expectProblem(refused, 503, 'database_unavailable')
  expect((await visitor.vote(item)).json()).toMatchObject({ votes: 1 })
})

test('A connection that breaks between two statements of a transaction is known for what it is', async () => {
  const client = await app.app.db.connect()
  try {
    await client.query('begin')
    const broken = new Promise((resolve) => void client.once('error', resolve))
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    await withClient(app.databaseUrl, (other) => other.query('select pg_terminate_backend($1)', [rows[0]?.pid]))
    expect(isDatabaseAway(await broken)).toBe(true)
    const next = await client.query('commit').catch((error: unknown) => error)
    expect(next).toBeInstanceOf(Error)
    expect(isDatabaseAway(next)).toBe(true)
  } finally {
    client.release(true)
  }
})

test('While the database is unplugged votes are refused with 503, boards stay readable, and afterwards everything goes on', async () => {
  const cable: DatabaseCable = await cableTo(app.databaseUrl)
  const remote = await startApp({ databaseUrl: cable.url })
  try {
    const [item] = remote.project.items
    const voters = await crowd(remote, 20)
    expect(await voters[0]?.tally(item)).toBe(0)

    cable.unplug()
    for (const voter of voters) {
      const answer = await voter.vote(item)
      expectProblem(answer, 503, 'database_unavailable')
      expect(answer.headers).toMatchObject({ 'retry-after': '2', 'access-control-allow-origin': 'https://shop.example' })
      expect(await voter.tally(item)).toBe(0)
    }
    // An event that happens meanwhile is not lost either.
    expectProblem(await new Visitor(remote, { origin: 'https://rogue.example' }).call('GET', '/board'), 403, 'origin_not_allowed')

    cable.plugIn()
    await expect.poll(async () => (await voters[0]?.vote(item))?.statusCode).toBe(200)
    await Promise.all(voters.map((voter) => voter.vote(item)))
    expect(await voters[0]?.tally(item)).toBe(20)
    await remote.app.ledger.flush()
    const { rows } = await remote.app.db.query('select event_type from security_events where project_id = $1', [remote.project.id])
    expect(rows).toEqual([{ event_type: 'origin_mismatch' }])
  } finally {
    await remote.close()
    await cable.close()
  }
})
