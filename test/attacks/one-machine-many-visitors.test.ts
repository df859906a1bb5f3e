/**
 * A machine that makes visitors up: new storage, new visitorId, new User-Agent, new address for every vote, and a hand that
 * moves like a person’s. No single request is odd. What they share is the machine, or the mind.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { CHROME, addressAt } from '../helpers/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MAC = CHROME.replace('Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7')

let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

const total = (columns: { counted: number; held: number }[], name: 'counted' | 'held'): number => columns.reduce((sum, column) => sum + column[name], 0)
type Standing = { id: string; kind: string; itemId: string; liftedAt: number | null; votesHeld: number }
async function cohortsOf(project: TestProject): Promise<Standing[]> {
  const answer = await app.app.inject({
    url: '/api/moderation/v1/cohorts', query: { project: project.key }, headers: { authorization: app.operators.moderator },
  })
  return answer.json<{ cohorts: Standing[] }>().cohorts
}
async function lift(project: TestProject, id: string): Promise<void> {
  const answer = await app.app.inject({
    method: 'DELETE', url: `/api/moderation/v1/cohorts/${id}`, query: { project: project.key }, headers: { authorization: app.operators.moderator },
  })
  expect(answer.statusCode).toBe(200)
}
/** Votes on the third item, which few people want, one every `pause`. */
async function stuff(project: TestProject, size: number, pause: number, visitor: (index: number) => Person): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    await visitor(index).click(project.items[2])
    app.clock.now += pause
    await app.app.watch.tick()
  }
}

test.each<[string, string, (project: TestProject, core: string, index: number) => Person]>([
  ['fingerprints on one address', 'machine', (project, core) => new Person(app, { project, core, ip: '198.51.100.7' })],
  ['addresses behind one fingerprint', 'fingerprint', (project, core, index) => new Person(app, { project, core, ip: addressAt(1000 + index), fingerprint: core })],
  ['everything but the machine', 'core', (project, core, index) => new Person(app, { project, core, ip: addressAt(2000 + index) })],
  ['everything, and the system it says it runs', 'core', (project, core, index) =>
    new Person(app, { project, core, ip: addressAt(3000 + index), userAgent: index % 2 === 0 ? CHROME : MAC })],
  ['everything, within one network', 'network', (project, _, index) => new Person(app, { project, ip: `192.0.2.${index + 1}` })],
])('Rotating %s is noticed, and every vote since the first is held', async (_, kind, visitor) => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const item = project.items[2]
  const before = await columnsOf(app, item, project)
  const core = randomBytes(16).toString('hex')
  await stuff(project, 25, 90_000, (index) => visitor(project, core, index))

  expect(await columnsOf(app, item, project)).toEqual({ counted: before.counted, held: before.held + 25, invalidated: 0 })
  expect((await cohortsOf(project)).map((cohort) => cohort.kind)).toEqual([kind])
  expect((await readEvents(app, { project: project.key })).filter(({ detail }) => (detail as { kind?: string }).kind === 'cohort')).toHaveLength(1)
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})

test('A drip of one vote every ten minutes from one line is a cohort by the evening', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  await stuff(project, 25, 10 * MINUTE, () => new Person(app, { project, ip: '198.51.100.9' }))
  expect(await columnsOf(app, project.items[2], project)).toMatchObject({ counted: before.counted, held: 25 })
})

test('Lifting the cohort puts back exactly what was, and the rule does not argue', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const item = project.items[2]
  const before = await columnsOf(app, item, project)
  await stuff(project, 20, 30_000, () => new Person(app, { project, ip: '198.51.100.7', core: 'ab'.repeat(16) }))
  const [cohort] = await cohortsOf(project)
  expect(cohort?.votesHeld).toBe(20)
  await lift(project, cohort?.id ?? '')
  expect(await columnsOf(app, item, project)).toEqual({ counted: before.counted + 20, held: 0, invalidated: 0 })
  await stuff(project, 5, 30_000, () => new Person(app, { project, ip: '198.51.100.7', core: 'ab'.repeat(16) }))
  expect(await columnsOf(app, item, project)).toMatchObject({ counted: before.counted + 25 })
})

test('An office on one image of one laptop, behind one address, loses nobody once it has waited', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 30)
  const before = await Promise.all(project.items.map((item) => columnsOf(app, item, project)))
  const image = randomBytes(16).toString('hex')
  let votes = 0
  for (let seat = 0; seat < 24; seat += 1) {
    const colleague = new Person(app, { project, ip: '198.51.100.20', fingerprint: image, core: image })
    for (const item of project.items.filter((_, place) => (seat + place) % 5 < 3 - place)) {
      await colleague.click(item)
      votes += 1
    }
    app.clock.now += 4 * MINUTE
    await app.app.watch.tick()
  }
  for (let hour = 0; hour < 3; hour += 1) {
    app.clock.now += HOUR
    await app.app.watch.tick()
  }
  const after = await Promise.all(project.items.map((item) => columnsOf(app, item, project)))
  expect(total(after, 'held')).toBe(0)
  expect(total(after, 'counted')).toBe(total(before, 'counted') + votes)
  expect(await cohortsOf(project)).toEqual([])
})

test('The restart of a server in the middle of it forgets nothing', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  const core = randomBytes(16).toString('hex')
  await stuff(project, 6, 60_000, (index) => new Person(app, { project, core, ip: addressAt(4000 + index) }))
  const other = await startApp({ databaseUrl: app.databaseUrl, policy: quickPolicy, clock: () => app.clock.now })
  try {
    await other.app.watch.tick()
    for (let index = 0; index < 14; index += 1) {
      const bot = new Person({ ...other, clock: app.clock }, { project, core, ip: addressAt(5000 + index) })
      await bot.click(project.items[2])
      app.clock.now += 60_000
      await other.app.watch.tick()
    }
    expect(await columnsOf(app, project.items[2], project)).toMatchObject({ counted: before.counted, held: 20 })
  } finally {
    await other.close()
  }
})
