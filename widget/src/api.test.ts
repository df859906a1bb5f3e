import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createApi } from './api.ts'

let server: Server | undefined

async function serve(listener: RequestListener) {
  const started = (server = createServer(listener))
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve)
  })
  return createApi(`http://127.0.0.1:${(started.address() as AddressInfo).port}`, 'pk_demo')
}

afterEach(() => {
  server?.close()
})

it('sends a vote as JSON to the item and hands the answer back', async () => {
  const heard: string[] = []
  const api = await serve((request, response) => {
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => heard.push(`${request.method} ${request.url} ${request.headers['content-type']} ${chunk}`))
    request.on('end', () => response.end('{"itemId":"7","value":1,"votes":3,"receipt":"r"}'))
  })
  expect(await api.castVote('7', { value: 1, session: 's' })).toEqual({ itemId: '7', value: 1, votes: 3, receipt: 'r' })
  expect(heard).toEqual(['PUT /api/widget/v1/pk_demo/items/7/vote application/json {"value":1,"session":"s"}'])
})

it('hands on the code, the wait and the fields of a problem', async () => {
  const api = await serve((_, response) => {
    response.writeHead(429, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ code: 'rate_limited', title: 'Too many', retryAfter: 9, errors: [{ pointer: '/title', detail: 'x' }] }))
  })
  const refused = api.readBoard()
  await expect(refused).rejects.toMatchObject({ code: 'rate_limited', status: 429, retryAfter: 9, message: 'Too many', pointers: ['/title'] })
})

it('reads the wait from the header when the body has none, and survives a page that is not JSON', async () => {
  const api = await serve((_, response) => {
    response.writeHead(503, { 'retry-after': '4' })
    response.end('<h1>Service Unavailable</h1>')
  })
  await expect(api.readBoard()).rejects.toMatchObject({ code: 'http_503', retryAfter: 4, passing: true })
})

it('calls a dropped connection a network problem that may pass', async () => {
  const api = await serve((request) => request.socket.destroy())
  await expect(api.readBoard()).rejects.toMatchObject({ code: 'network', status: 0, passing: true })
})

it('does not repeat what the server decided', async () => {
  const api = await serve((_, response) => {
    response.writeHead(409)
    response.end('{"code":"voting_closed"}')
  })
  await expect(api.readBoard()).rejects.toMatchObject({ passing: false })
})
