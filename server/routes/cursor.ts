/**
 * Pages and their cursors: the last row’s sort key, readable on purpose (nothing in it is secret) and checked on the way back
 * in. A query is asked for one row more than the page has; that row says whether there is a next page.
 */
import { Problem } from '../errors.ts'
import { UUID } from './wire-values.ts'

/** Rows on a page of whoever names no `limit`. */
export const DEFAULT_LIMIT = 50

/** `rows` are up to `limit` + 1; `keyOf` gives the parts that `readCursor` reads back, in the same order. */
export function cutPage<Row>(
  rows: readonly Row[], limit: number, keyOf: (row: Row) => (string | number)[],
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { page, nextCursor: last === undefined ? null : Buffer.from(keyOf(last).join('~')).toString('base64url') }
}

/** Throws `invalid_cursor` when the parts do not fit the patterns. */
export function readCursor(cursor: string | undefined, ...patterns: RegExp[]): string[] | null {
  if (cursor === undefined) return null
  const parts = Buffer.from(cursor, 'base64url').toString().split('~')
  if (parts.length !== patterns.length || parts.some((part, index) => !patterns[index]?.test(part))) throw new Problem('invalid_cursor')
  return parts
}

export const CURSOR_ID = /^[1-9]\d{0,9}$/
export const CURSOR_MS = /^\d{1,15}$/
export const CURSOR_UUID = UUID
