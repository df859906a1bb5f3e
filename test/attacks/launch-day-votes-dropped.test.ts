/**
 * The hole: a burst looks like an attack, and throttling drops honest votes without telling anybody.
 * Here: an item’s own rate refuses no one, and whoever is refused is told so, and counts when they come back.
 */
import { afterEach, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, crowd, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
afterEach(() => app.close())

test('Four hundred people voting for one item in one second are four hundred votes', async () => {
  app = await startApp({ policy: { ...lenientPolicy, windows: { ...lenientPolicy.windows, item: { limit: 20, windowMs: 60_000 } } } })
  const [item] = app.project.items
  const people = await crowd(app, 400)
  const answers = await Promise.all(people.map((person) => person.vote(item)))
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
  expect(await people[0]?.tally(item)).toBe(400)
  expect(await readEvents(app)).toEqual([])
})

test('An office over its network’s limit is told to wait, and every one of its votes counts in the end', async () => {
  app = await startApp({ policy: { ...lenientPolicy, windows: { ...lenientPolicy.windows, network: { limit: 20, windowMs: 60_000 } } } })
  const [item] = app.project.items
  const office: Visitor[] = []
  for (let desk = 1; desk <= 30; desk += 1) {
    const person = new Visitor(app, { ip: `203.0.113.${desk}` })
    await person.start()
    office.push(person)
  }
  let waiting = office
  let rounds = 0
  while (waiting.length > 0 && rounds < 5) {
    const answers = await Promise.all(waiting.map(async (person) => ({ person, answer: await person.vote(item) })))
    const refused = answers.filter(({ answer }) => answer.statusCode !== 200)
    for (const { answer } of refused) expectProblem(answer, 429, 'rate_limited')
    const counted = office.length - refused.length
    // What was answered 200 is in the tally, and nothing else is.
    expect(await office[0]?.tally(item)).toBe(counted)
    app.clock.now += Math.max(0, ...refused.map(({ answer }) => Number(answer.headers['retry-after']))) * 1000
    waiting = refused.map(({ person }) => person)
    rounds += 1
  }
  expect(waiting).toEqual([])
  expect(rounds).toBeGreaterThan(1)
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})
