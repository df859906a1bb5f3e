/** Feedback is kept as it was typed, markup and quotes included, and nobody but moderators sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

interface Shown {
  id: string
  kind: string
  title: string
  body: string
  email: string | null
  tier: string
  state: string
}
async function inbox(project: TestProject): Promise<Shown[]> {
  const answer = await app.app.inject({
    url: '/api/moderation/v1/feedback', query: { project: project.key }, headers: { authorization: app.operators.moderator },
  })
  expect(answer.statusCode).toBe(200)
  return answer.json<{ feedback: Shown[] }>().feedback
}
async function send(visitor: Visitor, letter: object) {
  if (visitor.session === '') await visitor.start()
  return await visitor.call('POST', '/feedback', { kind: 'idea', session: visitor.session, ...letter })
}

test.each([
  `Robert'); drop table feedback; --`,
  '<script>alert(document.cookie)</script><img src=x onerror=alert(1)>',
  '{{7*7}} ${7*7} <%= 7*7 %> %s %n $1 \\x41',
  '=HYPERLINK("https://evil.example";"click")',
  'Grüße, 你好, مرحبا, 🦊👩‍👩‍👧‍👦, e\u0301',
  '\u202eright to left\u202c and \u200bzero width',
])('The title %j comes back to moderators as it was sent', async (title) => {
  const project = await app.addProject()
  const answer = await send(new Visitor(app, { project }), { title, body: `${title}\n${title}`, email: 'jane.doe@example.com' })
  expect(answer.statusCode).toBe(201)
  expect(await inbox(project)).toMatchObject([{
    id: answer.json<{ id: string }>().id, kind: 'idea', title, body: `${title}\n${title}`, email: 'jane.doe@example.com', state: 'new', tier: 'device',
  }])
})

test('NUL and lone surrogates, which PostgreSQL cannot hold, are left out and the rest is kept', async () => {
  const project = await app.addProject()
  expect((await send(new Visitor(app, { project }), { title: 'be\u0000fore \ud83d after', body: '\udc00\u0000' })).statusCode).toBe(201)
  expect(await inbox(project)).toMatchObject([{ title: 'before \ufffd after', body: '\ufffd' }])
})

test('Feedback is not on the board and not in any answer of the widget API', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  await send(visitor, { title: 'A secret wish', email: 'jane.doe@example.com' })
  for (const answer of [await visitor.call('GET', '/board'), await visitor.start(), await visitor.vote(project.items[0])]) {
    expect(answer.body).not.toMatch(/secret wish|jane/)
  }
  expectProblem(await visitor.call('GET', '/feedback'), 404, 'not_found')
})

test('Feedback of a signed-in user says so, without saying who', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project, userToken: await signUserToken(app, 'usr_1234567890', { project }) })
  await send(visitor, { title: 'From a customer' })
  expect(await inbox(project)).toMatchObject([{ tier: 'verified', email: null }])
  const { rows } = await app.app.db.query<{ row: string }>('select f::text as row from feedback f where project_id = $1', [project.id])
  expect(rows[0]?.row).not.toContain('usr_')
})

test('Sixty letters a minute from one network are enough, and the next one is told to wait', async () => {
  const project = await app.addProject()
  const colleagues = Array.from({ length: 7 }, () => new Visitor(app, { project, ip: '192.0.2.9' }))
  for (let letter = 0; letter < 60; letter += 1) expect((await send(colleagues[letter % 6] as Visitor, { title: `Letter ${letter}` })).statusCode).toBe(201)
  const refused = await send(colleagues[6] as Visitor, { title: 'Letter 61' })
  expectProblem(refused, 429, 'rate_limited')
  expect(refused.headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/) as string, 'access-control-allow-origin': 'https://shop.example' })
  expect(await readEvents(app, { project: project.key })).toMatchObject([{
    eventType: 'rate_limit_exceeded', severity: 'medium', metadata: { endpoint: 'POST /api/widget/v1/{projectKey}/feedback', ipAddress: '192.0.2.9' },
  }])
  expect((await send(new Visitor(app, { project, ip: '198.51.100.9' }), { title: 'From elsewhere' })).statusCode).toBe(201)
})

/** Ten that are taken, and one more. */
const refusedOf = async (visitors: Visitor[]): Promise<Awaited<ReturnType<typeof send>>> => {
  for (let letter = 0; letter < 10; letter += 1) expect((await send(visitors[letter % visitors.length] as Visitor, { title: `Letter ${letter}` })).statusCode).toBe(201)
  return await send(visitors[0] as Visitor, { title: 'Letter 11' })
}

describe('Ten letters an hour are enough of one voter', () => {
  test('the next one is told when to come back, in whatever network, and others at the same address may write on', async () => {
    const project = await app.addProject()
    const visitor = new Visitor(app, { project, ip: '198.18.20.7' })
    const refused = await refusedOf([visitor])
    expectProblem(refused, 429, 'rate_limited')
    const wait = Number(refused.headers['retry-after'])
    expect(wait).toBeGreaterThan(3500)
    expect(wait).toBeLessThanOrEqual(3600)
    const elsewhere = new Visitor(app, { project, ip: '198.19.20.7' })
    elsewhere.session = visitor.session
    expect((await send(elsewhere, { title: 'Letter 12' })).statusCode).toBe(429)
    expect((await send(new Visitor(app, { project, ip: '198.18.20.7' }), { title: 'From a neighbour' })).statusCode).toBe(201)
    expect(await inbox(project)).toHaveLength(11)
    expect(await readEvents(app, { project: project.key, ip: '198.18.20.7' })).toMatchObject([{
      eventType: 'rate_limit_exceeded', detail: { kind: 'feedback-voter' }, metadata: { errorMessage: 'Too much feedback from one voter' },
    }])
  })

  test('a user is one voter on all of their devices', async () => {
    const project = await app.addProject()
    const userToken = await signUserToken(app, 'usr_prolific', { project })
    const devices = ['198.18.21.7', '198.19.21.7'].map((ip) => new Visitor(app, { project, ip, userToken }))
    expectProblem(await refusedOf(devices), 429, 'rate_limited')
  })

  test('what is no letter is not counted', async () => {
    const project = await app.addProject()
    const visitor = new Visitor(app, { project, ip: '198.18.22.7' })
    for (let blank = 0; blank < 12; blank += 1) expectProblem(await send(visitor, { title: ' ' }), 400, 'invalid_request')
    expect((await send(visitor, { title: 'A letter' })).statusCode).toBe(201)
  })

  test('going on past it does not stop the others at that address from writing', async () => {
    const project = await app.addProject()
    const visitor = new Visitor(app, { project, ip: '198.18.23.7' })
    await refusedOf([visitor])
    for (let second = 0; second < 70; second += 1) {
      app.clock.now += 1000
      await send(visitor, { title: 'Again' })
    }
    await app.app.responses.settled()
    expect((await new Visitor(app, { project, ip: '198.18.23.7' }).start()).statusCode).toBe(201)
  })
})
