/**
 * The hole: the leftmost X-Forwarded-For is believed, so one machine votes, and dodges limits and blocks, as many.
 * Here: the address is the socket’s, or the one the configured proxies vouch for, counted from our side.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, blockSource, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
function serve(options: Parameters<typeof startApp>[0]): void {
  beforeAll(async () => {
    app = await startApp(options)
  })
  afterAll(() => app.close())
}

/** The address the server takes the request to come from, as its ledger tells it. */
async function seenAddress(socket: string, headers: Record<string, string>): Promise<string | undefined> {
  const project = await app.addProject()
  const answer = await new Visitor(app, { project, ip: socket, origin: 'https://rogue.example' }).call('GET', '/board', undefined, headers)
  expectProblem(answer, 403, 'origin_not_allowed')
  return (await readEvents(app, { project: project.key }))[0]?.metadata.ipAddress
}

describe('Without trusted proxies', () => {
  serve({ policy: { ...lenientPolicy, windows: { ...lenientPolicy.windows, network: { limit: 10, windowMs: 60_000 } } } })

  test('No header changes the address', async () => {
    for (const name of ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip', 'forwarded']) {
      const value = name === 'forwarded' ? 'for=192.0.2.1' : '192.0.2.1'
      expect(`${name}: ${await seenAddress('203.0.113.7', { [name]: value })}`).toBe(`${name}: 203.0.113.7`)
    }
  })

  test('Rotating the header buys no vote past the network’s limit', async () => {
    const [item] = app.project.items
    const statuses: number[] = []
    for (let attempt = 0; attempt < 15; attempt += 1) {
      const bot = new Visitor(app, { ip: '203.0.113.7' })
      await bot.start()
      const answer = await bot.call('PUT', `/items/${item}/vote`, { value: 1, session: bot.session }, { 'x-forwarded-for': `198.51.${attempt}.1` })
      statuses.push(answer.statusCode)
    }
    expect(statuses).toEqual([...Array(10).fill(200), ...Array(5).fill(429)])
    const { rows } = await app.app.db.query('select distinct host(ip_address) as ip from decisions')
    expect(rows).toEqual([{ ip: '203.0.113.7' }])
  })

  test('A blocked address stays blocked whatever the header says', async () => {
    await blockSource(app, app.project, 'ip', '203.0.113.7')
    const blocked = new Visitor(app, { ip: '203.0.113.7' })
    expectProblem(await blocked.call('GET', '/board', undefined, { 'x-forwarded-for': '198.51.100.1' }), 403, 'blocked')
  })
})

describe('With trusted networks', () => {
  serve({ trustedProxies: ['10.0.0.0/8', 'fd00::/8'] })

  test('The nearest address outside the trusted networks counts, not what the client wrote before it', async () => {
    expect(await seenAddress('10.0.0.1', { 'x-forwarded-for': '192.0.2.1, 203.0.113.9' })).toBe('203.0.113.9')
    expect(await seenAddress('10.0.0.1', { 'x-forwarded-for': '192.0.2.1, 203.0.113.9, 10.3.0.2' })).toBe('203.0.113.9')
    expect(await seenAddress('fd00::1', { 'x-forwarded-for': '127.0.0.1, 2001:db8::7' })).toBe('2001:db8::7')
    // Somebody who reaches the server past the proxies is who their socket says.
    expect(await seenAddress('198.51.100.5', { 'x-forwarded-for': '192.0.2.1' })).toBe('198.51.100.5')
    expect(await seenAddress('10.0.0.1', {})).toBe('10.0.0.1')
  })

  test.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
  ])('The port that some proxies write is not part of the address: %s', async (header, address) => {
    expect(await seenAddress('10.0.0.1', { 'x-forwarded-for': header })).toBe(address)
  })

  test('Nonsense in the header of a trusted proxy is no address, no error and no way out', async () => {
    for (const header of ['nonsense', '203.0.113.9, <script>', `203.0.113.9, ' or 1=1 --`, ',,,', '0x7f.1', '203.0.113.9:x']) {
      expect(`${header}: ${await seenAddress('10.0.0.1', { 'x-forwarded-for': header })}`).toMatch(/: (0\.0\.0\.0|10\.0\.0\.1)$/)
    }
  })
})

describe.each([
  { hops: 1, header: '192.0.2.1, 203.0.113.9', seen: '203.0.113.9' },
  { hops: 2, header: '192.0.2.1, 203.0.113.9, 10.0.0.2', seen: '203.0.113.9' },
])('With $hops trusted hops', ({ hops, header, seen }) => {
  serve({ trustedProxies: hops })

  test('Exactly that many are counted from our side', async () => {
    expect(await seenAddress('10.0.0.1', { 'x-forwarded-for': header })).toBe(seen)
  })
})
