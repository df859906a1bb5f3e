/**
 * A flood of visitors made up on one line, against a server on its own clock that watches by itself: how long from the vote
 * that makes it a cohort until every one of its votes is out of the tally. The time is printed; the votes are what must be right.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'

const FLOOD = 60
let app: TestApp
let skew = 0
beforeAll(async () => {
  // People take their time; the server’s clock is moved on with theirs.
  app = await startApp({ policy: quickPolicy, requestsPerMinute: 100_000, watchEveryMs: 500, clock: () => Date.now() + skew })
})
afterAll(() => app.close())

test('A loud attack is out of the tally within moments, and nobody else is', async () => {
  const { project } = app
  const item = project.items[2]
  const clock = { get now() { return Date.now() + skew }, set now(at: number) { skew = at - Date.now() } }
  const people = { ...app, clock }
  await ordinaryCrowd(people, project, 40)
  const before = await columnsOf(app, item)
  expect(before.held).toBe(0)

  const bots = Array.from({ length: FLOOD }, () => new Person(people, { ip: '198.51.100.7' }))
  for (const bot of bots) await bot.start()
  let crossed = 0
  for (const [index, bot] of bots.entries()) {
    expect((await bot.click(item)).statusCode).toBe(200)
    if (index === quickPolicy.cohorts.leastVoters - 1) crossed = performance.now()
  }
  const cast = performance.now()
  while ((await columnsOf(app, item)).held < FLOOD && performance.now() - cast < 120_000) await sleep(20)
  process.stdout.write(`Contained ${((performance.now() - crossed) / 1000).toFixed(2)} s after vote ${quickPolicy.cohorts.leastVoters} of the flood, the last of ${FLOOD} being cast after ${((cast - crossed) / 1000).toFixed(2)} s.\n`)
  expect(await columnsOf(app, item)).toEqual({ counted: before.counted, held: FLOOD, invalidated: 0 })
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})
