/** What the ledger may know of a person: enough to recognise a pattern, not enough to write to them (SECURITY.md). */

/** `jane@example.com` → `j***e@example.com`; one and two letter names keep only the first. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  if (at < 1) return '***'
  const name = email.slice(0, at)
  const last = name.length > 2 ? name.slice(-1) : ''
  return `${name.slice(0, 1)}***${last}${email.slice(at)}`
}

/** `usr_12345678` → `usr_1234***`. The first eight characters at most, and at least four always hidden. */
export function maskId(id: string): string {
  return `${id.slice(0, Math.min(8, Math.max(0, id.length - 4)))}***`
}
