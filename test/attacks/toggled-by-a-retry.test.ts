/**
 * The hole: a vote is a toggle, so a retry, a double click or a replayed request takes it back, or casts it again.
 * Here: a request says what the vote is now, and saying it twice is saying it once.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test('An even number of identical requests leaves the vote cast, one after the other or all at once', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const voter = new Visitor(app, { project })
  for (let turn = 0; turn < 4; turn += 1) {
    expect((await voter.vote(item)).json()).toMatchObject({ value: 1, votes: 1 })
    expect(await voter.tally(item)).toBe(1)
  }
  await Promise.all(Array.from({ length: 10 }, () => voter.vote(item)))
  expect(await voter.tally(item)).toBe(1)
})

test('Taking a vote back twice takes one vote back', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const voter = new Visitor(app, { project })
  await new Visitor(app, { project }).vote(item)
  await voter.vote(item)
  expect((await voter.vote(item, 0)).json()).toMatchObject({ value: 0, votes: 1 })
  expect((await voter.vote(item, 0)).json()).toMatchObject({ value: 0, votes: 1 })
  expect(await voter.tally(item)).toBe(1)
})

test('There is no request that toggles: a vote without a value is refused, and so is a POST', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const voter = new Visitor(app, { project })
  await voter.vote(item)
  expectProblem(await voter.call('PUT', `/items/${item}/vote`, { session: voter.session }), 400, 'invalid_request')
  expectProblem(await voter.call('POST', `/items/${item}/vote`, { session: voter.session }), 404, 'not_found')
  expect(await voter.tally(item)).toBe(1)
})
