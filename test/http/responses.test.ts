/**
 * What the server does by itself about a source that goes on offending: when, until when, where, and how it is undone. One file
 * past 300 lines, because every kind of offence is told in the same few words, and what one kind must leave alone is another.
 */
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetBlocks } from '../../db/queries/blocks.ts'
import type { Block } from '../../server/contract/moderation.ts'
import { type ResponsePolicy, defaultResponsePolicy } from '../../server/gate/policies/responses.ts'
import { ORIGIN, type TestApp, type TestProject, blockSource, cableTo, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

const MINUTE = 60_000
const DAY = 86_400_000

let app: TestApp
let project: TestProject
/** Every test has an address of its own, so what one does is not held against the next. */
let host = 0
const address = (): string => `198.51.${100 + Math.floor(host / 250)}.${(host % 250) + 1}`
const nextAddress = (): string => {
  host += 1
  return address()
}
function serve(options: Parameters<typeof startApp>[0] = {}): void {
  beforeAll(async () => {
    app = await startApp({ requestsPerMinute: 100_000, ...options })
  })
  beforeEach(async () => {
    app.clock.now += 2 * DAY
    nextAddress()
    project = await app.addProject()
  })
  afterAll(() => app.close())
}

let guessed = 0
const askKey = (key: string, ip = address(), node = app): Promise<LightMyRequestResponse> =>
  node.app.inject({ url: `/api/widget/v1/${key}/board`, remoteAddress: ip, headers: { origin: ORIGIN } })
/** Another key nobody has, each time. */
const guessKey = (ip = address(), node = app): Promise<LightMyRequestResponse> => askKey(`pk_guess${(guessed += 1)}`, ip, node)
async function guessKeys(times: number, ip = address()): Promise<number[]> {
  const statuses: number[] = []
  for (let turn = 0; turn < times; turn += 1) statuses.push((await guessKey(ip)).statusCode)
  await app.app.responses.settled()
  return statuses
}
const unauthorised = (times: number): number[] => Array<number>(times).fill(401)
const blocks = async (authorization = app.operators.moderator, of = project): Promise<Block[]> =>
  (await app.app.inject({ url: '/api/moderation/v1/blocks', query: { project: of.key }, headers: { authorization } })).json<{ blocks: Block[] }>().blocks
const blockOn = async (value: string): Promise<Block> => {
  const found = (await blocks()).find((block) => block.value === value)
  if (found === undefined) throw new Error(`no block on ${value} stands`)
  return found
}
const lift = (id: string, authorization = app.operators.moderator): Promise<LightMyRequestResponse> =>
  app.app.inject({ method: 'DELETE', url: `/api/moderation/v1/blocks/${id}`, query: { project: project.key }, headers: { authorization } })
const eventsFrom = async (ip = address()): Promise<{ eventType: string; count: number; detail: Record<string, unknown> }[]> =>
  (await readEvents(app, { ip })).map(({ eventType, count, detail }) => ({ eventType, count, detail }))

const tokenOf = (sub: string, secret = 'not the secret', more: Record<string, unknown> = {}): Promise<string> =>
  signUserToken(app, sub, { project, secret, claims: { jti: String((guessed += 1)), ...more } })
const present = async (userToken: string, ip = address()): Promise<LightMyRequestResponse> =>
  await new Visitor(app, { project, ip, userToken }).start()
/** Starts sessions, one a second. */
const persist = async (visitor: Visitor, seconds: number): Promise<LightMyRequestResponse[]> => {
  const answers: LightMyRequestResponse[] = []
  for (let second = 0; second < seconds; second += 1) {
    app.clock.now += 1000
    answers.push(await visitor.start())
  }
  await app.app.responses.settled()
  return answers
}

describe('Guesses at project keys', () => {
  serve()

  test('The tenth different key is refused as unknown, and whatever comes next from there as blocked: every endpoint, project and running session', async () => {
    const other = await app.addProject()
    const visitor = new Visitor(app, { project, ip: address() })
    await visitor.start()
    expect(await guessKeys(10)).toEqual(unauthorised(10))

    const refused = await guessKey()
    expectProblem(refused, 403, 'blocked')
    expect(refused.headers['retry-after']).toBe('60')
    for (const asked of [
      await visitor.vote(project.items[0]), await visitor.call('GET', '/board'), await visitor.call('OPTIONS', '/sessions'),
      await visitor.call('POST', '/feedback', { kind: 'idea', title: 'Hello', session: visitor.session }), await visitor.start(),
      await new Visitor(app, { project: other, ip: address() }).call('GET', '/board'),
    ]) {
      expectProblem(asked, 403, 'blocked')
      expect(asked.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, 'retry-after': '60' })
    }
    expect((await new Visitor(app, { project, ip: nextAddress() }).vote(project.items[0])).statusCode).toBe(200)
  })

  test('Nine different keys within five minutes stop nobody, nor does the tenth when the first is five minutes old', async () => {
    expect(await guessKeys(9)).toEqual(unauthorised(9))
    expect((await new Visitor(app, { project, ip: address() }).start()).statusCode).toBe(201)
    app.clock.now += 5 * MINUTE
    expect(await guessKeys(9)).toEqual(unauthorised(9))
    expect((await new Visitor(app, { project, ip: address() }).start()).statusCode).toBe(201)
  })

  test('The block says who made it, why and until when, and one event tells of it', async () => {
    await guessKeys(10)
    const made = await blockOn(address())
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/) as string, kind: 'ip', value: address(), covers: 'widget', actor: 'rule:invalid_api_key',
      reason: '10 different unknown project keys within 5 minutes', createdAt: app.clock.now, expiresAt: app.clock.now + MINUTE,
    })
    const [told, ...rest] = (await readEvents(app, { ip: address() })).filter(({ eventType }) => eventType === 'suspicious_activity')
    expect(rest).toEqual([])
    expect(told).toMatchObject({
      severity: 'high', projectId: null, count: 1, metadata: { ipAddress: address(), endpoint: 'GET /api/widget/v1/{projectKey}/board' },
      detail: { kind: 'response', rule: 'invalid_api_key', blockId: made.id, until: made.expiresAt, offences: 10 },
    })
  })

  test('What the block turns away is no event and no offence', async () => {
    await guessKeys(10)
    const before = await eventsFrom()
    expect(new Set(await guessKeys(100))).toEqual(new Set([403]))
    expect(await eventsFrom()).toEqual(before)
    // Had the hundred counted, this one would be one too many.
    app.clock.now += MINUTE
    expect(await guessKeys(9)).toEqual(unauthorised(9))
    expect((await guessKey()).statusCode).toBe(401)
  })

  test('It ends to the millisecond, and each further one is twice as long, up to an hour; a day later they are forgotten', async () => {
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(await guessKeys(10)).toEqual(unauthorised(10))
      expect((await blockOn(address())).expiresAt).toBe(app.clock.now + minutes * MINUTE)
      app.clock.now += minutes * MINUTE - 1
      expect((await guessKey()).statusCode).toBe(403)
      app.clock.now += 1
    }
    app.clock.now += DAY
    await guessKeys(10)
    expect((await blockOn(address())).expiresAt).toBe(app.clock.now + MINUTE)
  })

  test('Two hundred guesses at the same moment are one block and one event', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => guessKey()))
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10)
    await app.app.responses.settled()
    expect((await blocks()).filter(({ value }) => value === address())).toHaveLength(1)
    expect((await eventsFrom()).filter(({ eventType }) => eventType === 'suspicious_activity')).toMatchObject([{ count: 1 }])
    expect((await guessKey()).statusCode).toBe(403)
  })

  test('A host that changes its IPv6 address within its /64 is one source, and its neighbour another', async () => {
    for (let turn = 0; turn < 10; turn += 1) await guessKey(`2001:db8:77:1::${turn + 1}`)
    await app.app.responses.settled()
    expect((await guessKey('2001:db8:77:1:abcd::1')).statusCode).toBe(403)
    expect((await guessKey('2001:db8:77:2::1')).statusCode).toBe(401)
    expect(await blockOn('2001:db8:77:1::/64')).toMatchObject({ kind: 'network' })
  })

  test('An office whose page has a wrong key keeps its other boards: only that key is refused there, for a minute', async () => {
    const wrong = `pk_typo${address()}`
    const statuses: number[] = []
    for (let reload = 0; reload < 120; reload += 1) statuses.push((await askKey(wrong)).statusCode)
    await app.app.responses.settled()
    expect(statuses).toEqual([...unauthorised(20), ...Array<number>(100).fill(403)])
    expect((await new Visitor(app, { project, ip: address() }).vote(project.items[0])).statusCode).toBe(200)
    expect((await askKey(wrong, nextAddress())).statusCode).toBe(401)
    host -= 1
    expect((await guessKey()).statusCode).toBe(401)
    app.clock.now += MINUTE
    expect((await askKey(wrong)).statusCode).toBe(401)
  })

  test('A key that becomes a project’s is not held back by what was asked for before', async () => {
    const key = `pk_soon${guessed}`
    for (let turn = 0; turn < 20; turn += 1) await askKey(key)
    await app.app.responses.settled()
    expect((await askKey(key)).statusCode).toBe(403)
    await app.addProject({ publicKey: key })
    expect((await askKey(key)).statusCode).toBe(200)
  })

  test('Hostile text as a key is stored harmlessly', async () => {
    for (const key of ['%00nul', '%5Cud800', '%E2%80%AEreversed', 'x'.repeat(150), "'%3B--", '%F0%9F%92%A3', 'a', 'b', 'c', 'd']) await askKey(key)
    for (let turn = 0; turn < 21; turn += 1) await askKey('%00nul', nextAddress().replace(/\d+$/, '250'))
    await app.app.responses.settled()
    expect((await app.app.inject({ url: '/healthz' })).statusCode).toBe(200)
    expect((await blocks()).map(({ value }) => value)).toContain(`nul from ${address().replace(/\d+$/, '250')}`)
  })

  test('When retention ends the row goes, and no person’s block with it', async () => {
    await guessKeys(10)
    await blockSource(app, project, 'ip', address(), app.clock.now + MINUTE)
    const rows = async (): Promise<boolean[]> => {
      const found = await app.app.db.query<{ automatic: boolean }>('select automatic from blocks where matches = $1 order by automatic', [address()])
      return found.rows.map(({ automatic }) => automatic)
    }
    await forgetBlocks(app.app.db, app.clock.now + MINUTE)
    expect(await rows()).toEqual([false, true])
    await forgetBlocks(app.app.db, app.clock.now + MINUTE + 1)
    expect(await rows()).toEqual([false])
  })

  test('How much is remembered can be read', async () => {
    await guessKeys(3)
    const { body } = await app.app.inject({ url: '/metrics', headers: { authorization: app.operators.viewer } })
    expect(Number(/^truetally_offences (\d+)$/m.exec(body)?.[1])).toBeGreaterThan(0)
    expect(body).toMatch(/^truetally_offences_forgotten 0$/m)
    expect(body).toMatch(/^truetally_blocks_waiting 0$/m)
  })
})

