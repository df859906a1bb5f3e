/**
 * Visitors of one machine come from an address of their own: each browser goes by a forward proxy that says whose request
 * it is, as the trusted proxy in front of a server does. It reaches only the pages under test; nothing else leaves the machine.
 */
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Gateway {
  /** For a browser’s proxy setting: `http://127.0.0.1:<port>`. */
  readonly url: string
  close(): Promise<void>
}

/** @param origins the only ones it reaches */
export async function openGateway(address: string, origins: readonly string[]): Promise<Gateway> {
  const server = createServer((incoming, answer) => forward(incoming, answer, address, origins))
  // Tunnels would be for https, which nothing here speaks; Chromium asks for some all the same, and may be gone before the answer.
  server.on('connect', (_incoming, socket) => {
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

function forward(incoming: IncomingMessage, answer: ServerResponse, address: string, origins: readonly string[]): void {
  const url = URL.parse(incoming.url ?? '')
  if (url === null || !origins.includes(url.origin)) {
    answer.writeHead(403).end()
    return
  }
  const { 'proxy-connection': _hop, ...headers } = incoming.headers
  const onward = request(url, { method: incoming.method ?? 'GET', headers: { ...headers, 'x-forwarded-for': address } }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.on('error', () => answer.destroy()).pipe(answer)
  })
  // A page that leaves takes its open requests along, on either side.
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  incoming.on('error', () => onward.destroy()).pipe(onward)
}
