/**
 * In front of Node’s HTTP server. A connection that only reads boards never meets its parser, its request and its response, which take
 * as long again as the read and the write on the socket (measured: 15 µs with them, 9 without). At the first byte that is anything
 * else, half a request included, the connection is Node’s for good, with those bytes: what limits slow, broken and hostile clients is there.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type Asked, readAsked } from './lane-requests.ts'

/** Until the first request; then it is as long as Node lets one be kept. */
const SILENT_MS = 5000

/**
 * `answer` writes to the socket and says whether it has: `false`, it is not for the lane; a promise, it may be in a moment. That one
 * does not reject.
 */
export function standInFront(server: Server, answer: (asked: Asked, socket: Socket, remoteAddress: string | undefined) => boolean | Promise<unknown>): { leave(): void } {
  const behind = server.listeners('connection') as ((socket: Socket) => void)[]
  const standing = new Set<Socket>()
  /** Of these: a request of theirs is in our hand. */
  const waiting = new Set<Socket>()

  const receive = (socket: Socket): void => {
    const { remoteAddress } = socket
    let isKept = false
    const onData = (chunk: Buffer): void => {
      const asked = readAsked(chunk)
      const answered = asked === undefined ? false : answer(asked, socket, remoteAddress)
      if (answered === true) {
        if (!isKept) socket.setTimeout(server.keepAliveTimeout)
        isKept = true
      } else if (answered === false || asked === undefined) {
        handOver(chunk)
      } else {
        // Whatever comes meanwhile waits in the socket, and is not read before this is answered.
        waiting.add(socket)
        socket.pause()
        void answerAfter(answered, asked, chunk)
      }
    }
    const answerAfter = async (ready: Promise<unknown>, asked: Asked, chunk: Buffer): Promise<void> => {
      await ready
      waiting.delete(socket)
      if (!standing.has(socket)) return
      if (answer(asked, socket, remoteAddress) !== true) handOver(chunk)
      else if (!socket.writableNeedDrain) socket.resume()
    }
    const onTimeout = (): void => {
      if (waiting.has(socket)) return
      // Nothing came yet: Node knows how long that may last.
      if (isKept) socket.destroy()
      else handOver(undefined)
    }
    const onEnd = (): void => void socket.end()
    const onDrain = (): void => {
      if (!waiting.has(socket)) socket.resume()
    }
    const onError = (): void => void socket.destroy()
    const onClose = (): void => void standing.delete(socket)
    const listeners = [['data', onData], ['timeout', onTimeout], ['end', onEnd], ['drain', onDrain], ['error', onError], ['close', onClose]] as const

    const handOver = (chunk: Buffer | undefined): void => {
      standing.delete(socket)
      for (const [event, listener] of listeners) socket.removeListener(event, listener as () => void)
      socket.setTimeout(0)
      socket.pause()
      if (chunk !== undefined) socket.unshift(chunk)
      for (const listener of behind) listener.call(server, socket)
      process.nextTick(() => socket.resume())
    }

    standing.add(socket)
    for (const [event, listener] of listeners) socket.on(event, listener as () => void)
    socket.setTimeout(SILENT_MS)
  }

  server.removeAllListeners('connection')
  server.on('connection', receive)
  return {
    /** For a server that closes. Connections with nothing under way end; those that wait go to Node with what they asked. */
    leave: () => {
      for (const socket of standing) {
        if (waiting.has(socket)) continue
        standing.delete(socket)
        socket.destroySoon()
      }
    },
  }
}