describe('A person’s word against the server’s', () => {
  serve()

  test('Lifting it frees the source at once; it is not blocked again within an hour, and then for a minute', async () => {
    await guessKeys(10)
    await guessKeys(1)
    expect((await lift((await blockOn(address())).id)).statusCode).toBe(204)
    expect(await guessKeys(30)).toEqual(unauthorised(30))
    expect(await blocks()).toEqual([])
    app.clock.now += 60 * MINUTE - 1
    expect(await guessKeys(10)).toEqual(unauthorised(10))
    expect((await guessKey()).statusCode).toBe(401)
    app.clock.now += 1
    expect(await guessKeys(11)).toEqual([...unauthorised(10), 403])
    expect((await blockOn(address())).expiresAt).toBe(app.clock.now + MINUTE)
  })

  test('Who moderates one project neither sees nor lifts what holds on all of them', async () => {
    const own = await app.operatorToken('moderator', project.id)
    await guessKeys(10)
    const { id } = await blockOn(address())
    expect(await blocks(own)).toEqual([])
    expectProblem(await lift(id, own), 404, 'not_found')
    expect((await guessKey()).statusCode).toBe(403)
  })

  test('A moderator’s block stands beside it, is not shortened by it, and lifting that one lifts both', async () => {
    const forger = new Visitor(app, { project, ip: address() })
    await forger.start()
    const forge = async (sub: string) => await forger.call('POST', '/sessions', { userToken: await signUserToken(app, sub, { project, secret: 'wrong' }) })
    for (let user = 0; user < 100; user += 1) expect((await forge(`usr_${user}`)).statusCode).toBe(401)
    await app.app.responses.settled()
    const automatic = await blockOn(address())
    expect(automatic).toMatchObject({ actor: 'rule:user_token', expiresAt: app.clock.now + MINUTE })
    expectProblem(await forger.call('GET', '/board'), 403, 'blocked')
    expect((await new Visitor(app, { ip: address() }).call('GET', '/board')).statusCode).toBe(200)

    const manual = await blockSource(app, project, 'ip', address(), app.clock.now + 10 * MINUTE)
    const refused = await forger.call('GET', '/board')
    expectProblem(refused, 403, 'blocked')
    expect(refused.headers).not.toHaveProperty('retry-after')
    app.clock.now += 9 * MINUTE
    expect((await blocks()).map(({ id }) => id)).toEqual([manual])
    expectProblem(await forger.call('GET', '/board'), 403, 'blocked')

    app.clock.now -= 9 * MINUTE
    expect((await lift(manual)).statusCode).toBe(204)
    expect(await blocks()).toEqual([])
    expect((await forger.call('GET', '/board')).statusCode).toBe(200)
  })

  test('A source that a moderator has blocked is not blocked by the server as well', async () => {
    await blockSource(app, project, 'ip', address())
    for (let turn = 0; turn < 30; turn += 1) {
      await new Visitor(app, { project, ip: address(), userToken: await signUserToken(app, 'usr_x', { project, secret: 'wrong' }) }).start()
    }
    await app.app.responses.settled()
    expect((await blocks()).map(({ actor }) => actor)).toEqual(['a moderator'])
    expect(await eventsFrom()).toEqual([])
  })
})

