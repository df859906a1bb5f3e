/**
 * JSON as one text, whoever writes it: RFC 8785. Members are sorted by their names’ UTF-16 code units, numbers and strings are as
 * ECMAScript writes them, and nothing is between. What jsonb gives back therefore has the text it had going in.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A number too large for a double, which jsonb can hold and we never write, gets a text that no JSON has, and so equals nothing. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)
