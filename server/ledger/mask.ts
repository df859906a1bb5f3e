/** What the ledger may know of a person: enough to recognise a pattern, not enough to write to them (SECURITY.md). */

/** `jane@example.com` → `j***e@example.com`; one and two letter names keep only the first. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  if (at < 1) return '***'
  const name = email.slice(0, at)
  const last = name.length > 2 ? name.slice(-1) : ''
  return `${name.slice(0, 1)}***${last}${email.slice(at)}`
}

const ENDS_LIKE_MAIL = /\.[^\s.@]{2,}$/

/**
 * `usr_1234567890abcdef12345678` → `usr_1234***`: a third of the characters at most, and no more than eight. An id that is an address
 * of mail is masked as one; another one with an @, whose ends would give away what is between, is hidden whole.
 */
export function maskId(id: string): string {
  if (id.includes('@')) return ENDS_LIKE_MAIL.test(id) ? maskEmail(id) : '***'
  return `${id.slice(0, Math.min(8, Math.floor(id.length / 3)))}***`
}
