/** Origins: who may read an answer, who is told why not, and what a preflight gives away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORIGIN, type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const PREFLIGHT = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' }

test('A preflight from an allowed origin is answered for that origin only', async () => {
  const answer = await new Visitor(app).call('OPTIONS', `/items/${app.project.items[0]}/vote`, undefined, PREFLIGHT)
  expect(answer.statusCode).toBe(204)
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': ORIGIN, 'access-control-allow-methods': 'GET, POST, PUT',
    'access-control-allow-headers': 'content-type, if-none-match', vary: 'Origin',
  })
  // The widget sends no cookies, so none are asked for: a site’s cookies stay out of this server’s reach.
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
})

test('A preflight from a foreign origin is refused and noticed', async () => {
  const project = await app.addProject()
  const answer = await new Visitor(app, { project, origin: 'https://rogue.example' }).call('OPTIONS', '/sessions', undefined, PREFLIGHT)
  expectProblem(answer, 403, 'origin_not_allowed')
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  expect(await readEvents(app, { project: project.key })).toMatchObject([{
    eventType: 'origin_mismatch', severity: 'medium',
    metadata: { origin: 'https://rogue.example', endpoint: 'OPTIONS /api/widget/v1/{projectKey}/*', ipAddress: '203.0.113.7' },
  }])
})

test.each([
  'https://rogue.example', 'null', 'http://shop.example', 'https://shop.example.evil.example', 'https://evilshop.example', 'https://shop.exampl',
  'https://shop.example:8443', 'https://shop.example/', 'https://shop.example@evil.example', 'https://SHOP.example', 'https://shop.example, https://rogue.example',
  '*', 'https://*', 'file://', 'https://shop.example\u0000.evil.example', '',
])('The origin %j is foreign to every endpoint, and the ledger has it', async (origin) => {
  const project = await app.addProject()
  const foreign = new Visitor(app, { project, origin })
  const answers = [
    await foreign.call('GET', '/board'),
    await foreign.call('POST', '/sessions', {}),
    await foreign.call('PUT', `/items/${project.items[0]}/vote`, { value: 1, session: 'x' }),
    await foreign.call('POST', '/feedback', { kind: 'idea', title: 'x', session: 'x' }),
  ]
  for (const answer of answers) {
    expectProblem(answer, 403, 'origin_not_allowed')
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(answer.headers['vary']).toBe('Origin')
  }
  const events = await readEvents(app, { project: project.key })
  expect(events.map((event) => event.eventType)).toEqual(Array(4).fill('origin_mismatch'))
})

test('A request without an origin is no page’s, and is refused', async () => {
  const project = await app.addProject()
  const answer = await app.app.inject({ url: `/api/widget/v1/${project.key}/board`, remoteAddress: '203.0.113.7' })
  expectProblem(answer, 403, 'origin_not_allowed')
  const [event] = await readEvents(app, { project: project.key })
  expect(event).toMatchObject({ eventType: 'origin_mismatch', metadata: { errorMessage: 'No Origin header' } })
  expect(event?.metadata).not.toHaveProperty('origin')
})

test('A wildcard allows the labels below it, and not the domain itself or a look-alike', async () => {
  const project = await app.addProject({ origins: ['https://*.shop.example'] })
  const status = async (origin: string): Promise<number> => (await new Visitor(app, { project, origin }).call('GET', '/board')).statusCode
  expect(await status('https://eu.shop.example')).toBe(200)
  expect(await status('https://a.b.shop.example')).toBe(200)
  expect(await status('https://shop.example')).toBe(403)
  expect(await status('https://evil-shop.example')).toBe(403)
  expect(await status('http://eu.shop.example')).toBe(403)
  expect(await status('https://eu.shop.example:444')).toBe(403)
  expect(await status('https://evil.example#.shop.example')).toBe(403)
})

test('A session works only on the origin it was started on, even where the project allows both', async () => {
  const project = await app.addProject({ origins: [ORIGIN, 'https://blog.example'] })
  const visitor = new Visitor(app, { project })
  await visitor.start()
  const elsewhere = new Visitor(app, { project, origin: 'https://blog.example' })
  elsewhere.session = visitor.session
  expectProblem(await elsewhere.vote(project.items[0]), 401, 'session_invalid')
  expect(await readEvents(app, { project: project.key })).toMatchObject([{ eventType: 'suspicious_activity', severity: 'low' }])
  expect((await visitor.vote(project.items[0])).statusCode).toBe(200)
})

test.each(['pk_nobody', 'nonsense', `pk_${'x'.repeat(190)}`, 'pk_%00', 'pk_%F0%9F%A6%8A', '..%2f..%2fetc', '__proto__', 'constructor', `pk_' or 1=1 --`])(
  'The key %j is no project’s, says 401, and is an event of no project', async (key) => {
    const ip = `192.0.2.${key.length % 250}`
    const answer = await app.app.inject({ url: `/api/widget/v1/${encodeURI(key).replaceAll('%25', '%')}/board`, headers: { origin: ORIGIN }, remoteAddress: ip })
    expectProblem(answer, 401, 'invalid_api_key')
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    const events = await readEvents(app, { ip, eventType: 'invalid_api_key' })
    expect(events[0]).toMatchObject({ severity: 'medium', projectId: null, metadata: { endpoint: 'GET /api/widget/v1/{projectKey}/board', origin: ORIGIN } })
  })

test('One key’s board is not another’s: items of a foreign project do not exist', async () => {
  const other = await app.addProject()
  const visitor = new Visitor(app)
  expectProblem(await visitor.vote(other.items[0]), 404, 'unknown_item')
  const borrowed = new Visitor(app, { project: other })
  await visitor.start()
  borrowed.session = visitor.session
  expectProblem(await borrowed.vote(other.items[0]), 401, 'session_invalid')
})
