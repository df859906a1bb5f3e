import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let first: TestApp
let second: TestApp
let admin: Operator
let project: TestProject
let next: string
beforeAll(async () => {
  first = await startApp({ requestsPerMinute: 100_000 })
  second = await startApp({ databaseUrl: first.databaseUrl, clock: () => first.clock.now })
  admin = new Operator(first, first.operators.admin)
})
afterAll(async () => {
  await second.close()
  await first.close()
})
beforeEach(async () => {
  project = await first.addProject()
  next = expectJson<{ kid: string }>(await admin.call('POST', `${path()}`, { overlapSeconds: 86_400 }), 201).kid
})

const path = (kid = ''): string => `/operator/v1/projects/${project.id}/identity-secrets${kid === '' ? '' : `/${kid}`}`
const kids = async (): Promise<string[]> => {
  const { projects } = expectJson<{ projects: { id: string; identitySecrets: { kid: string }[] }[] }>(await admin.call('GET', '/operator/v1/projects'), 200)
  return projects.find(({ id }) => id === String(project.id))?.identitySecrets.map(({ kid }) => kid) ?? []
}

test('An earlier secret ends at once, on every node, with the sessions that began under it', async () => {
  await second.app.projects.reload()
  const token = await signUserToken(first, 'usr_1', { project })
  const here = new Visitor(first, { project, userToken: token })
  expect((await here.start()).json()).toMatchObject({ verified: true })
  expect((await new Visitor(second, { project, userToken: token }).start()).statusCode).toBe(201)
  expect((await kids()).toSorted()).toEqual([project.identity.kid, next].toSorted())

  expect((await admin.call('DELETE', path(project.identity.kid))).statusCode).toBe(204)
  expectProblem(await new Visitor(first, { project, userToken: token }).start(), 401, 'user_token_invalid')
  expect((await here.vote(project.items[0])).statusCode).toBe(401)
  await expect.poll(async () => (await new Visitor(second, { project, userToken: token }).start()).statusCode, { interval: 20 }).toBe(401)
  expect(await kids()).toEqual([next])
  const { rows } = await first.app.db.query<{ action: string; target: string }>(
    'select action, target from audit_log where project_id = 0 or project_id = $1 order by entry_id desc limit 1', [project.id])
  expect(rows).toEqual([{ action: 'identity-secret.end', target: project.identity.kid }])
})

test('The current one cannot be ended, and what is not in use is not there', async () => {
  expectProblem(await admin.call('DELETE', path(next)), 409, 'identity_secret_current')
  expectProblem(await admin.call('DELETE', path('nobody')), 404, 'not_found')
  expect((await admin.call('DELETE', path(project.identity.kid))).statusCode).toBe(204)
  expectProblem(await admin.call('DELETE', path(project.identity.kid)), 404, 'not_found')
  const other = await first.addProject()
  expectProblem(await new Operator(first, await first.operatorToken('admin', other.id)).call('DELETE', path(next)), 404, 'unknown_project')
  expect(await kids()).toEqual([next])
})
