/** What the lane has to know of a request, from one that Node has read or from bytes as they came. Pure. */
import type { IncomingMessage } from 'node:http'

export interface Asked {
  /** Path and query. */
  url: string
  origin: string
  acceptEncoding: string | undefined
  ifNoneMatch: string | undefined
  userAgent: string | undefined
  forwardedFor: string | undefined
}

/** undefined: it is not as usual as the lane takes them. */
export function askedOf({ method, url = '', httpVersion, headers }: IncomingMessage): Asked | undefined {
  const { origin, connection } = headers
  if (method !== 'GET' || httpVersion !== '1.1' || origin === undefined) return undefined
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return undefined
  if (headers.range !== undefined || headers.expect !== undefined || headers.upgrade !== undefined) return undefined
  return {
    url, origin, acceptEncoding: headers['accept-encoding'], ifNoneMatch: headers['if-none-match'], userAgent: headers['user-agent'],
    forwardedFor: headers['x-forwarded-for'] as string | undefined,
  }
}

const LONGEST = 4096
const METHOD = 'GET '
const VERSION = ' HTTP/1.1\r\n'
const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
/** By byte, 1 for those that are. */
const setOf = (pattern: RegExp): Uint8Array => Uint8Array.from({ length: 256 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0))
/** What a header’s name is made of (RFC 9110, 5.6.2). */
const IN_NAMES = setOf(/[\w!#$%&'*+.^`|~-]/)
const IN_VALUES = setOf(/[\t -~]/)
const IN_URLS = setOf(/[!-~]/)

/**
 * The same of the bytes of one request, in a single pass: this is what a read costs. undefined: Node’s parser should see it; so it is for
 * anything that is not complete, not alone, has a body, comes twice, or is written in a way that two parsers could take for two things.
 */
export function readAsked(chunk: Buffer): Asked | undefined {
  if (chunk.length > LONGEST) return undefined
  const text = chunk.toString('latin1')
  if (!text.startsWith(METHOD)) return undefined
  let at = METHOD.length
  while (IN_URLS[chunk[at] ?? 0] === 1) at += 1
  if (!text.startsWith(VERSION, at)) return undefined
  const url = text.slice(METHOD.length, at)
  at += VERSION.length

  let host = false
  let connection = false
  let origin: string | undefined
  let acceptEncoding: string | undefined
  let ifNoneMatch: string | undefined
  let userAgent: string | undefined
  let forwardedFor: string | undefined
  while (chunk[at] !== CR) {
    const begin = at
    while (IN_NAMES[chunk[at] ?? 0] === 1) at += 1
    const colon = at
    if (colon === begin || chunk[colon] !== COLON) return undefined
    at += 1
    while (IN_VALUES[chunk[at] ?? 0] === 1) at += 1
    if (chunk[at] !== CR || chunk[at + 1] !== LF) return undefined
    // By length first: most names are passed over without being read.
    switch (colon - begin) {
      case 4:
        if (!isNamed(chunk, begin, 'host')) break
        if (host) return undefined
        host = true
        break
      case 5:
        if (isNamed(chunk, begin, 'range')) return undefined
        break
      case 6:
        if (isNamed(chunk, begin, 'expect')) return undefined
        if (!isNamed(chunk, begin, 'origin')) break
        if (origin !== undefined) return undefined
        origin = text.slice(colon + 1, at).trim()
        break
      case 7:
        if (isNamed(chunk, begin, 'upgrade')) return undefined
        break
      case 10:
        if (isNamed(chunk, begin, 'user-agent')) {
          if (userAgent !== undefined) return undefined
          userAgent = text.slice(colon + 1, at).trim()
        } else if (isNamed(chunk, begin, 'connection')) {
          if (connection || text.slice(colon + 1, at).trim().toLowerCase() !== 'keep-alive') return undefined
          connection = true
        }
        break
      case 13:
        if (!isNamed(chunk, begin, 'if-none-match')) break
        if (ifNoneMatch !== undefined) return undefined
        ifNoneMatch = text.slice(colon + 1, at).trim()
        break
      case 14:
        if (isNamed(chunk, begin, 'content-length')) return undefined
        break
      case 15:
        if (isNamed(chunk, begin, 'accept-encoding')) {
          if (acceptEncoding !== undefined) return undefined
          acceptEncoding = text.slice(colon + 1, at).trim()
        } else if (isNamed(chunk, begin, 'x-forwarded-for')) {
          if (forwardedFor !== undefined) return undefined
          forwardedFor = text.slice(colon + 1, at).trim()
        }
        break
      case 16:
        // Read as Connection by Node.
        if (isNamed(chunk, begin, 'proxy-connection')) return undefined
        break
      case 17:
        if (isNamed(chunk, begin, 'transfer-encoding')) return undefined
        break
      default:
    }
    at += 2
  }
  const isAll = chunk[at + 1] === LF && at + 2 === chunk.length
  return isAll && host && origin !== undefined ? { url, origin, acceptEncoding, ifNoneMatch, userAgent, forwardedFor } : undefined
}

/** Without case. Of what a name is made of, only letters become letters by this bit. */
function isNamed(chunk: Buffer, begin: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (((chunk[begin + index] ?? 0) | 0x20) !== name.charCodeAt(index)) return false
  }
  return true
}
