/**
 * Allowed origins: exact, or one explicit leading wildcard label (`https://*.example.com`). Compared as parsed origins,
 * label by label; a substring is never enough.
 */
const WILDCARD = '*.'

/** The canonical pattern to store, or undefined when it is none: a path, a bare host, `*`, `https://*.com`, `null`. */
export function normaliseOriginPattern(text: string): string | undefined {
  const match = /^(https?):\/\/(\*\.)?([^/?#@*]+)\/?$/i.exec(text.trim())
  if (match === null) return undefined
  const [, scheme = '', wildcard = '', authority = ''] = match
  let url: URL
  try {
    url = new URL(`${scheme}://${authority}`)
  } catch {
    return undefined
  }
  if (wildcard === '') return url.origin
  // A wildcard over a top-level domain, or over an address, allows strangers.
  if (url.protocol !== 'https:' || !url.hostname.includes('.') || /^[\d.]+$|^\[/.test(url.hostname)) return undefined
  return `https://${WILDCARD}${url.host}`
}

/** `origin` is the header as it came: `null`, absent and malformed ones are simply not allowed. */
export function originAllowed(origin: string | undefined, patterns: readonly string[]): boolean {
  if (origin === undefined || origin === 'null') return false
  if (patterns.includes(origin)) return true
  return patterns.some((pattern) => {
    const suffix = /^https:\/\/\*(\..+)$/.exec(pattern)?.[1]
    if (suffix === undefined || !origin.startsWith('https://') || !origin.endsWith(suffix)) return false
    const labels = origin.slice('https://'.length, -suffix.length)
    return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(labels)
  })
}
