import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { standInFront } from './lane-front.ts'

test('a request that waits longer than silence may last is answered', async () => {
  const server = createServer((_request, response) => void response.end('routed'))
  standInFront(server, () => sleep(6000))
  await new Promise<void>((resolve) => void server.listen(0, resolve))
  const socket = connect((server.address() as AddressInfo).port)
  let text = ''
  socket.on('data', (chunk) => void (text += String(chunk)))
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n\r\n')
  await expect.poll(() => text, { timeout: 30_000 }).toContain('routed')
  socket.destroy()
  server.close()
}, 60_000)
