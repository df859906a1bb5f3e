/** A server that is going: it says so first, answers what is under way, and waits for nobody who says nothing. */
import { once } from 'node:events'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ORIGIN, type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { tellTook } from '../helpers/took.ts'

let served: TestApp
let port: number
const sockets: Socket[] = []
beforeEach(async () => {
  served = await startApp()
  await served.app.listen({ host: '127.0.0.1', port: 0 })
  port = (served.app.server.address() as AddressInfo).port
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await served.close()
})

async function dial(): Promise<Socket & { text: string; ended: Promise<void> }> {
  const socket = Object.assign(connect(port, '127.0.0.1'), { text: '' })
  sockets.push(socket)
  socket.setEncoding('utf8').on('data', (chunk: string) => (socket.text += chunk))
  // Cut or closed: both are an end.
  socket.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  await new Promise((resolve) => void socket.once('connect', resolve))
  return Object.assign(socket, { ended })
}
const healthz = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'
const answered = (socket: { text: string }, words: string): Promise<void> => expect.poll(() => socket.text, { interval: 5 }).toContain(words)
/** Whether it closed without having to cut off whoever was still there after its longest wait. */
async function closesFreely(): Promise<boolean> {
  const cut = vi.spyOn(served.app.server, 'closeAllConnections')
  const began = performance.now()
  await served.app.close()
  tellTook('a close', began)
  return cut.mock.calls.length === 0
}

test('connections that were opened in advance, or lie idle, hold nothing up', async () => {
  const silent = await dial()
  const idle = await dial()
  idle.write(healthz)
  await answered(idle, '"status":"ok"')
  expect(await closesFreely()).toBe(true)
  await Promise.all([silent.ended, idle.ended])
})

test('a request under way is answered, and its kept connection holds nothing up either', async () => {
  const body = JSON.stringify({ value: 1, session: 'x'.repeat(40) })
  const slow = await dial()
  const begun = once(served.app.server, 'request')
  slow.write(`PUT /api/widget/v1/${served.project.key}/items/${served.project.items[0]}/vote HTTP/1.1\r\nhost: x\r\norigin: ${ORIGIN}\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`)
  await begun
  const closing = closesFreely()
  await sleep(200)
  slow.write(body.slice(10))
  await answered(slow, 'session_invalid')
  await slow.ended
  expect(await closing).toBe(true)
})

test('before it goes it says so, serves on, and asks for no further request on any connection', async () => {
  const kept = await dial()
  const board = `GET /api/widget/v1/${served.project.key}/board HTTP/1.1\r\nhost: x\r\norigin: ${ORIGIN}\r\n\r\n`
  // Twice: the second time it is said from memory.
  for (const time of [1, 2]) {
    kept.text = ''
    kept.write(board)
    await answered(kept, '}]}')
    expect([time, kept.text.match(/^connection: .*$/gim)]).toEqual([time, ['Connection: keep-alive']])
  }
  const begun = served.app.departure.begin(300)
  kept.text = ''
  kept.write(board)
  await kept.ended
  expect(kept.text).toMatch(/^HTTP\/1\.1 200/)
  expect(kept.text.match(/^connection: .*$/gim)).toEqual(['connection: close'])
  const statuses = await Promise.all(['/healthz', '/readyz'].map(async (path) => (await served.app.inject(path)).statusCode))
  expect(statuses).toEqual([503, 503])
  // Its own probes are told no either, and make no event of it.
  await served.app.probes.tick()
  expect(await readEvents(served)).toEqual([])
  await begun
})
