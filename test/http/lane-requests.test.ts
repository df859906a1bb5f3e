/** What the lane takes for a request must be what Node takes for it: one request, no body, the same words. Shown by asking Node. */
import { type IncomingMessage, type Server, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asked, askedOf, readAsked } from '../../server/plugins/lane-requests.ts'

let server: Server
let port: number
let seen: IncomingMessage[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request)
    response.end('ok')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What Node makes of these bytes: its requests, and the status lines it answers. */
async function askNode(bytes: Buffer): Promise<{ asked: (Asked | undefined)[]; answers: string[] }> {
  seen = []
  const text = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.end(bytes))
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('error', () => resolve(received))
    socket.on('close', () => resolve(received))
  })
  return { asked: seen.map(askedOf), answers: text.match(/HTTP\/1\.1 \d+/g) ?? [] }
}

const USUAL = [
  'GET /api/widget/v1/pk_demo/board HTTP/1.1', 'Host: votes.example', 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0', 'Accept: */*',
  'Accept-Encoding: gzip, deflate, br, zstd', 'Accept-Language: en-GB,en;q=0.9', 'Origin: https://shop.example', 'If-None-Match: W/"abc", "def"',
  'X-Forwarded-For: 203.0.113.9, 198.51.100.7', 'Connection: keep-alive', 'Sec-Fetch-Site: cross-site', 'Referer: https://shop.example/',
]
const bytesOf = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')

test('A usual request is read as Node reads it', async () => {
  const asked = readAsked(bytesOf(USUAL))
  expect(asked).toEqual({
    url: '/api/widget/v1/pk_demo/board', origin: 'https://shop.example', acceptEncoding: 'gzip, deflate, br, zstd', ifNoneMatch: 'W/"abc", "def"',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0', forwardedFor: '203.0.113.9, 198.51.100.7',
  })
  expect(await askNode(bytesOf(USUAL))).toEqual({ asked: [asked], answers: ['HTTP/1.1 200'] })
})

const without = (name: string): string[] => USUAL.filter((line) => !line.startsWith(name))
const instead = (name: string, line: string): string[] => USUAL.map((one) => (one.startsWith(name) ? line : one))

test.each<[string, Buffer]>([
  ['half of it', bytesOf(USUAL).subarray(0, 200)],
  ['without its last byte', bytesOf(USUAL).subarray(0, -1)],
  ['with a byte more', Buffer.concat([bytesOf(USUAL), Buffer.from('G')])],
  ['two of them', Buffer.concat([bytesOf(USUAL), bytesOf(USUAL)])],
  ['after an empty line', Buffer.concat([Buffer.from('\r\n'), bytesOf(USUAL)])],
  ['nothing', Buffer.alloc(0)],
  ['no header at all', Buffer.from('GET /api/widget/v1/pk_demo/board HTTP/1.1\r\n\r\n')],
  ['longer than a browser’s', bytesOf([...USUAL, `Cookie: ${'a'.repeat(5000)}`])],
  ['lines that end in LF', Buffer.from(`${USUAL.join('\n')}\n\n`)],
  ['one line that ends in LF', Buffer.from(bytesOf(USUAL).toString().replace('Accept: */*\r\n', 'Accept: */*\n'))],
  ['a CR within a line', bytesOf(instead('Accept:', 'Accept: */*\rX: y'))],
  ['a NUL', bytesOf(instead('Accept:', 'Accept: \0'))],
  ['a byte above ASCII', bytesOf(instead('Accept:', 'Accept: caf\u00e9'))],
  ['a folded line', bytesOf(instead('Accept:', 'Accept: */*\r\n text/html'))],
  ['a space before the colon', bytesOf(instead('Accept:', 'Accept : */*'))],
  ['a line without a colon', bytesOf(instead('Accept:', 'Accept'))],
  ['a header without a name', bytesOf(instead('Accept:', ': */*'))],
  ['no host', bytesOf(without('Host'))],
  ['two hosts', bytesOf([...USUAL, 'host: other.example'])],
  ['two origins', bytesOf([...USUAL, 'ORIGIN: https://evil.example'])],
  ['no origin', bytesOf(without('Origin'))],
  ['two of another that counts', bytesOf([...USUAL, 'x-forwarded-for: 1.2.3.4'])],
  ['a length', bytesOf([...USUAL, 'Content-Length: 0'])],
  ['a length in capitals', bytesOf([...USUAL, 'CONTENT-LENGTH: 5'])],
  ['chunks', bytesOf([...USUAL, 'Transfer-Encoding: chunked'])],
  ['a connection to be closed', bytesOf(instead('Connection', 'Connection: close'))],
  ['a connection for something else', bytesOf(instead('Connection', 'Connection: keep-alive, upgrade'))],
  ['a proxy’s connection to be closed', bytesOf([...USUAL, 'Proxy-Connection: close'])],
  ['an upgrade', bytesOf([...USUAL, 'Upgrade: websocket'])],
  ['an expectation', bytesOf([...USUAL, 'Expect: 100-continue'])],
  ['a range', bytesOf([...USUAL, 'Range: bytes=0-1'])],
  ['another method', bytesOf(USUAL.with(0, 'HEAD /api/widget/v1/pk_demo/board HTTP/1.1'))],
  ['a method in small letters', bytesOf(USUAL.with(0, 'get /api/widget/v1/pk_demo/board HTTP/1.1'))],
  ['HTTP/1.0', bytesOf(USUAL.with(0, 'GET /api/widget/v1/pk_demo/board HTTP/1.0'))],
  ['HTTP/1.1 and more', bytesOf(USUAL.with(0, 'GET /api/widget/v1/pk_demo/board HTTP/1.1 '))],
  ['two spaces', bytesOf(USUAL.with(0, 'GET  /api/widget/v1/pk_demo/board HTTP/1.1'))],
  ['a tab for a space', bytesOf(USUAL.with(0, 'GET\t/api/widget/v1/pk_demo/board HTTP/1.1'))],
])('%s is for Node', (_name, bytes) => {
  expect(readAsked(bytes)).toBeUndefined()
})

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
const PIECES = [
  '\r\n', '\r', '\n', ' ', '\t', ':', ',', '\0', '\x7f', 'é', 'GET ', ' HTTP/1.1', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Host: a\r\n', 'Origin: b\r\n',
  'Connection: close\r\n', 'X-Forwarded-For: 1.1.1.1\r\n', 'If-None-Match: *\r\n', '"', 'W/', '%0d%0a', ';', '\r\n\r\n', 'keep-alive', '-', '_', '(', ')', '{', '@',
]

test('Whatever is done to it: what is taken, Node takes for the same one request', async () => {
  const next = random(20_261_121)
  const pick = (count: number): number => Math.floor(next() * count)
  let taken = 0
  for (let n = 0; n < 3000; n += 1) {
    let text = bytesOf(next() < 0.5 ? USUAL : USUAL.filter((_, index) => index === 0 || next() < 0.8)).toString('latin1')
    for (let edits = 1 + pick(2); edits > 0; edits -= 1) {
      const at = pick(text.length)
      const piece = PIECES[pick(PIECES.length)] ?? ''
      text = text.slice(0, at) + piece + text.slice(at + (next() < 0.5 ? 0 : 1 + pick(3)))
    }
    const bytes = Buffer.from(text, 'latin1')
    const asked = readAsked(bytes)
    if (asked === undefined) continue
    taken += 1
    const byNode = await askNode(bytes)
    expect({ text, ...byNode }).toEqual({ text, asked: [asked], answers: ['HTTP/1.1 200'] })
  }
  // Or nothing was shown.
  expect(taken).toBeGreaterThan(300)
})