describe('Guesses at operator tokens', () => {
  serve()
  const URLS = ['/api/operator/v1/projects', '/api/security/v1/events', '/api/moderation/v1/items?project=1', '/metrics']
  const knock = (authorization: string, url = URLS[0] ?? '', ip = address()): Promise<LightMyRequestResponse> =>
    app.app.inject({ url, remoteAddress: ip, headers: { authorization } })

  test('After ten different ones no token is looked up from there, right or wrong, but one that was there before; votes go on', async () => {
    const { admin } = app.operators
    expect((await knock(admin)).statusCode).toBe(200)
    const fresh = await app.operatorToken('admin')
    for (let turn = 0; turn < 10; turn += 1) expectProblem(await knock(`Bearer ttop_guess_${host}_${turn}`, URLS[turn % 4]), 401, 'operator_token_invalid')
    await app.app.responses.settled()
    for (const url of URLS) {
      const refused = await knock(`Bearer ttop_guess_${host}_more`, url)
      expectProblem(refused, 403, 'blocked')
      expect(refused.headers['retry-after']).toBe('60')
    }
    expectProblem(await knock(fresh), 403, 'blocked')
    expect((await knock(admin)).statusCode).toBe(200)
    expect((await knock(fresh, URLS[0], '192.0.2.250')).statusCode).toBe(200)
    expect((await new Visitor(app, { project, ip: address() }).vote(project.items[0])).statusCode).toBe(200)
    expect((await eventsFrom()).filter(({ detail }) => detail['kind'] === 'response')).toMatchObject([{ detail: { rule: 'operator_token', offences: 10 } }])
    app.clock.now += MINUTE
    expect((await knock(fresh)).statusCode).toBe(200)
  })

  test('Nine stop nobody; an expired token of a script, shown for ever, stops that token alone', async () => {
    for (let turn = 0; turn < 9; turn += 1) await knock(`Bearer ttop_guess_${host}_${turn}`)
    expect((await knock(await app.operatorToken('admin'))).statusCode).toBe(200)
    nextAddress()
    const statuses: number[] = []
    for (let turn = 0; turn < 101; turn += 1) statuses.push((await knock('Bearer ttop_expired_long_ago')).statusCode)
    await app.app.responses.settled()
    expect(statuses).toEqual([...unauthorised(100), 403])
    expect((await knock(await app.operatorToken('admin'))).statusCode).toBe(200)
    expect((await blocks()).map(({ value }) => value)).toEqual([`an operator token from ${address()}`])
  })
})

