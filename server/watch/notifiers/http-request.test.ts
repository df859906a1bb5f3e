import { type RequestListener, createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpRequest, readRetryAfter, sendRequest } from './http-request.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  closers.push(() => void server.close().closeAllConnections())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
const post = (url: string): HttpRequest => ({ url, method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' })
const envelope = { id: 'x', now: 1_772_357_405_000, allowPrivate: true, signal: new AbortController().signal }

describe('an answer', () => {
  it.each([
    [200, { delivered: true }],
    [204, { delivered: true }],
    [301, { delivered: false, final: true }],
    [302, { delivered: false, final: true }],
    [304, { delivered: false, final: true }],
    [400, { delivered: false, final: true }],
    [404, { delivered: false, final: true }],
    [410, { delivered: false, final: true }],
    [408, { delivered: false, final: false }],
    [425, { delivered: false, final: false }],
    [429, { delivered: false, final: false }],
    [500, { delivered: false, final: false }],
    [503, { delivered: false, final: false }],
  ])('of %i', async (status, outcome) => {
    const url = await serve((_request, reply) => void reply.writeHead(status).end())
    expect(await sendRequest(post(url), envelope)).toMatchObject(outcome)
  })

  it('is read to 64 KB and no further', async () => {
    const url = await serve((_request, reply) => {
      reply.writeHead(200)
      const more = (): void => {
        while (reply.writable && reply.write('x'.repeat(16_384)));
      }
      reply.on('drain', more)
      more()
    })
    const { body } = await sendRequest(post(url), envelope)
    expect(body?.length).toBe(65_536)
  })

  it('counts by its status, though its body never ends', async () => {
    const url = await serve((_request, reply) => void reply.writeHead(200).write('never the end'))
    // Long enough for a busy machine to have sent and heard the status by then.
    expect(await sendRequest(post(url), envelope, 2000)).toMatchObject({ delivered: true, body: 'never the end' })
  })

  it('is shown without what could not be printed', async () => {
    const url = await serve((_request, reply) => void reply.writeHead(500).end(`no\r\n\u001b[31m${'x'.repeat(1000)}`))
    const outcome = await sendRequest(post(url), envelope)
    expect(outcome).toMatchObject({ delivered: false, reason: expect.stringMatching(/answered 500: no \[31mx{100,}…$/) })
  })
})

describe('no answer', () => {
  it('in time is a failure that may pass', async () => {
    const url = await serve(() => undefined)
    expect(await sendRequest(post(url), envelope, 200)).toMatchObject({ delivered: false, final: false, reason: expect.stringContaining('did not answer within 0.2 seconds') })
  })

  it('because nobody listens, or the line breaks, may pass too', async () => {
    const url = await serve((request) => void request.socket.destroy())
    expect(await sendRequest(post(url), envelope)).toMatchObject({ delivered: false, final: false })
    closers.splice(0).forEach((close) => close())
    expect(await sendRequest(post(url), envelope)).toMatchObject({ delivered: false, final: false, reason: expect.stringContaining('ECONNREFUSED') })
  })

  it('that is HTTP may pass too', async () => {
    const server = createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    closers.push(() => void server.close())
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    expect(await sendRequest(post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), envelope)).toMatchObject({ delivered: false, final: false })
  })

  it('is waited for when the server closes', async () => {
    const url = await serve(() => undefined)
    expect(await sendRequest(post(url), { ...envelope, signal: AbortSignal.timeout(50) })).toMatchObject({ delivered: false, reason: expect.stringContaining('server closed') })
  })
})

it('goes nowhere private, and nowhere in the clear, unless the channel allows it', async () => {
  let asked = 0
  const url = await serve((_request, reply) => {
    asked += 1
    reply.end()
  })
  const strict = { ...envelope, allowPrivate: false }
  expect(await sendRequest(post(url), strict)).toMatchObject({ delivered: false, final: true, reason: expect.stringContaining('https') })
  expect(await sendRequest(post(url.replace('http:', 'https:')), strict)).toMatchObject({ delivered: false, final: true, reason: expect.stringContaining('loopback') })
  expect(await sendRequest(post(url.replace('http:', 'https:').replace('127.0.0.1', '2130706433')), strict)).toMatchObject({ delivered: false, final: true })
  expect(asked).toBe(0)
})

it.each([
  [undefined, undefined], ['30', 30_000], [' 5 ', 5000], ['0', undefined], ['-5', undefined], ['soon', undefined], ['999999', 3_600_000],
  ['Sun, 01 Mar 2026 09:31:05 GMT', 60_000], ['Sun, 01 Mar 2020 09:31:05 GMT', undefined],
])('reads Retry-After %j as %j', (value, ms) => expect(readRetryAfter(value, envelope.now)).toBe(ms))
