/**
 * `app.departure`: how this node leaves. First it says so for a moment (503 from /healthz and /readyz, `Connection: close` on every
 * answer) while it serves on, so that a proxy sends the next requests elsewhere; then it closes, and waits for no connection on which
 * nothing is under way. `server.close()` alone waits for two kinds of them, measured at 10 s and more: those nothing was ever sent on
 * (browsers and proxies open some in advance), and those whose last answer was under way when it was called. Whatever waits for it,
 * such as the ledger’s last lines, was then cut off by the supervisor.
 */
import type { Socket } from 'node:net'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'

const SWEEP_MS = 50
/** What is still under way then is somebody who sends or reads very slowly. */
const LONGEST_WAIT_MS = 5000

declare module 'fastify' {
  interface FastifyInstance {
    departure: {
      readonly begun: boolean
      /** Resolves after `milliseconds` of serving on. Before `close()`; without it, closing is sudden but loses no answer under way. */
      begin(milliseconds: number): Promise<void>
    }
  }
}

export default fp(
  async (app) => {
    const server = app.server as Server
    const open = new Set<Socket>()
    server.on('connection', (socket) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    })
    let begun = false
    const lastAnswers = (): void => {
      if (begun) return
      begun = true
      // Only now, so that an ordinary request does not pass it. The request reads as one that asked for it: whoever says an answer again
      // from memory, head and all, must not say that the connection stays open.
      server.prependListener('request', (request, response) => {
        request.headers.connection = 'close'
        response.setHeader('connection', 'close')
      })
    }
    app.decorate('departure', {
      get begun() {
        return begun
      },
      begin: async (milliseconds) => {
        lastAnswers()
        await sleep(milliseconds)
      },
    })

    let sweeping: NodeJS.Timeout | undefined
    app.addHook('preClose', async () => {
      lastAnswers()
      const began = performance.now()
      sweeping = setInterval(() => {
        if (performance.now() - began > LONGEST_WAIT_MS) server.closeAllConnections()
        else server.closeIdleConnections()
        for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
      }, SWEEP_MS)
      // The rest of the closing, of the database say, may take longer than that.
      server.once('close', () => clearInterval(sweeping))
    })
    app.addHook('onClose', async () => clearInterval(sweeping))
  },
  { name: 'departure' },
)
