/**
 * Arrays as PostgreSQL reads them, for statements that take whole batches. node-postgres makes them too, but looks at what each element
 * is and quotes all of them: a fifth of what a vote cost this process (measured).
 *
 * What a function takes must be what it says: none of them quotes more than it has to.
 */

/** Numbers, booleans, and texts that cannot need quotes: identifiers of ours, addresses, single letters. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

/** One column of many rows, the same way. */
export const plainColumn = <Row>(rows: readonly Row[], read: (row: Row) => string | number | boolean | null): string => plainArray(rows.map(read))

/** Any text. NUL is refused by PostgreSQL, as everywhere. */
export function textArray(values: readonly (string | null)[]): string {
  let text = ''
  for (const value of values) text += text === '' ? quoted(value) : `,${quoted(value)}`
  return `{${text}}`
}

/** Values for json and jsonb; undefined and null are NULL. */
export function jsonArray(values: readonly unknown[]): string {
  // JSON has no raw control characters, and its text written as JSON once more has its quotes and backslashes just as an array wants them.
  return `{${values.map((value) => (value === null || value === undefined ? 'NULL' : JSON.stringify(JSON.stringify(value)))).join(',')}}`
}

const SPECIAL = /["\\]/
function quoted(value: string | null): string {
  if (value === null) return 'NULL'
  return SPECIAL.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : `"${value}"`
}