describe('Bad user tokens', () => {
  serve()

  test('After ten forged tokens the user they name is locked out at that address, running sessions too, and nowhere else', async () => {
    const good = await signUserToken(app, 'usr_victim', { project })
    const session = new Visitor(app, { project, ip: address(), userToken: good })
    await session.start()
    for (let turn = 0; turn < 10; turn += 1) expectProblem(await present(await tokenOf('usr_victim')), 401, 'user_token_invalid')
    await app.app.responses.settled()

    const before = await eventsFrom()
    const refused = await present(await tokenOf('usr_victim'))
    expectProblem(refused, 403, 'blocked')
    expect(refused.headers['retry-after']).toBe('60')
    expectProblem(await present(good), 403, 'blocked')
    expectProblem(await session.vote(project.items[0]), 403, 'blocked')
    expectProblem(await new Visitor(app, { project, ip: address() }).vote(project.items[0], 1, { userToken: good }), 403, 'blocked')
    expect(await eventsFrom()).toEqual(before)
    expect(await blockOn(`usr*** from ${address()}`)).toMatchObject({ kind: 'user', actor: 'rule:user_lockout' })
    expect(before.filter(({ detail }) => detail['kind'] === 'response')).toMatchObject([{ detail: { rule: 'user_lockout' } }])

    const elsewhere = new Visitor(app, { project, ip: '192.0.2.251', userToken: good })
    expect((await elsewhere.vote(project.items[0])).statusCode).toBe(200)
    expect((await new Visitor(app, { project, ip: address(), userToken: await signUserToken(app, 'usr_other', { project }) }).vote(project.items[0])).statusCode).toBe(200)
    app.clock.now += MINUTE
    expect((await session.vote(project.items[1])).statusCode).toBe(200)
  })

  test('Nine forged tokens, and any number of stale or unfinished ones, lock nobody out', async () => {
    const seconds = Math.floor(app.clock.now / 1000)
    const { secret } = project.identity
    for (let turn = 0; turn < 9; turn += 1) await present(await tokenOf('usr_slow'))
    for (let turn = 0; turn < 20; turn += 1) {
      expectProblem(await present(await tokenOf('usr_slow', secret, { iat: seconds - 600, exp: seconds - 300 })), 401, 'user_token_expired')
      expectProblem(await present(await tokenOf('usr_slow', secret, { aud: 'pk_another' })), 401, 'user_token_invalid')
      expectProblem(await present('nothing.like.it'), 401, 'user_token_invalid')
    }
    await app.app.responses.settled()
    expect(await blocks()).toEqual([])
    const good = await signUserToken(app, 'usr_slow', { project })
    expect((await new Visitor(app, { project, ip: address(), userToken: good }).vote(project.items[0])).statusCode).toBe(200)
  })

  test('An office of forty whose site signs with the wrong secret keeps the board and its anonymous votes', async () => {
    for (let person = 0; person < 40; person += 1) {
      for (let reload = 0; reload < 3; reload += 1) await present(await tokenOf(`usr_colleague_${person}`))
    }
    await app.app.responses.settled()
    expect((await new Visitor(app, { project, ip: address() }).vote(project.items[0])).statusCode).toBe(200)
    expect(await blocks()).toEqual([])
  })

  test('A lockout is not a way to ask whom a moderator has blocked', async () => {
    await blockSource(app, project, 'user', 'usr_secretly_blocked')
    expectProblem(await present(await tokenOf('usr_secretly_blocked')), 401, 'user_token_invalid')
  })
})

