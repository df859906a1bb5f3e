import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { aMessage, enqueue } from '../helpers/messages.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

interface Channel {
  id: string
  project: string | null
  name: string
  secret?: string
  settings: Record<string, unknown>
  [field: string]: unknown
}

let server: TestApp
let admin: Operator
let receiver: HttpReceiver
let answers: number[] = []

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  admin = new Operator(server, server.operators.admin)
  receiver = await receiveHttp((_request, reply) => void reply.writeHead(answers.shift() ?? 200).end('as told'))
})
afterAll(async () => {
  await server.close()
  await receiver.close()
})

let made = 0
const bodyOf = (kind: string, settings: object, more: object = {}): object => ({ kind, name: `${kind} ${(made += 1)}`, settings, ...more })
const create = async (kind: string, settings: object, more: object = {}, by = admin): Promise<Channel> =>
  expectJson<Channel>(await by.call('POST', '/operator/v1/channels', bodyOf(kind, settings, more)), 201)
const refused = async (kind: string, settings: object, more: object = {}): Promise<{ code: string; detail?: string; errors?: { pointer: string; detail: string }[] }> => {
  const answer = await admin.call('POST', '/operator/v1/channels', bodyOf(kind, settings, more))
  return expectJson(answer, 400)
}

const URLS = { webhook: 'https://hooks.example.com/in/s3cret-path?key=s3cret', slack: 'https://hooks.slack.com/services/T0/B0/s3cret', teams: 'https://prod.logic.azure.com/workflows/s3cret?sig=s3cret' }
const MAIL = { to: ['duty@example.com'], from: 'truetally@votes.example', smtp: { host: 'mail.example.com', port: 587, user: 'truetally', password: 's3cret' } }
const SMS = { url: 'https://sms.example.com/send', to: '+491711', headers: { authorization: 'Bearer s3cret' }, contentType: 'application/json', bodyTemplate: '{"apiKey": "s3cret", "to": "{{to}}", "text": "{{text}}"}' }

