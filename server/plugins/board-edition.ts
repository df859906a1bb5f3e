/** A board as it is sent: serialised once, compressed once, under a strong tag for each form of it. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Encoding } from './negotiation.ts'
import type { SaidAnswer } from './said-answer.ts'

/** One form of a board. Other bytes have another tag, or a cache could put two halves together (RFC 9110, 8.8.3). */
export interface Representation {
  /** Strong, quoted. */
  readonly etag: string
  readonly encoding: Encoding
  readonly body: Buffer
  /** What the route has said with it, for the lane to say again: to each origin, as a whole and where nothing had changed. */
  readonly said: { readonly whole: Map<string, SaidAnswer>; readonly unchanged: Map<string, SaidAnswer> }
}

/** Below it the headers are most of the answer, and compressing it only costs. */
const COMPRESSED_FROM_BYTES = 1024
/** Measured on 100 items: quality 5 makes 12 % less than gzip in the same time, 9 another 2 % in four times as long. */
const BROTLI_QUALITY = 5

const compress = {
  gzip: promisify(gzip),
  br: (body: Buffer): Promise<Buffer> => promisify(brotliCompress)(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  }),
}

const nothingSaid = (): Representation['said'] => ({ whole: new Map(), unchanged: new Map() })

export class Edition {
  readonly plain: Representation
  readonly #ready: Partial<Record<Encoding, Representation>>
  readonly #making: Partial<Record<Encoding, Promise<Representation>>> = {}

  constructor(body: Buffer) {
    const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22)
    this.plain = { etag: `"${digest}"`, encoding: 'identity', body, said: nothingSaid() }
    this.#ready = body.length < COMPRESSED_FROM_BYTES
      ? { identity: this.plain, gzip: this.plain, br: this.plain }
      : { identity: this.plain }
  }

  /** undefined: nobody has asked for it yet, or it is being made. */
  ready(encoding: Encoding): Representation | undefined {
    return this.#ready[encoding]
  }

  /** Made once, by a thread of its own: a long board holds up no vote. */
  async make(encoding: Encoding): Promise<Representation> {
    const ready = this.#ready[encoding]
    if (ready !== undefined || encoding === 'identity') return ready ?? this.plain
    return await (this.#making[encoding] ??= this.#compress(encoding))
  }

  async #compress(encoding: 'gzip' | 'br'): Promise<Representation> {
    const body = await compress[encoding](this.plain.body)
    const made: Representation = { etag: `${this.plain.etag.slice(0, -1)}.${encoding === 'gzip' ? 'gz' : 'br'}"`, encoding, body, said: nothingSaid() }
    this.#ready[encoding] = made
    return made
  }
}
