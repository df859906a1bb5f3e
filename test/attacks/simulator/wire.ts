/** HTTP as it leaves the simulator: loopback only, from whatever source address the trusted proxy is made to vouch for. */
import { Agent, request as httpRequest } from 'node:http'

export interface Answer {
  /** 0: no answer. */
  status: number
  body: unknown
  retryAfter: number
}
export interface Asked {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers?: Record<string, string>
  body?: unknown
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const SOCKETS = 32
const PATIENCE_MS = 20_000

/** @throws RangeError for anything but http to this machine: this program attacks what it is pointed at. */
export function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' || !LOOPBACK.test(url.hostname)) {
    throw new RangeError(`The simulator attacks servers on this machine only (http://127.0.0.1:…); refused: ${text}`)
  }
  return url
}

export class Wire {
  readonly #base: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  /** Answers of 500 and above, and connections without one: an attack must never get these out of a server. */
  readonly faults: string[] = []
  requests = 0

  constructor(base: string) {
    this.#base = loopbackUrl(base)
  }

  send({ method, path, headers = {}, body }: Asked): Promise<Answer> {
    this.requests += 1
    const payload = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve) => {
      const failed = (why: string): void => {
        this.faults.push(`${method} ${path}: ${why}`)
        resolve({ status: 0, body: undefined, retryAfter: 0 })
      }
      const sent = httpRequest(
        new URL(path, this.#base),
        {
          method, agent: this.#agent, timeout: PATIENCE_MS,
          headers: {
            ...headers,
            ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
          },
        },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('error', (error) => failed(error.message))
          response.on('end', () => {
            const text = Buffer.concat(parts).toString()
            const status = response.statusCode ?? 0
            if (status >= 500) this.faults.push(`${method} ${path}: ${status} ${text.slice(0, 200)}`)
            resolve({ status, body: parse(text), retryAfter: Number(response.headers['retry-after'] ?? 0) })
          })
        },
      )
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
      sent.on('error', (error) => failed(error.message))
      sent.end(payload)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    // Not JSON: the status says enough.
    return undefined
  }
}
