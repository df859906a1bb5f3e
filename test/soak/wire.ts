/**
 * One kept-alive connection that sends one request at a time. Written on a bare socket: node’s own HTTP client takes as much CPU as
 * the server does for the same vote, and the machine is shared by both. Speaks what this server answers, and no more.
 */
import { type Socket, connect } from 'node:net'
import { wireOf } from '../helpers/ballot-mill.ts'

export interface Answer {
  status: number
  /** Lower-case names; of several with one name, the last. */
  headers: ReadonlyMap<string, string>
  body: string
  ms: number
}

/** No answer: `broken`, the connection ended or could not be made; `timeout`, it stayed silent. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly kind: 'broken' | 'timeout'

  constructor(kind: 'broken' | 'timeout', because: string) {
    super(because)
    this.kind = kind
  }
}

export interface WireRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

interface Pending {
  began: number
  timer: NodeJS.Timeout
  resolve(answer: Answer): void
  reject(error: NoAnswer): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

export class Wire {
  readonly #port: number
  readonly #timeoutMs: number
  #socket: Socket | undefined
  #received: Buffer = NOTHING
  #pending: Pending | undefined

  constructor(port: number, timeoutMs = 15_000) {
    this.#port = port
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with NoAnswer. The next request opens a new connection where this one ended. */
  send(request: WireRequest): Promise<Answer> {
    if (this.#pending !== undefined) throw new Error('this connection is waiting for an answer')
    const socket = (this.#socket ??= this.#open())
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(socket, new NoAnswer('timeout', `no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs)
      this.#pending = { began: performance.now(), timer, resolve, reject }
      socket.write(wireOf(request))
    })
  }

  close(): void {
    if (this.#socket !== undefined) this.#end(this.#socket, new NoAnswer('broken', 'closed by us'))
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    let because = 'the connection was closed'
    socket.on('data', (chunk) => this.#take(socket, chunk))
    socket.on('error', (error) => (because = error.message))
    socket.on('close', () => this.#end(socket, new NoAnswer('broken', because)))
    return socket
  }

  #end(socket: Socket, error: NoAnswer): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    this.#received = NOTHING
    socket.destroy()
    this.#finish()?.reject(error)
  }

  #finish(): Pending | undefined {
    const pending = this.#pending
    this.#pending = undefined
    clearTimeout(pending?.timer)
    return pending
  }

  #take(socket: Socket, chunk: Buffer): void {
    if (this.#socket !== socket) return
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0 || this.#pending === undefined) return
    const [first = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n')
    const headers = new Map(lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }))
    const status = Number(first.split(' ')[1])
    const body = this.#bodyFrom(headEnd + HEAD_END.length, status, headers)
    if (body === undefined) return
    this.#received = NOTHING
    const pending = this.#finish()
    if (pending === undefined) return
    // Closed after this answer, as the server says: not in the middle of the next request.
    if (headers.get('connection') === 'close') this.#end(socket, new NoAnswer('broken', 'closed as announced'))
    pending.resolve({ status, headers, body, ms: performance.now() - pending.began })
  }

  /** undefined: it has not all arrived. */
  #bodyFrom(start: number, status: number, headers: ReadonlyMap<string, string>): string | undefined {
    if (status === 304 || status === 204) return ''
    const length = headers.get('content-length')
    if (length !== undefined) {
      const end = start + Number(length)
      return this.#received.length < end ? undefined : this.#received.toString('utf8', start, end)
    }
    const rest = this.#received.toString('utf8', start)
    // Chunks are for counting here, not for reading: what is read has a length.
    return rest.endsWith('0\r\n\r\n') ? rest : undefined
  }
}
