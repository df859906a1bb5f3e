/** Connections that the lane keeps to itself: for how long, what they survive, and when they are Node’s. */
import { type AddressInfo, type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORIGIN, type TestApp, type TestProject, cableTo, startApp } from '../helpers/app.ts'
import { askRaw } from '../helpers/raw-http.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp
let port: number
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, boardEveryMs: 50 })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = portOf(server)
})
afterAll(() => server.close())

const portOf = ({ app }: TestApp): number => (app.server.address() as AddressInfo).port
const requestOf = (project: TestProject, headers: string[] = []): string =>
  [`GET /api/widget/v1/${project.key}/board HTTP/1.1`, 'host: votes.example', `origin: ${ORIGIN}`, ...headers, '', ''].join('\r\n')

interface Line {
  socket: Socket
  text(): string
  /** Resolves once so many answers have come. */
  answers(count: number): Promise<void>
}
async function open(to = port): Promise<Line> {
  const socket = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => void socket.once('connect', () => resolve()))
  return {
    socket, text: () => text,
    answers: (count) => expect.poll(() => text.match(/HTTP\/1\.1 \d+/g)?.length ?? 0, { interval: 5 }).toBe(count),
  }
}
/** The route’s first answer, which the lane learns from. */
async function taught(node: TestApp, project = node.project): Promise<void> {
  for (let n = 0; n < 2; n += 1) await askRaw(portOf(node), requestOf(project).trimEnd().split('\r\n'))
}

test('A connection stays with the lane while the board changes under it', async () => {
  const project = await server.addProject()
  await taught(server, project)
  const line = await open()
  const before = server.app.boardLane.answers
  for (let round = 1; round <= 5; round += 1) {
    await new Visitor(server, { project, ip: `10.3.${round}.1` }).vote(project.items[0])
    await sleep(60)
    line.socket.write(requestOf(project))
    await line.answers(round)
  }
  expect(server.app.boardLane.answers - before).toBe(5)
  // A head may be there before its body.
  await expect.poll(() => [...line.text().matchAll(/"Gift cards","description":"","status":"open","votes":(\d)/g)].map(([, votes]) => votes)).toEqual(['1', '2', '3', '4', '5'])
  line.socket.destroy()
})

test('What is no read of a board makes the connection Node’s, with nothing lost', async () => {
  await taught(server)
  const line = await open()
  line.socket.write(requestOf(server.project))
  await line.answers(1)
  const body = JSON.stringify({})
  const post = [`POST /api/widget/v1/${server.project.key}/sessions HTTP/1.1`, 'host: votes.example', `origin: ${ORIGIN}`, 'content-type: application/json', `content-length: ${body.length}`, '', body].join('\r\n')
  line.socket.write(post)
  await line.answers(2)
  line.socket.write(requestOf(server.project))
  await line.answers(3)
  expect(line.text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 201', 'HTTP/1.1 200'])
  line.socket.destroy()
})

test('A request in pieces is answered once it is whole', async () => {
  await taught(server)
  const line = await open()
  for (const piece of requestOf(server.project).match(/[\s\S]{1,20}/g) ?? []) {
    line.socket.write(piece)
    await sleep(2)
  }
  await line.answers(1)
  expect(line.text()).toMatch(/^HTTP\/1\.1 200 OK/)
  line.socket.destroy()
})

test('Many requests sent at once are answered in their order', async () => {
  const project = await server.addProject()
  await taught(server, project)
  const etag = /etag: (\S+)/.exec((await askRaw(port, requestOf(project).trimEnd().split('\r\n'))).head)?.[1] ?? 'none'
  const line = await open()
  for (let n = 0; n < 50; n += 1) line.socket.write(requestOf(project, n % 2 === 0 ? [] : [`if-none-match: ${etag}`]))
  await line.answers(50)
  expect(line.text().match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? 'HTTP/1.1 200' : 'HTTP/1.1 304')))
  line.socket.destroy()
})

test('Who says after the request that nothing more will come is answered, and the connection ends', async () => {
  await taught(server)
  const line = await open()
  const ended = new Promise<void>((resolve) => void line.socket.once('end', () => resolve()))
  line.socket.end(requestOf(server.project))
  await ended
  expect(line.text()).toMatch(/^HTTP\/1\.1 200 OK/)
})

test('Who asks and does not read fills no memory', async () => {
  const project = await server.addProject()
  for (const item of project.items) {
    await server.app.inject({
      method: 'PATCH', url: `/api/moderation/v1/items/${item}`, headers: { authorization: server.operators.moderator },
      payload: { project: project.key, description: 'x'.repeat(1900) },
    })
  }
  await taught(server, project)
  const line = await open()
  line.socket.pause()
  const before = server.app.boardLane.answers
  const request = requestOf(project)
  // Each on its own, as long as they are taken: some 60 MB of answers if nobody stops.
  for (let n = 0; n < 10_000 && line.socket.writableLength < 100_000; n += 1) {
    line.socket.write(request)
    if (n % 10 === 0) await sleep(0)
  }
  const answeredBy = (): number => server.app.boardLane.answers - before
  await expect.poll(async () => {
    const earlier = answeredBy()
    await sleep(200)
    return answeredBy() - earlier
  }, { timeout: 30_000 }).toBe(0)
  const answered = answeredBy()
  expect(answered).toBeLessThan(3000)
  // It goes on where it stopped.
  line.socket.resume()
  await expect.poll(answeredBy).toBeGreaterThan(answered)
  line.socket.destroy()
})

test('A board that is held is answered while PostgreSQL is away', async () => {
  const cable = await cableTo(server.databaseUrl)
  const node = await startApp({ databaseUrl: cable.url })
  try {
    await node.app.listen({ host: '127.0.0.1', port: 0 })
    await taught(node)
    cable.unplug()
    const line = await open(portOf(node))
    line.socket.write(requestOf(node.project))
    await line.answers(1)
    expect(line.text()).toMatch(/^HTTP\/1\.1 200 OK/)
    line.socket.destroy()
  } finally {
    cable.plugIn()
    await node.close()
    await cable.close()
  }
})

test('A server with such connections closes at once', async () => {
  const node = await startApp()
  await node.app.listen({ host: '127.0.0.1', port: 0 })
  await taught(node)
  const lines = await Promise.all(Array.from({ length: 10 }, () => open(portOf(node))))
  for (const line of lines) line.socket.write(requestOf(node.project))
  for (const line of lines) await line.answers(1)
  const silent = await open(portOf(node))
  const began = performance.now()
  await node.close()
  tellTook('a close with ten lane connections', began)
  expect(node.app.server.listening).toBe(false)
  for (const { socket } of [...lines, silent]) socket.destroy()
})
