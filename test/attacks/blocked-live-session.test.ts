/**
 * The hole: a block is looked at when a session starts, so whoever has one goes on voting until it ends.
 * Here: every request is held against the standing blocks, the running session’s too.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, blockSource, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test('A user blocked in the middle of a session casts no further vote with it, and sends no feedback', async () => {
  const project = await app.addProject()
  const [first, second] = project.items
  const visitor = new Visitor(app, { project, userToken: await signUserToken(app, 'usr_caught', { project }) })
  expect((await visitor.vote(first)).statusCode).toBe(200)

  await blockSource(app, project, 'user', 'usr_caught')

  expectProblem(await visitor.vote(second), 403, 'blocked')
  expectProblem(await visitor.vote(first, 0), 403, 'blocked')
  expectProblem(await visitor.call('POST', '/feedback', { kind: 'other', title: 'Why?', session: visitor.session }), 403, 'blocked')
  expect(await visitor.tally(second)).toBe(0)
  // The denial is the block’s doing; it must not feed the rules that make blocks.
  expect(await readEvents(app, { project: project.key })).toEqual([])
})

test('Two hundred requests already under way when the block comes change nothing after it', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project, ip: '192.0.2.10' })
  await visitor.start()
  await blockSource(app, project, 'ip', '192.0.2.10')
  const answers = await Promise.all(Array.from({ length: 200 }, () => visitor.vote(item)))
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([403]))
  expect(await new Visitor(app, { project }).tally(item)).toBe(0)
})
