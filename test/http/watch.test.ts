/** The watch under load and bad luck: it reads every line of the ledger once, starves nobody, and holds nobody for its own mishaps. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadStandingCohorts } from '../../db/queries/cohorts.ts'
import { type TestApp, type TestProject, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { openCohort, recordVote } from '../helpers/recorded-votes.ts'

const HOUR = 3_600_000
const ATTACKER = { ipAddress: '198.51.100.7', network: '198.51.100.0/24' }
let app: TestApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.close())

/** Everybody on a line of their own. */
const home = (index: number) => ({ ipAddress: `10.${(index >> 8) & 255}.${index & 255}.9`, network: `10.${(index >> 8) & 255}.${index & 255}.0/24` })
const standing = async (): Promise<unknown[]> =>
  (await loadStandingCohorts(app.app.db, app.clock.now)).map(({ projectId, kind }) => ({ projectId, kind }))
async function attack(project: TestProject, size: number, facts = ATTACKER): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    app.clock.now += 1000
    await recordVote(app, project, { itemId: project.items[0], facts })
  }
}
async function look(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    app.clock.now += 500
    await app.app.watch.tick()
  }
}
const stateOf = async (itemId: string): Promise<Record<string, number>> => {
  const { rows } = await app.app.db.query<{ state: string; votes: number }>(
    'select state, count(*)::int as votes from votes where item_id = $1 group by state', [itemId])
  return Object.fromEntries(rows.map(({ state, votes }) => [state, votes]))
}

test('More decisions within seconds than it reads at once do not blind it', async () => {
  const { project } = app
  await app.app.watch.tick()
  for (let second = 0; second < 3; second += 1) {
    app.clock.now += 1000
    await Promise.all(Array.from({ length: 2400 }, (_, index) =>
      recordVote(app, project, { itemId: project.items[index % 3] as string, facts: home(second * 2400 + index) })))
  }
  await look(4)
  expect(app.app.watch.saturation).toMatchObject({ voters: 7200, behindMs: 0 })
  app.clock.now += HOUR / 2
  await attack(project, 40)
  await look(3)
  expect(await standing()).toContainEqual({ projectId: project.id, kind: 'network' })
// Seven thousand votes, on a machine that has little time for them.
})

test('Votes that cannot be released do not stand in the way of those that can', async () => {
  const { project } = app
  await app.app.watch.tick()
  const { cohort } = await openCohort(app, project, { kind: 'core', matches: 'ab', itemId: project.items[0] }, [])
  await Promise.all(Array.from({ length: 1200 }, () => recordVote(app, project, { itemId: project.items[0], heldFor: 'cohort', cohortId: cohort.id })))
  app.clock.now += 1000
  await recordVote(app, project, { itemId: project.items[1], heldFor: 'seat', facts: home(1) })
  app.clock.now += 25 * HOUR
  await app.app.watch.tick()
  expect(await stateOf(project.items[1])).toEqual({ c: 1 })
  expect(await stateOf(project.items[0])).toEqual({ h: 1200 })
})

test('An attack in two runs does not keep it from seeing another project’s', async () => {
  const { project } = app
  const other = await app.addProject()
  await attack(project, 40)
  app.clock.now += 6 * HOUR
  await attack(project, 40)
  await attack(other, 40, { ipAddress: '192.0.2.7', network: '192.0.2.0/24' })
  await look(1)
  expect(await standing()).toEqual(expect.arrayContaining([{ projectId: project.id, kind: 'network' }, { projectId: other.id, kind: 'network' }]))
})

test('What cannot be acted on for a while makes no cohort of honest people, and is acted on afterwards', async () => {
  const crowd = await app.addProject()
  await app.app.watch.tick()
  for (let index = 0; index < 9; index += 1) {
    app.clock.now += 2000
    await recordVote(app, crowd, { itemId: crowd.items[0], facts: home(index) })
  }
  await attack(app.project, 20)
  await app.app.db.query('alter table cohorts rename to cohorts_away')
  for (let time = 0; time < 8; time += 1) {
    app.clock.now += 500
    await expect(app.app.watch.tick()).rejects.toThrow('cohorts')
  }
  await app.app.db.query('alter table cohorts_away rename to cohorts')
  await look(1)
  expect(await standing()).toEqual([{ projectId: app.project.id, kind: 'network' }])
  expect(await stateOf(crowd.items[0])).toEqual({ c: 9 })
})

test('A surge that is over is not brought back by a vote it held in its last moment', async () => {
  const { project } = app
  await app.app.watch.tick()
  const { cohort } = await openCohort(app, project, { kind: 'surge', matches: '*', itemId: project.items[0], standsMs: 1000 }, [])
  app.clock.now += 900
  await recordVote(app, project, { itemId: project.items[0], heldFor: 'cohort', cohortId: cohort.id })
  app.clock.now += 500
  await app.app.watch.tick()
  expect(await standing()).toEqual([])
})

test.each([0.25, 0.7125, 1.0005e-3, 1e-7])('Clicks that agree in every figure are held, however small one is: %d', async (offCentre) => {
  const { project } = app
  for (let index = 0; index < 20; index += 1) await recordVote(app, project, { itemId: project.items[index % 3] as string, facts: home(500 + index) })
  const before = (await stateOf(project.items[0]))['c'] ?? 0
  for (let index = 0; index < 9; index += 1) {
    app.clock.now += 1000
    await recordVote(app, project, {
      itemId: project.items[0], facts: { ...ATTACKER, signals: { pressMs: 83.1, offCentre, straightness: 0.8, hoverMs: 220.4 } },
    })
  }
  await look(2)
  expect(await stateOf(project.items[0])).toEqual({ c: before, h: 9 })
})

test('A session’s score in log mode is written down', async () => {
  const logged = await startApp({ policy: { ...lenientPolicy, version: 'log', bands: { ...lenientPolicy.bands, 'POST sessions': [{ band: 'block', from: 0.5, mode: 'log' }] } } })
  try {
    const answer = await logged.app.inject({
      method: 'POST', url: `/api/widget/v1/${logged.project.key}/sessions`, headers: { origin: 'https://shop.example', 'user-agent': 'HeadlessChrome' }, payload: {},
    })
    expect(answer.statusCode).toBe(201)
    expect((await readEvents(logged)).map(({ metadata }) => metadata.errorMessage)).toEqual([expect.stringMatching(/^A session scored \d\.\d\d: let in; the policy would have refused it$/)])
  } finally {
    await logged.close()
  }
})
