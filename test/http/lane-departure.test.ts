/** A connection that has only ever read boards is told of a departure like every other. */
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'

let served: TestApp
let port: number
beforeAll(async () => {
  served = await startApp()
  await served.app.listen({ host: '127.0.0.1', port: 0 })
  port = (served.app.server.address() as AddressInfo).port
})
afterAll(() => served.close())

test('A connection that only reads boards hears that this server is leaving', async () => {
  const { app, project } = served
  const ask = `GET /api/widget/v1/${project.key}/board HTTP/1.1\r\nhost: votes.example\r\norigin: ${ORIGIN}\r\n\r\n`
  const read = async (socket = connect(port, '127.0.0.1')): Promise<{ socket: typeof socket; text: string }> => {
    let text = ''
    const hear = (chunk: Buffer): void => void (text += String(chunk))
    socket.on('data', hear)
    socket.write(ask)
    await expect.poll(() => text).toContain('"items"')
    socket.off('data', hear)
    return { socket, text }
  }
  // The route answers first; what it said is what the lane says then.
  const first = await read()
  const said = app.boardLane.answers
  const kept = await read()
  expect(app.boardLane.answers).toBe(said + 1)
  expect(kept.text).toMatch(/connection: keep-alive/i)
  const going = app.departure.begin(300)
  expect((await read(kept.socket)).text).toMatch(/connection: close/i)
  await going
  for (const { socket } of [first, kept]) socket.destroy()
})