describe('a channel', () => {
  test.each([
    ['webhook', { url: URLS.webhook, secret: `whsec_${Buffer.alloc(24, 3).toString('base64')}` }, { url: 'https://hooks.example.com/…' }],
    ['slack', { url: URLS.slack }, { url: 'https://hooks.slack.com/…' }],
    ['teams', { url: URLS.teams }, { url: 'https://prod.logic.azure.com/…' }],
    ['email', MAIL, { to: MAIL.to, from: MAIL.from, smtp: { host: 'mail.example.com', port: 587, user: 'truetally', hasPassword: true } }],
    ['pagerduty', { routingKey: 's3crets3crets3crets3cret00000000' }, { url: 'https://events.pagerduty.com/…', routingKey: '…0000' }],
    ['sms', SMS, { url: 'https://sms.example.com/…', to: '+491711', method: 'POST', contentType: 'application/json', headers: ['authorization'], placeholders: ['to', 'text'] }],
  ])('of kind %s is made, shown without what is secret, and at rest sealed', async (kind, settings, shown) => {
    const channel = await create(kind, settings)
    expect(channel).toMatchObject({
      kind, project: null, severities: ['low', 'medium', 'high', 'critical'], rules: null, escalationsOnly: false, allowPrivate: false,
      groupWaitMs: 10_000, groupIntervalMs: 300_000, repeatIntervalMs: 14_400_000, createdAt: server.clock.now,
    })
    expect(channel.settings).toEqual(shown)
    const list = await admin.call('GET', '/operator/v1/channels')
    expect(JSON.stringify([channel, list.json()])).not.toContain('s3cret')
    expect(list.json<{ channels: Channel[] }>().channels.find(({ id }) => id === channel.id)?.settings).toEqual(shown)
    const { rows: [row] } = await server.app.db.query<{ sealed: Buffer }>('select sealed_settings as sealed from channels where channel_id = $1', [channel.id])
    expect(row?.sealed.toString('latin1')).not.toMatch(/s3cret|example/)
  })

  test('for a signed webhook gets a secret, shown once', async () => {
    const channel = await create('webhook', { url: URLS.webhook })
    expect(channel.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect((await admin.call('GET', '/operator/v1/channels')).body).not.toContain(channel.secret?.slice(6))
    expect((await create('webhook', { url: URLS.webhook, secret: channel.secret })).secret).toBeUndefined()
  })

  test('takes its name for itself, until it is used no more', async () => {
    const { id } = await create('slack', { url: URLS.slack }, { name: 'duty' })
    expectProblem(await admin.call('POST', '/operator/v1/channels', bodyOf('slack', { url: URLS.slack }, { name: 'duty' })), 409, 'channel_exists')
    const other = await create('slack', { url: URLS.slack }, { name: 'night' })
    expectProblem(await admin.call('PATCH', `/operator/v1/channels/${other.id}`, { name: 'duty' }), 409, 'channel_exists')
    expect((await admin.call('DELETE', `/operator/v1/channels/${id}`)).statusCode).toBe(204)
    expectProblem(await admin.call('DELETE', `/operator/v1/channels/${id}`), 404, 'not_found')
    expectProblem(await admin.call('PATCH', `/operator/v1/channels/${id}`, { name: 'x' }), 404, 'not_found')
    expect((await create('slack', { url: URLS.slack }, { name: 'duty' })).id).not.toBe(id)
  })

  test('that is used no more gives up what waits for it, and can still be read', async () => {
    const { id } = await create('webhook', { url: receiver.url }, { allowPrivate: true })
    await enqueue(server, id)
    await admin.call('DELETE', `/operator/v1/channels/${id}`)
    const before = receiver.received.length
    await server.app.notifications.tick()
    expect(receiver.received.length).toBe(before)
    const { notifications } = expectJson<{ notifications: { id: string }[] }>(await admin.call('GET', `/operator/v1/channels/${id}/notifications`), 200)
    expect(notifications).toMatchObject([{ state: 'dead', lastError: 'The channel is not used any more' }])
    expectProblem(await admin.call('POST', `/operator/v1/notifications/${notifications[0]?.id}/retry`), 409, 'notification_not_dead')
  })
})

describe('bad input', () => {
  test.each([
    ['http', { url: 'http://hooks.example.com/x' }, /https/],
    ['no URL', { url: 'https://' }, /.+/],
    ['a password in the URL', { url: 'https://me:secret@hooks.example.com/' }, /user or password/],
    ['loopback', { url: 'https://127.0.0.1/x' }, /loopback.*allowPrivate/],
    ['loopback as one number', { url: 'https://2130706433/x' }, /loopback/],
    ['loopback in octal', { url: 'https://0177.0.0.1/x' }, /loopback/],
    ['a private address', { url: 'https://10.0.0.5/x' }, /private/],
    ['an IPv4 address in IPv6', { url: 'https://[::ffff:192.168.1.1]/x' }, /private/],
    ['a private IPv6 address', { url: 'https://[fd12::1]/x' }, /private/],
    ['carrier-grade NAT', { url: 'https://100.64.0.1/x' }, /private/],
    ['cloud metadata', { url: 'https://169.254.169.254/latest' }, /no channel reaches/],
  ])('%s is refused, by pointer', async (_name, settings, words) => {
    for (const kind of ['webhook', 'slack', 'teams']) {
      const { code, errors } = await refused(kind, settings)
      expect(['invalid_channel', 'invalid_request']).toContain(code)
      expect(errors?.[0]?.pointer).toBe('/body/settings/url')
      expect(`${errors?.[0]?.detail}`).toMatch(code === 'invalid_request' ? /.+/ : words)
    }
  })

  test.each(['http://169.254.169.254/x', 'http://0.0.0.0/x', 'http://[fe80::1]/x', 'http://168.63.129.16/x', 'http://[fd00:ec2::254]/x', 'http://224.0.0.1/x', 'http://[64:ff9b::7f00:1]/x'])(
    '%s is out of reach even with allowPrivate', async (url) => {
      expect(await refused('webhook', { url }, { allowPrivate: true })).toMatchObject({ code: 'invalid_channel', errors: [{ pointer: '/body/settings/url', detail: expect.stringContaining('no channel reaches') }] })
    })

  test.each([
    ['an unknown placeholder', { ...SMS, bodyTemplate: '{"t": "{{text}}", "x": "{{tezt}}"}' }, '/bodyTemplate', '{{tezt}} is unknown; there are {{text}} {{to}}'],
    ['an unknown placeholder in the URL', { ...SMS, url: 'https://sms.example.com/{{number}}' }, '/url', '{{number}} is unknown'],
    ['an empty placeholder', { ...SMS, bodyTemplate: '{"t": "{{text}}{{}}"}' }, '/bodyTemplate', '{{}} is unknown'],
    ['no text', { ...SMS, bodyTemplate: '{"to": "{{to}}"}' }, '/bodyTemplate', '{{text}} is missing'],
    ['no number', { url: SMS.url, bodyTemplate: '{"to": "{{to}}", "t": "{{text}}"}' }, '/to', '{{to}}'],
    ['no body', { url: SMS.url }, '/bodyTemplate', 'is missing'],
    ['a body where there is none', { ...SMS, method: 'GET' }, '/bodyTemplate', 'GET has no body'],
    ['a placeholder outside of quotes', { ...SMS, bodyTemplate: '{"t": {{text}}}' }, '/bodyTemplate', 'is not JSON'],
    ['a template that is no JSON', { ...SMS, bodyTemplate: 't={{text}}' }, '/bodyTemplate', 'is not JSON'],
    ['a host from a placeholder', { ...SMS, url: 'https://{{to}}.example.com/' }, '/url', 'behind the host'],
    ['a header from a placeholder', { ...SMS, headers: { 'x-to': '{{to}}' } }, '/headers', 'no placeholders'],
  ])('of a template with %s the answer names the place', async (_name, settings, pointer, words) => {
    const { code, errors = [], detail } = await refused('sms', settings)
    expect(code).toBe('invalid_channel')
    expect(errors.map((fault) => fault.pointer)).toContain(`/body/settings${pointer}`)
    expect(errors.map((fault) => fault.detail).join('\n')).toContain(words)
    expect(detail).toContain(words)
  })

  test.each([
    ['webhook', { url: URLS.webhook, sekret: 'x' }, 'sekret'],
    ['webhook', { url: URLS.webhook, secret: 'whsec_short' }, 'pattern'],
    ['email', { ...MAIL, to: [] }, 'fewer'],
    ['email', { ...MAIL, to: ['a@b.example\r\nBcc: c@d.example'] }, 'pattern'],
    ['email', { ...MAIL, smtp: { ...MAIL.smtp, password: undefined } }, 'together'],
    ['email', { ...MAIL, smtp: { ...MAIL.smtp, startTls: 'never' } }, 'allowPrivate'],
    ['email', { ...MAIL, smtp: { ...MAIL.smtp, host: '192.168.0.1' } }, 'private'],
    ['sms', { ...SMS, headers: { 'x\r\ny': '1' } }, 'additional'],
    ['sms', { ...SMS, headers: { 'x-y': '1\r\nz: 2' } }, 'pattern'],
    ['pagerduty', { routingKey: 'short' }, 'pattern'],
  ])('%s with settings %j is refused', async (kind, settings, words) => {
    const { errors = [] } = await refused(kind, settings)
    expect(errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('\n')).toMatch(new RegExp(words))
    expect(errors[0]?.pointer).toMatch(/^\/body\/settings/)
  })

  test('a kind that there is not, and one that is missing, are said to be', async () => {
    expect(await refused('pigeon', {})).toMatchObject({ code: 'invalid_request', errors: [{ detail: expect.stringContaining('kind') }] })
    expectProblem(await admin.call('POST', '/operator/v1/channels', { name: 'x', settings: {} }), 400, 'invalid_request')
  })
})

describe('a change', () => {
  test('is laid over what is there, and what is secret stays', async () => {
    const { id } = await create('email', MAIL)
    const changed = expectJson<Channel>(await admin.call('PATCH', `/operator/v1/channels/${id}`, { severities: ['critical'], rules: ['flood'], settings: { to: ['night@example.com'] } }), 200)
    expect(changed).toMatchObject({ severities: ['critical'], rules: ['flood'], settings: { to: ['night@example.com'], smtp: { host: 'mail.example.com', hasPassword: true } } })
    expect(expectJson<Channel>(await admin.call('PATCH', `/operator/v1/channels/${id}`, { rules: null }), 200)).toMatchObject({ severities: ['critical'], rules: null })
  })

  test.each([
    ['email', MAIL, { smtp: { host: 'mail.elsewhere.example' } }, '/smtp/password'],
    ['pagerduty', { routingKey: 's3crets3crets3crets3cret00000000' }, { url: 'https://elsewhere.example/' }, '/routingKey'],
    ['sms', SMS, { url: 'https://elsewhere.example/' }, '/headers'],
    ['sms', { ...SMS, headers: undefined }, { url: 'https://elsewhere.example/' }, '/bodyTemplate'],
  ])('of %s that leads elsewhere does not take the secret along', async (kind, settings, change, pointer) => {
    const { id } = await create(kind, settings)
    const answer = await admin.call('PATCH', `/operator/v1/channels/${id}`, { settings: change })
    expectProblem(answer, 400, 'invalid_channel')
    expect(answer.json<{ errors: object[] }>().errors).toEqual([{ pointer: `/body/settings${pointer}`, detail: expect.stringContaining('sent again') }])
  })

  test('is held to the same rules as a new channel', async () => {
    const { id } = await create('sms', SMS)
    expectProblem(await admin.call('PATCH', `/operator/v1/channels/${id}`, { settings: { bodyTemplate: '{"t": "{{nothing}}"}' } }), 400, 'invalid_channel')
    expectProblem(await admin.call('PATCH', `/operator/v1/channels/${id}`, { settings: { colour: 'red' } }), 400, 'invalid_channel')
    const near = await create('webhook', { url: receiver.url }, { allowPrivate: true })
    expectProblem(await admin.call('PATCH', `/operator/v1/channels/${near.id}`, { allowPrivate: false }), 400, 'invalid_channel')
  })
})

describe('a test message', () => {
  test('goes out at once and says that it arrived', async () => {
    const { id, secret } = await create('webhook', { url: receiver.url }, { allowPrivate: true })
    expect(secret).toBeDefined()
    expect(expectJson(await admin.call('POST', `/operator/v1/channels/${id}/test`), 200)).toEqual({ delivered: true })
    expect(JSON.parse(receiver.received.at(-1)?.body ?? '')).toMatchObject({ type: 'test', data: { kind: 'test', alerts: [], url: null } })
    expect(expectJson<{ notifications: object[] }>(await admin.call('GET', `/operator/v1/channels/${id}/notifications`), 200).notifications).toEqual([])
  })

  test('that fails says why', async () => {
    const { id } = await create('slack', { url: `${receiver.url}/secret-path` }, { allowPrivate: true })
    answers = [403]
    const answer = await admin.call('POST', `/operator/v1/channels/${id}/test`)
    expectProblem(answer, 502, 'channel_failed')
    expect(answer.json<{ detail: string }>().detail).toMatch(/^127\.0\.0\.1:\d+ answered 403: as told$/)
  })

  test('to a private address is refused where the channel does not allow it', async () => {
    const { id } = await create('webhook', { url: 'https://localhost/x' })
    const answer = await admin.call('POST', `/operator/v1/channels/${id}/test`)
    expectProblem(answer, 502, 'channel_failed')
    expect(answer.json<{ detail: string }>().detail).toContain('localhost leads to where it must not')
  })
})

describe('what was told', () => {
  test('is listed by pages and by state, and sent again by hand', async () => {
    const { id } = await create('webhook', { url: receiver.url }, { allowPrivate: true })
    for (let n = 0; n < 5; n += 1) {
      answers = [n === 2 ? 410 : 200]
      await enqueue(server, id, aMessage({ title: `number ${n}`, groupKey: `${n}` }))
      await server.app.notifications.tick()
    }
    type Page = { notifications: { id: string; title: string; state: string }[]; nextCursor: string | null }
    const titles: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page = expectJson<Page>(await admin.call('GET', `/operator/v1/channels/${id}/notifications?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`), 200)
      titles.push(...page.notifications.map(({ title }) => title))
      cursor = page.nextCursor
    }
    expect(titles).toEqual(['number 4', 'number 3', 'number 2', 'number 1', 'number 0'])
    const dead = expectJson<Page>(await admin.call('GET', `/operator/v1/channels/${id}/notifications?state=dead`), 200).notifications
    expect(dead).toMatchObject([{ title: 'number 2', state: 'dead', lastError: expect.stringContaining('answered 410') }])
    expect(expectJson(await admin.call('POST', `/operator/v1/notifications/${dead[0]?.id}/retry`), 200)).toMatchObject({ state: 'pending', attempts: 0 })
    await server.app.notifications.tick()
    expect(expectJson<Page>(await admin.call('GET', `/operator/v1/channels/${id}/notifications?state=dead`), 200).notifications).toEqual([])
    expectProblem(await admin.call('POST', `/operator/v1/notifications/${dead[0]?.id}/retry`), 409, 'notification_not_dead')
    expectProblem(await admin.call('POST', '/operator/v1/notifications/999999999999999999/retry'), 404, 'not_found')
    expectProblem(await admin.call('GET', `/operator/v1/channels/${id}/notifications?cursor=x`), 400, 'invalid_cursor')
  })
})

