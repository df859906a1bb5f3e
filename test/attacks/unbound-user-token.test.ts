/**
 * The hole: a user token needs no expiry and no audience, so one that leaked is good for ever and everywhere.
 * Here: it names this project, ends within a day, and is signed by this project’s secret.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test.each([
  { title: 'without an expiry', claims: { exp: undefined }, message: 'Missing required fields' },
  { title: 'without an audience', claims: { aud: undefined }, message: 'Missing required fields' },
  { title: 'for somebody else’s audience', claims: { aud: 'account' }, message: 'Invalid audience' },
  { title: 'that lasts ten years', claims: { exp: 2_000_000_000 + 315_360_000 }, message: 'Token lifetime too long' },
])('A token $title is refused though its signature is right', async ({ claims, message }) => {
  const project = await app.addProject()
  const userToken = await signUserToken(app, 'usr_leaked', { project, claims })
  const visitor = new Visitor(app, { project })
  expectProblem(await visitor.vote(project.items[0], 1, { userToken }), 401, 'user_token_invalid')
  expect(await visitor.tally(project.items[0])).toBe(0)
  expect(await readEvents(app, { project: project.key })).toMatchObject([
    { eventType: 'jwt_validation_failed', severity: 'medium', metadata: { errorMessage: message, endUserId: 'usr***' } },
  ])
})

test('A token of one project signs nobody in on another, even with the other’s audience', async () => {
  const [home, away] = [await app.addProject(), await app.addProject()]
  const visitor = new Visitor(app, { project: away })
  const asItIs = await signUserToken(app, 'usr_guest', { project: home })
  const renamed = await signUserToken(app, 'usr_guest', { project: home, claims: { aud: away.key } })
  for (const userToken of [asItIs, renamed]) {
    expectProblem(await visitor.vote(away.items[0], 1, { userToken }), 401, 'user_token_invalid')
  }
  expect((await new Visitor(app, { project: home, userToken: asItIs }).vote(home.items[0])).statusCode).toBe(200)
})

test('A token captured yesterday votes no more', async () => {
  const project = await app.addProject()
  const captured = await signUserToken(app, 'usr_captured', { project })
  const opened = app.clock.now
  app.clock.now += 86_400_000
  const visitor = new Visitor(app, { project })
  const answer = await visitor.vote(project.items[0], 1, { userToken: captured })
  app.clock.now = opened
  expectProblem(answer, 401, 'user_token_expired')
})