describe('Going on past the rate limit', () => {
  serve({ requestsPerMinute: 2 })

  test('Sixty seconds of it within two minutes is a longer wait for what is written; reading goes on, and waiting is no offence', async () => {
    const visitor = new Visitor(app, { project, ip: address() })
    await visitor.start()
    await visitor.start()
    for (const answer of await persist(visitor, 59)) expectProblem(answer, 429, 'rate_limited')
    expect((await visitor.vote(project.items[0])).statusCode).toBe(200)
    await persist(visitor, 1)
    const before = await eventsFrom()
    for (const answer of [await visitor.vote(project.items[1]), await visitor.start()]) {
      expectProblem(answer, 429, 'rate_limited')
      expect(answer.headers['retry-after']).toBe('60')
    }
    expect((await visitor.call('GET', '/board')).statusCode).toBe(200)
    expect(await blockOn(address())).toMatchObject({ actor: 'rule:rate_limit_exceeded', expiresAt: app.clock.now + MINUTE })
    // The same network, another address: not a word about it.
    const neighbour = new Visitor(app, { project, ip: address().replace(/\d+$/, '254') })
    neighbour.session = visitor.session
    expect((await neighbour.vote(project.items[0])).statusCode).toBe(200)
    await persist(visitor, 59)
    expect(await eventsFrom()).toEqual(before)
    app.clock.now += 1000
    expect((await visitor.vote(project.items[1])).statusCode).toBe(200)
    await persist(visitor, 60)
    expect((await blockOn(address())).expiresAt).toBe(app.clock.now + 2 * MINUTE)
  })

  test('A crowd behind one address that comes at once is over within seconds, and waits no longer than the limit says', async () => {
    const visitor = new Visitor(app, { project, ip: address() })
    await Promise.all(Array.from({ length: 500 }, () => visitor.start()))
    await app.app.responses.settled()
    // Asking for the list would be over the limit of this server itself.
    expect((await app.app.db.query('select * from blocks where matches = $1', [address()])).rows).toEqual([])
    expect((await visitor.call('GET', '/board')).statusCode).toBe(200)
  })
})

