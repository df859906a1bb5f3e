/**
 * The hole: a client that sends a byte now and then is never idle, and holds its connection for as long as it likes.
 * Here: the whole request has 15 seconds, and its headers 10; the look at the clock is every two.
 */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'
import { tellTook } from '../helpers/took.ts'

let app: TestApp
afterEach(() => app.close())

test('A request that trickles in is ended, wherever it dawdles', async () => {
  app = await startApp()
  await app.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.app.server.address() as AddressInfo
  const start = `PUT /api/widget/v1/${app.project.key}/items/${app.project.items[0]}/vote HTTP/1.1\r\nhost: votes.example\r\norigin: ${ORIGIN}\r\n`
  const dawdle = async (part: string, sent: string): Promise<string> => {
    const began = performance.now()
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => void (answer += text)).on('error', () => undefined)
    socket.write(sent)
    const trickle = setInterval(() => socket.write('a'), 500)
    await once(socket, 'close')
    clearInterval(trickle)
    tellTook(`trickling ${part}`, began)
    return answer.split('\r\n')[0] ?? ''
  }
  const [headers, body] = await Promise.all([
    dawdle('headers', `${start}x-slow: `),
    dawdle('a body', `${start}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{`),
  ])
  // Where it dawdled as long as it liked, the limit of this test would end it.
  expect([headers, body]).toEqual(Array(2).fill('HTTP/1.1 408 Request Timeout'))
})
