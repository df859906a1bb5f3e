/**
 * What an audit entry says of a change: small, storable, and without what must not lie in a log. Callers hand over the fields that
 * changed; this is the last look at them, whoever called.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Json, canonicalJson } from './canonical-json.ts'
import { maskEmail } from './mask.ts'

/** Of `before` and of `after` each, as canonical JSON. */
export const DETAIL_BYTES = 16 * 1024
const LONGEST_TEXT = 1000
const LONGEST_LIST = 100
const DEEPEST = 6

/** Names whose values are secret wherever they stand. Nothing should hand one over; this is for the day when something does. */
const SECRET_NAME = /(?:secret|password|passphrase|pepper|totp|token)$|^(?:authorization|cookie|code|routingkey|headers)$/i
/** What is said of a secret instead: whether there is one is no secret. */
export const SECRET = '(secret)'
/** Bounded on both sides: a long text without one is still gone through in no time. */
const MAIL = /[^\s@<>"'(),;:]{1,64}@[^\s@<>"'(),;:]{1,253}/g

/** `undefined` and null give null. What is cut says so, where it is cut. */
export function auditDetail(value: object | null | undefined): Json {
  if (value === undefined || value === null) return null
  // As it will be read again: dates are text, what is undefined is not there.
  const small = shrink(JSON.parse(JSON.stringify(value)) as Json, 0)
  const bytes = Buffer.byteLength(canonicalJson(small))
  if (bytes <= DETAIL_BYTES || small === null || typeof small !== 'object') return small
  return dropLargest(small as Record<string, Json>, bytes)
}

/** As it may lie in the log: PostgreSQL takes no NUL and no lone surrogate. */
export function auditText(text: string): string {
  const storable = text.replaceAll('\0', '').toWellFormed()
  return cutText(storable.includes('@') ? storable.replaceAll(MAIL, (address) => maskEmail(address)) : storable)
}

function shrink(value: Json, depth: number): Json {
  if (typeof value === 'string') return auditText(value)
  if (value === null || typeof value !== 'object') return value
  if (depth === DEEPEST) return '…'
  if (Array.isArray(value)) {
    const kept = value.slice(0, LONGEST_LIST).map((entry: Json) => shrink(entry, depth + 1))
    return value.length > kept.length ? [...kept, `… and ${value.length - kept.length} more`] : kept
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [
    auditText(name), SECRET_NAME.test(name) && member !== null && typeof member !== 'boolean' ? SECRET : shrink(member, depth + 1),
  ]))
}

function cutText(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT).toWellFormed()} … (${text.length} characters)`
}

/** Whole members give way, the largest first, each to a line that says how large it was and what it would hash to. */
function dropLargest(detail: Record<string, Json>, bytes: number): Json {
  const left = { ...detail }
  let size = bytes
  const members = Object.entries(detail).map(([name, member]) => ({ name, text: canonicalJson(member) })).toSorted((a, b) => b.text.length - a.text.length)
  for (const { name, text } of members) {
    if (size <= DETAIL_BYTES) break
    const note = `… ${Buffer.byteLength(text)} bytes, SHA-256 ${createHash('sha256').update(text).digest('hex')}`
    left[name] = note
    size += Buffer.byteLength(canonicalJson(note)) - Buffer.byteLength(text)
  }
  return size <= DETAIL_BYTES ? left : `… ${bytes} bytes in ${members.length} fields`
}

/** Of two states of the same thing what differs, for `before` and `after`. */
export function changedFields<State extends object>(before: State, after: State): { before: Partial<State>; after: Partial<State> } {
  const differing = (Object.keys(after) as (keyof State)[]).filter((name) => !isDeepStrictEqual(before[name], after[name]))
  const only = (state: State): Partial<State> => Object.fromEntries(differing.map((name) => [name, state[name]])) as Partial<State>
  return { before: only(before), after: only(after) }
}
