/** Cursors: the last row’s sort key, readable on purpose (nothing in it is secret) and checked on the way back in. */
import { Problem } from '../errors.ts'

export const writeCursor = (...parts: (string | number)[]): string => Buffer.from(parts.join('~')).toString('base64url')

/** Throws `invalid_cursor` when the parts do not fit the patterns. */
export function readCursor(cursor: string | undefined, ...patterns: RegExp[]): string[] | null {
  if (cursor === undefined) return null
  const parts = Buffer.from(cursor, 'base64url').toString().split('~')
  if (parts.length !== patterns.length || parts.some((part, index) => !patterns[index]?.test(part))) throw new Problem('invalid_cursor')
  return parts
}

export const CURSOR_ID = /^[1-9]\d{0,8}$/
export const CURSOR_MS = /^\d{1,15}$/
export const CURSOR_UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/