describe('an admin of one project', () => {
  let mine: TestProject
  let theirs: TestProject
  let own: Operator

  beforeAll(async () => {
    mine = await server.addProject()
    theirs = await server.addProject()
    own = new Operator(server, await server.operatorToken('admin', mine.id), mine)
  })

  test('handles the project’s channels and sees no others', async () => {
    const channel = await create('slack', { url: URLS.slack }, { project: mine.key }, own)
    expect(channel.project).toBe(String(mine.id))
    const foreign = await create('slack', { url: URLS.slack }, { project: theirs.key })
    const common = await create('slack', { url: URLS.slack })
    const { channels } = expectJson<{ channels: Channel[] }>(await own.call('GET', '/operator/v1/channels'), 200)
    expect(channels.map(({ id }) => id)).toEqual([channel.id])
    for (const { id } of [foreign, common]) {
      expectProblem(await own.call('PATCH', `/operator/v1/channels/${id}`, { name: 'x' }), 404, 'not_found')
      expectProblem(await own.call('DELETE', `/operator/v1/channels/${id}`), 404, 'not_found')
      expectProblem(await own.call('POST', `/operator/v1/channels/${id}/test`), 404, 'not_found')
      expectProblem(await own.call('GET', `/operator/v1/channels/${id}/notifications`), 404, 'not_found')
    }
    expectProblem(await own.call('GET', `/operator/v1/channels?project=${theirs.key}`), 404, 'unknown_project')
    expectProblem(await own.call('POST', '/operator/v1/channels', bodyOf('slack', { url: URLS.slack }, { project: theirs.key })), 404, 'unknown_project')
    expectProblem(await own.call('POST', '/operator/v1/channels', bodyOf('slack', { url: URLS.slack })), 403, 'role_insufficient')
  })

  test('cannot retry what another project’s channel gave up', async () => {
    const { id } = await create('webhook', { url: receiver.url }, { allowPrivate: true })
    answers = [404]
    await enqueue(server, id)
    await server.app.notifications.tick()
    const [dead] = expectJson<{ notifications: { id: string }[] }>(await admin.call('GET', `/operator/v1/channels/${id}/notifications`), 200).notifications
    expectProblem(await own.call('POST', `/operator/v1/notifications/${dead?.id}/retry`), 404, 'not_found')
  })

  test('cannot make this server reach into its own network', async () => {
    expectProblem(await own.call('POST', '/operator/v1/channels', bodyOf('webhook', { url: receiver.url }, { project: mine.key, allowPrivate: true })), 403, 'role_insufficient')
    const plain = await create('webhook', { url: URLS.webhook }, { project: mine.key }, own)
    expectProblem(await own.call('PATCH', `/operator/v1/channels/${plain.id}`, { allowPrivate: true }), 403, 'role_insufficient')
    const allowed = await create('webhook', { url: receiver.url }, { project: mine.key, allowPrivate: true })
    expectProblem(await own.call('PATCH', `/operator/v1/channels/${allowed.id}`, { settings: { url: 'http://127.0.0.1:5432/' } }), 403, 'role_insufficient')
    expect((await own.call('PATCH', `/operator/v1/channels/${allowed.id}`, { severities: ['high'] })).statusCode).toBe(200)
  })
})
