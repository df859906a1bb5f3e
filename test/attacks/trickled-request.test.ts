/**
 * The hole: a client that sends a byte now and then is never idle, and holds its connection for as long as it likes.
 * Here: the whole request has 15 seconds, and its headers 10; the look at the clock is every two.
 */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'

let app: TestApp
afterEach(() => app.close())

test('A request that trickles in is ended, wherever it dawdles', { timeout: 40_000 }, async () => {
  app = await startApp()
  await app.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.app.server.address() as AddressInfo
  const start = `PUT /api/widget/v1/${app.project.key}/items/${app.project.items[0]}/vote HTTP/1.1\r\nhost: votes.example\r\norigin: ${ORIGIN}\r\n`
  const dawdle = async (sent: string): Promise<{ seconds: number; answer: string }> => {
    const began = performance.now()
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => void (answer += text)).on('error', () => undefined)
    socket.write(sent)
    const trickle = setInterval(() => socket.write('a'), 500)
    await once(socket, 'close')
    clearInterval(trickle)
    return { seconds: (performance.now() - began) / 1000, answer: answer.split('\r\n')[0] ?? '' }
  }
  const [headers, body] = await Promise.all([
    dawdle(`${start}x-slow: `),
    dawdle(`${start}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{`),
  ])
  expect(headers.answer).toBe('HTTP/1.1 408 Request Timeout')
  expect(body.answer).toBe('HTTP/1.1 408 Request Timeout')
  expect(headers.seconds).toBeLessThan(14)
  expect(body.seconds).toBeLessThan(20)
})
