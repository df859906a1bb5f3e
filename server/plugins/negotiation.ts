/** Which form of a body a client wants, and whether it has it already (RFC 9110, 12.5.3 and 13.1.2). Pure. */
export type Encoding = 'identity' | 'gzip' | 'br'

/** Browsers send a handful of different ones; what only one client in the world sends is worked out again. */
const MAX_KNOWN = 256
const MAX_KNOWN_LENGTH = 100
const known = new Map<string, Encoding>()

/** The best of ours that `Accept-Encoding` takes; plain where it takes none, for a readable answer beats a 406. */
export function preferredEncoding(header: string | undefined): Encoding {
  if (header === undefined || header === '') return 'identity'
  const seen = known.get(header)
  if (seen !== undefined) return seen
  const encoding = negotiate(header)
  if (header.length <= MAX_KNOWN_LENGTH) {
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(header, encoding)
  }
  return encoding
}

function negotiate(header: string): Encoding {
  const weights = new Map<string, number>()
  for (const part of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim())
    const weight = parameters.map((text) => /^q=([01](?:\.\d{0,3})?)$/.exec(text)?.[1]).find((text) => text !== undefined)
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, weight === undefined ? 1 : Number(weight))
  }
  const others = weights.get('*') ?? 0
  const br = weights.get('br') ?? others
  const gzip = weights.get('gzip') ?? others
  // Unnamed, it is what one falls back to, not what one would rather have.
  const plain = weights.get('identity') ?? 0
  if (br > 0 && br >= gzip && br >= plain) return 'br'
  return gzip > 0 && gzip >= plain ? 'gzip' : 'identity'
}

/** Whether `If-None-Match` names this tag. Compared weakly: a proxy that compresses on its way weakens ours, and means the same. */
export function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  if (header.trim() === '*') return true
  // Between its quotes a tag may have anything but a quote, commas too.
  return header.match(/"[^"]*"/g)?.includes(etag) ?? false
}
