/** HTTP as it goes over the wire, byte for byte. */
import { type AddressInfo, connect } from 'node:net'
import { type Server, createServer } from 'node:http'
import type { FastifyInstance } from 'fastify'

export interface RawAnswer {
  status: number
  /** Status line and headers as they came, in their order; of the date only that there is one. */
  head: string
  headers: Record<string, string>
  body: Buffer
}

/** Sends these lines and an empty one, on a connection of its own, and reads one answer. */
export async function askRaw(port: number, lines: readonly string[]): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = Buffer.alloc(0)
    const settle = (ended: boolean): void => {
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = received.subarray(0, end).toString('latin1')
      const headers = Object.fromEntries(head.split('\r\n').slice(1).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]))
      const status = Number(head.split(' ')[1])
      const length = lines[0]?.startsWith('HEAD') === true || status === 304 || status === 204 ? 0 : Number(headers['content-length'] ?? Number.NaN)
      const body = received.subarray(end + 4)
      if (body.length < length || (Number.isNaN(length) && !ended)) return
      socket.destroy()
      resolve({ status, head: head.replace(/\r\nDate: [^\r]+ GMT/, '\r\nDate: now'), headers, body })
    }
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      settle(false)
    })
    socket.on('close', () => {
      settle(true)
      reject(new Error(`the connection was closed in the middle of an answer: ${received.toString('latin1').slice(0, 200)}`))
    })
    socket.on('error', reject)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  })
}

/** The same routes on a port without anything in front of them. */
export async function listenWithoutLane(app: FastifyInstance): Promise<{ port: number; server: Server }> {
  const server = createServer((request, response) => app.routing(request, response))
  server.keepAliveTimeout = app.server.keepAliveTimeout
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}
