/** Work done once, and spent again: on another item, another device, another project or origin, or after its time. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Challenge } from '../../server/contract/challenge.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf } from '../helpers/person.ts'
import { quickPolicy, solve } from '../helpers/solve.ts'
import { expectProblem } from '../helpers/visitor.ts'
import { solveOnlyFor } from './wrong-work.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

const held = { counted: 0, held: 1, invalidated: 0 }

test('The same request again is the same vote', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const person = new Person(app, { project })
  await person.start()
  const body = { solution: solve(person.challenge as Challenge, item), signals: person.signals() }
  for (let times = 0; times < 5; times += 1) expect((await person.click(item, body)).statusCode).toBe(200)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test('A solution for one item is none for another', async () => {
  const project = await app.addProject()
  const [one, other] = project.items
  const person = new Person(app, { project })
  await person.start()
  await person.click(other, { solution: solveOnlyFor(person.challenge as Challenge, one, other) })
  expect(await columnsOf(app, other, project)).toEqual(held)
})

test('A solution of one visitor is none for another', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const worker = new Person(app, { project })
  await worker.start()
  const thief = new Person(app, { project })
  await thief.start()
  await thief.click(item, { solution: solve(worker.challenge as Challenge, item) })
  expect(await columnsOf(app, item, project)).toEqual(held)
})

test('A whole recorded request, from anywhere, is still the vote of the one who cast it', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const victim = new Person(app, { project })
  await victim.start()
  const body = { solution: solve(victim.challenge as Challenge, item), signals: victim.signals(), session: victim.session, fingerprint: victim.fingerprint }
  await victim.click(item, body)
  for (let times = 0; times < 5; times += 1) await new Person(app, { project }).click(item, body)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test('A session’s challenge does not outlive the session', async () => {
  const project = await app.addProject()
  const person = new Person(app, { project })
  await person.start()
  app.clock.now += 31 * 60_000
  expectProblem(await person.click(project.items[0]), 401, 'session_expired')
})

test('A step-up is asked for in the challenge band, once, and what solves it counts for this vote only', async () => {
  const project = await app.addProject()
  const [item, other] = project.items
  const person = new Person(app, { project })
  await person.start()
  // A mouse press without pressure, and nothing else that is odd.
  const signals = { ...person.signals(), pressure: 0 }
  const asked = await person.click(item, { signals })
  expectProblem(asked, 403, 'challenge_required')
  const { challenge } = asked.json<{ challenge: Challenge }>()
  expect(challenge).toMatchObject({ difficulty: quickPolicy.challenge?.stepUpDifficulty, minimumDwellMs: 0, expiresAt: app.clock.now + 300_000 })
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 0, invalidated: 0 })

  const solution = solveOnlyFor(challenge, item, other)
  expect((await person.click(item, { signals, solution })).statusCode).toBe(200)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })

  await person.click(other, { signals: person.signals(), solution })
  expect(await columnsOf(app, other, project)).toEqual(held)
  const another = new Person(app, { project })
  await another.start()
  await another.click(item, { solution })
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 1, invalidated: 0 })
})

test('A step-up is over when its time is', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const person = new Person(app, { project })
  await person.start()
  const signals = { ...person.signals(), pressure: 0 }
  const { challenge } = (await person.click(item, { signals })).json<{ challenge: Challenge }>()
  app.clock.now += 300_000
  await person.click(item, { signals, solution: solve(challenge, item) })
  expect(await columnsOf(app, item, project)).toEqual(held)
})
