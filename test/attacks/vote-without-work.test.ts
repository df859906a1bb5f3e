/** A script that posts votes: no page, no signals, no proof of work. Its votes are taken, answered as any, and not counted. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Challenge } from '../../server/contract/challenge.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { addressAt } from '../helpers/visitor.ts'
import { solveOnlyFor, solveTooCheaply } from './wrong-work.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

test('A person with the widget is counted', async () => {
  const [item] = app.project.items
  const answer = await new Person(app).click(item)
  expect(answer.statusCode).toBe(200)
  expect(await columnsOf(app, item)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test.each<[string, (person: Person, item: string) => object]>([
  ['no solution', () => ({ solution: undefined })],
  ['a solution of nothing', () => ({ solution: 'x' })],
  ['a made-up nonce', () => ({ solution: 'bm9uY2U:42' })],
  ['a solution that is too cheap', ({ challenge }, item) => ({ solution: solveTooCheaply(challenge as Challenge, item) })],
  ['a solution for another item', ({ challenge }, item) => ({ solution: solveOnlyFor(challenge as Challenge, `${item}0`, item) })],
  ['no signals at all', () => ({ signals: undefined })],
])('A vote with %s is answered like any other, and held', async (_, wrong) => {
  const project = await app.addProject()
  const [item] = project.items
  const honest = await new Person(app, { project }).click(item)
  const person = new Person(app, { project })
  await person.start()
  const answer = await person.click(item, wrong(person, item))
  expect(answer.statusCode).toBe(200)
  expect(Object.keys(answer.json<object>())).toEqual(Object.keys(honest.json<object>()))
  expect(answer.json()).toMatchObject({ value: 1, votes: 2 })
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 1, invalidated: 0 })
})

test('Clearing everything before each vote buys nothing without the work', async () => {
  const project = await app.addProject()
  const [item] = project.items
  for (let visit = 0; visit < 12; visit += 1) {
    const bot = new Person(app, { project, ip: addressAt(visit), userAgent: 'curl/8.14.1' })
    await bot.vote(item)
  }
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 12, invalidated: 0 })
})

test('A vote sooner after its session than any page lets one be cast is held', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const hasty = new Person(app, { project })
  await hasty.start()
  app.clock.now -= 3000
  await hasty.click(item)
  app.clock.now += 3000
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 1, invalidated: 0 })
})

test('Taking a vote back needs no work', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const person = new Person(app, { project })
  await person.click(item)
  await person.vote(item, 0)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 0, invalidated: 0 })
})
