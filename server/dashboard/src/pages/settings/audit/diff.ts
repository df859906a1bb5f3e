/** Before and after of an audit entry as rows: field, what it was, what it is. */

export interface DiffRow {
  /** `smtp.host` of what is nested. */
  field: string
  /** undefined: it says nothing about that side. */
  old: string | undefined
  next: string | undefined
}

/** Fields in the order they were written, those of `before` first. `timeWords` of milliseconds since the epoch. */
export function diffRows(before: unknown, after: unknown, timeWords: (at: number) => string): DiffRow[] {
  const [old, next] = [flatten(before, timeWords), flatten(after, timeWords)]
  return [...new Set([...old.keys(), ...next.keys()])].map((field) => ({ field, old: old.get(field), next: next.get(field) }))
}

function flatten(value: unknown, timeWords: (at: number) => string, name = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) {
    if (name !== '') into.set(name, 'none')
    return into
  }
  if (!isRecord(value)) return into.set(name === '' ? 'detail' : name, words(value, name, timeWords))
  const members = Object.entries(value)
  // An empty object says something only where it stands for a field.
  if (members.length === 0 && name !== '') into.set(name, 'none')
  for (const [member, inner] of members) flatten(inner, timeWords, name === '' ? member : `${name}.${member}`, into)
  return into
}

function words(value: unknown, name: string, timeWords: (at: number) => string): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((entry) => (isTallyChange(entry) ? `item ${entry.itemId}: ${entry.before} → ${entry.after}` : isRecord(entry) ? pairs(entry, timeWords) : String(entry))).join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number' && /(?:At|since|until)$/.test(name) && value > 1e11) return timeWords(value)
  return String(value)
}

const pairs = (record: Record<string, unknown>, timeWords: (at: number) => string): string =>
  Object.entries(record).map(([name, value]) => `${name} ${words(value, name, timeWords)}`).join(' ')

/** What says most where there is room for two: a change from one value to another, then what a thing is and why. */
const TELLING = ['name', 'title', 'value', 'network', 'matched', 'filter', 'mode', 'reason', 'note']

export function tellingFirst(rows: readonly DiffRow[]): DiffRow[] {
  const rank = ({ field, old, next }: DiffRow): number => {
    const told = TELLING.indexOf(field.split('.')[0] ?? '')
    return (old !== undefined && next !== undefined ? 0 : TELLING.length + 1) + (told < 0 ? TELLING.length : told)
  }
  return rows.toSorted((a, b) => rank(a) - rank(b))
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTallyChange = (value: unknown): value is { itemId: string; before: number; after: number } => isRecord(value) && 'itemId' in value && 'before' in value && 'after' in value
