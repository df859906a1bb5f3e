/** A document that is made once, when somebody first asks, and then answered from memory: compressed, with a strong tag for each form. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Encoding, matchesTag, preferredEncoding } from './negotiation.ts'

/** Brotli’s quality 5 packs the API’s description in a fiftieth of the time of 11, and hardly less well. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
const CACHING = 'public, max-age=60'

interface Kept {
  digest: string
  /** The plain text is not among them: it is ten times as large, and few ask for it. */
  bodies: Record<Exclude<Encoding, 'identity'>, Buffer>
}

/** Answers one request, with 304 where the client has the document already. */
export type AnswerDocument = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** @param make its text; asked once, and again only after it failed */
export function keepDocument(type: string, make: () => string): AnswerDocument {
  let kept: Promise<Kept> | undefined
  const read = (): Promise<Kept> => {
    kept ??= pack(make).catch((error: unknown) => {
      kept = undefined
      throw error
    })
    return kept
  }
  return async (request, reply) => {
    const { digest, bodies } = await read()
    const encoding = preferredEncoding(request.headers['accept-encoding'])
    const etag = encoding === 'identity' ? `"${digest}"` : `"${digest}-${encoding}"`
    reply.header('cache-control', CACHING).header('etag', etag).header('vary', 'Accept-Encoding')
    if (matchesTag(request.headers['if-none-match'], etag)) return reply.code(304).send()
    if (encoding === 'identity') return reply.type(type).send(await promisify(brotliDecompress)(bodies.br))
    return reply.header('content-encoding', encoding).type(type).send(bodies[encoding])
  }
}

async function pack(make: () => string): Promise<Kept> {
  const text = Buffer.from(make())
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(text, BROTLI), promisify(gzip)(text)])
  return { digest: createHash('sha256').update(text).digest('base64url').slice(0, 22), bodies: { br, gzip: zipped } }
}
