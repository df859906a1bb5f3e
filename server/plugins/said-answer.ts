/**
 * An answer as the route gave it, to be given again: all of it in one string, but for the date.
 *
 * In one string it is one plain write. With `writeHead` and a body of its own a board took 16.7 µs of CPU, in one string 12.6, of which
 * the write to the socket is eight (Node 20.20; hello from Fastify, in two pieces, 16.7 in the same run).
 *
 * Reading and setting the head of a response is not documented, though widely done. Where Node has none any more, nothing is
 * learned from the route’s answers, and every request goes to the route.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Representation } from './board-edition.ts'

/** Node’s property for a head that is written, or about to be. */
const HEAD = '_header'
/** A longer body is written as it is: of a long string Node makes a copy at every answer. */
const MAX_IN_ONE = 12 * 1024
const NOTHING = Buffer.alloc(0)

export class SaidAnswer {
  readonly #status: number
  readonly #beforeDate: string
  readonly #afterDate: string
  /** Bytes as characters, or as they are. */
  readonly #body: string | Buffer
  #second = -1
  #text = ''

  constructor(status: number, beforeDate: string, afterDate: string, body: Buffer) {
    this.#status = status
    this.#beforeDate = beforeDate
    this.#afterDate = afterDate
    this.#body = body.length > MAX_IN_ONE ? body : body.toString('latin1')
  }

  /** In place of what Node would write. `date` is that of `second`. */
  send(response: ServerResponse, second: number, date: string): void {
    const body = this.#body
    response.statusCode = this.#status
    ;(response as ServerResponse & { [HEAD]: string })[HEAD] = this.#textAt(second, date)
    if (typeof body === 'string') response.end()
    else response.end(body)
  }

  /** false: the client does not read as fast as it asks. */
  write(socket: Socket, second: number, date: string): boolean {
    const body = this.#body
    if (typeof body === 'string') return socket.write(this.#textAt(second, date), 'latin1')
    socket.cork()
    socket.write(this.#textAt(second, date), 'latin1')
    const keepsUp = socket.write(body)
    socket.uncork()
    return keepsUp
  }

  #textAt(second: number, date: string): string {
    if (this.#second !== second) {
      const body = this.#body
      this.#text = this.#beforeDate + date + this.#afterDate + (typeof body === 'string' ? body : '')
      this.#second = second
    }
    return this.#text
  }
}

/** An answer without what differs from one edition of a board to the next: its tag, its length, its body. */
export class AnswerTemplate {
  readonly #status: number
  readonly #head: string

  constructor(status: number, head: string) {
    this.#status = status
    this.#head = head
  }

  fill(representation: Representation): SaidAnswer {
    const body = this.#status === 304 ? NOTHING : representation.body
    const [before = '', after = ''] = this.#head.replace(ETAG, etagLine(representation)).replace(LENGTH, lengthLine(representation)).split(DATE)
    return new SaidAnswer(this.#status, before, after, body)
  }
}

/** In the places of what differs: no header has such characters. */
const DATE = '\u0000'
const ETAG = '\u0001'
const LENGTH = '\u0002'
const etagLine = ({ etag }: Representation): string => `\r\netag: ${etag}\r\n`
const lengthLine = ({ body }: Representation): string => `\r\ncontent-length: ${body.length}\r\n`

const template = (head: string, of: Representation): string => head.replace(etagLine(of), ETAG).replace(lengthLine(of), LENGTH)

/** undefined: it was given in a way that is not for others, or not as it is understood here. */
export function learnAnswer(response: ServerResponse, representation: Representation): AnswerTemplate | undefined {
  const head = (response as ServerResponse & { [HEAD]?: unknown })[HEAD]
  const { statusCode } = response
  if (typeof head !== 'string' || (statusCode !== 200 && statusCode !== 304)) return undefined
  if (!head.includes('\r\nConnection: keep-alive\r\n') || /^(?:set-cookie|transfer-encoding):/im.test(head)) return undefined
  if (!head.includes(etagLine(representation)) || head.includes(lengthLine(representation)) !== (statusCode === 200)) return undefined
  const [, before, after] = /^(HTTP\/1\.1 \d[\s\S]*\r\nDate: )[^\r\n]*(\r\n[\s\S]*\r\n\r\n)$/.exec(head) ?? []
  return before === undefined || after === undefined ? undefined : new AnswerTemplate(statusCode, template(before + DATE + after, representation))
}
