/**
 * Visitors made up on one machine who know how cohorts are found, and vote for something else as well: before, afterwards, or
 * on a throwaway item that takes the suspicion; and reasons to be held that are traded for lighter ones.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { addressAt } from '../helpers/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SIZE = 40
let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

function bots(project: TestProject, fingerprint?: string): Person[] {
  const core = randomBytes(16).toString('hex')
  return Array.from({ length: SIZE }, () => new Person(app, { project, core, ip: '198.51.100.7', ...(fingerprint === undefined ? {} : { fingerprint }) }))
}
async function cast(voters: readonly Person[], item: string, pause = 20_000): Promise<void> {
  for (const voter of voters) {
    await voter.start()
    expect((await voter.click(item)).statusCode).toBe(200)
    app.clock.now += pause
    await app.app.watch.tick()
  }
}
async function wait(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    app.clock.now += MINUTE
    await app.app.watch.tick()
  }
}

test('A vote for cover afterwards does not let a machine’s votes go', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, SIZE)
  const [cover, , item] = project.items
  const before = await columnsOf(app, item, project)
  const machine = bots(project)
  await cast(machine, item)
  await cast(machine, cover)
  await wait(30)
  expect(await columnsOf(app, item, project)).toMatchObject({ counted: before.counted, held: before.held + SIZE })
})

test('A cohort on a throwaway item does not hide the next one', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, SIZE)
  const [, throwaway, item] = project.items
  const before = await columnsOf(app, item, project)
  const machine = bots(project)
  await cast(machine, throwaway)
  await cast(machine, item)
  await wait(5)
  expect(await columnsOf(app, item, project)).toMatchObject({ counted: before.counted, held: before.held + SIZE })
})

test('Cover votes of the day before do not help either', async () => {
  const project = await app.addProject()
  const machine = bots(project)
  const [cover, , item] = project.items
  await cast(machine, cover, 5 * MINUTE)
  app.clock.now += 25 * HOUR
  await ordinaryCrowd(app, project, SIZE)
  const before = await columnsOf(app, item, project)
  await cast(machine, item)
  await wait(30)
  expect(await columnsOf(app, item, project)).toMatchObject({ counted: before.counted, held: before.held + SIZE })
})

test('A vote held for nothing makes nobody a regular whom no burst concerns', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, SIZE)
  const [cheap, , item] = project.items
  const devices = Array.from({ length: SIZE }, (_, index) => new Person(app, { project, ip: addressAt(7000 + index) }))
  for (const device of devices) {
    await device.start()
    await device.click(cheap, { solution: undefined, signals: undefined })
  }
  app.clock.now += HOUR
  const before = await columnsOf(app, item, project)
  await cast(devices, item, 4000)
  expect((await columnsOf(app, item, project)).held).toBeGreaterThanOrEqual(before.held + SIZE)
})

test('A vote held for its score is not given again under a reason that passes', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const driven = new Person(app, { project })
  await driven.start()
  await driven.click(item, { signals: { ...driven.signals(), webdriver: true, trusted: false } })
  await driven.vote(item, 0)
  await driven.click(item)
  const { rows } = await app.app.db.query<{ heldFor: string | null }>(
    'select held_for as "heldFor" from decisions where project_id = $1 order by recorded_at', [project.id])
  expect(rows.map(({ heldFor }) => heldFor)).toEqual(['score', null, null])
  await wait(15)
  app.clock.now += 30 * HOUR
  await app.app.watch.tick()
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 1, invalidated: 0 })
})

test('What is too young takes its seat: seven devices of one browser are one vote when they are old', async () => {
  const aged = await startApp({ policy: { ...quickPolicy, version: 'aged', minimumAge: { deviceMs: HOUR, accountMs: 0 } } })
  try {
    const { project } = aged
    const fingerprint = randomBytes(16).toString('hex')
    for (let index = 0; index < 7; index += 1) await new Person(aged, { project, fingerprint, ip: '198.51.100.8' }).click(project.items[0])
    aged.clock.now += 2 * HOUR
    await aged.app.watch.tick()
    expect(await columnsOf(aged, project.items[0])).toEqual({ counted: 1, held: 6, invalidated: 0 })
  } finally {
    await aged.close()
  }
})

test('A bucket of one mind is not let in because a day has passed', async () => {
  const project = await app.addProject()
  const fingerprint = randomBytes(16).toString('hex')
  for (let index = 0; index < 12; index += 1) await new Person(app, { project, fingerprint, ip: '198.51.100.9' }).click(project.items[0])
  for (let hour = 0; hour < 26; hour += 1) {
    app.clock.now += HOUR
    await new Person(app, { project }).click(project.items[1])
    await app.app.watch.tick()
  }
  expect(await columnsOf(app, project.items[0], project)).toEqual({ counted: 1, held: 11, invalidated: 0 })
})

test('A server whose clock is ahead hides nothing from the watch', async () => {
  const project = await app.addProject()
  const ahead = await startApp({ databaseUrl: app.databaseUrl, policy: quickPolicy, clock: () => app.clock.now + 20_000 })
  try {
    await ordinaryCrowd(app, project, SIZE)
    const before = await columnsOf(app, project.items[2], project)
    const there = { ...ahead, clock: { get now() { return app.clock.now + 20_000 }, set now(_at: number) { /* the other server’s clock moves it */ } } }
    const machine = bots(project)
    for (const bot of machine.slice(0, 24)) {
      await new Person(there, { project }).click(project.items[1])
      await cast([bot], project.items[2])
    }
    expect(await columnsOf(app, project.items[2], project)).toMatchObject({ counted: before.counted, held: before.held + 24 })
  } finally {
    await ahead.close()
  }
})