describe('A rule in log mode', () => {
  const rules = defaultResponsePolicy.rules
  const policy: ResponsePolicy = { ...defaultResponsePolicy, rules: { ...rules, invalid_api_key: { ...rules.invalid_api_key, offences: 3, mode: 'log' } } }
  serve({ responses: policy })

  test('It says what it would have done, and does nothing', async () => {
    expect(await guessKeys(4)).toEqual(unauthorised(4))
    expect(await blocks()).toEqual([])
    expect((await eventsFrom()).filter(({ detail }) => detail['kind'] === 'response')).toMatchObject([
      { count: 1, detail: { rule: 'invalid_api_key', mode: 'log', offences: 3, blockMs: MINUTE } },
    ])
  })
})

describe('More than one server', () => {
  serve()

  test('A block made on one node holds on the other, and its lifting too', async () => {
    const second = await startApp({ databaseUrl: app.databaseUrl, clock: () => app.clock.now })
    try {
      await second.app.projects.reload()
      const there = new Visitor(second, { project, ip: address() })
      expect((await there.vote(project.items[0])).statusCode).toBe(200)
      await guessKeys(10)
      await expect.poll(async () => (await there.vote(project.items[0], 0)).statusCode, { interval: 20 }).toBe(403)
      await lift((await blockOn(address())).id)
      await expect.poll(async () => (await there.vote(project.items[0], 0)).statusCode, { interval: 20 }).toBe(200)
      // The other node has heard that a person freed the source, so it lets it be as well.
      for (let turn = 0; turn < 20; turn += 1) expect((await guessKey(address(), second)).statusCode).toBe(401)
    } finally {
      await second.close()
    }
  })

  test('Both reach the threshold at the same moment: one block, one event', async () => {
    const second = await startApp({ databaseUrl: app.databaseUrl, clock: () => app.clock.now })
    try {
      await Promise.all([app, second].flatMap((node) => Array.from({ length: 10 }, () => guessKey(address(), node))))
      await Promise.all([app, second].map((node) => node.app.responses.settled()))
      await second.app.ledger.flush()
      expect((await blocks()).filter(({ value }) => value === address())).toHaveLength(1)
      expect((await eventsFrom()).filter(({ detail }) => detail['kind'] === 'response')).toHaveLength(1)
    } finally {
      await second.close()
    }
  })

  test('While the database is away the block holds on the node that saw the offences, for its first length', async () => {
    const cable = await cableTo(app.databaseUrl)
    const cut = await startApp({ databaseUrl: cable.url, clock: () => app.clock.now })
    try {
      cable.unplug()
      for (let turn = 0; turn < 10; turn += 1) expect((await guessKey(address(), cut)).statusCode).toBe(401)
      expect((await guessKey(address(), cut)).statusCode).toBe(403)
      await cut.app.responses.settled()
      expect((await guessKey(address(), cut)).statusCode).toBe(403)
      app.clock.now += MINUTE
      expect((await guessKey(address(), cut)).statusCode).toBe(401)
    } finally {
      cable.plugIn()
      await cut.close()
      await cable.close()
    }
  })
})
