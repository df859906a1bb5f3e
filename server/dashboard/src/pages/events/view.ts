/** What the address bar says of a list of events: which ones, of what time, in what order, grouped by what. */
import type { Query } from '../../app/api.ts'

const HOUR_MS = 3_600_000
/** Lengths that end now; a view of the last day is one tomorrow too. */
export const RANGES: readonly (readonly [string, string, number])[] = [
  ['1h', 'last hour', HOUR_MS], ['24h', 'last 24 hours', 24 * HOUR_MS], ['7d', 'last 7 days', 168 * HOUR_MS], ['30d', 'last 30 days', 720 * HOUR_MS],
]
export const GROUPS: readonly (readonly [string, string])[] = [
  ['ipAddress', 'address'], ['origin', 'origin'], ['eventType', 'type'], ['severity', 'severity'], ['fingerprint', 'fingerprint'], ['endpoint', 'endpoint'],
  ['errorMessage', 'message'],
]
/** Fields of the filter that take text, as the API and the address bar call them. */
export const TEXT_FIELDS: readonly (readonly [string, string, string])[] = [
  ['ip', 'Address', '203.0.113.7'], ['origin', 'Origin', 'https://…'], ['user', 'User, masked', 'usr_1234***'], ['fingerprint', 'Fingerprint', ''], ['endpoint', 'Endpoint', ''],
  ['errorMessage', 'Message, beside a type', ''],
]
const FILTER = ['eventType', 'severity', 'isRead', 'ip', 'origin', 'fingerprint', 'user', 'endpoint', 'errorMessage', 'range', 'since', 'until'] as const

/** What the daily review begins with. */
export const REVIEWS: readonly { name: string; what: string; query: Record<string, string> }[] = [
  { name: 'High priority', what: 'High and critical, unread, of the last 24 hours', query: { severity: 'high,critical', isRead: 'false', range: '24h' } },
  { name: 'Bot detection', what: 'Suspicious activity of the last hour, by address', query: { eventType: 'suspicious_activity', range: '1h', groupBy: 'ipAddress' } },
  {
    name: 'Authentication audit', what: 'Refused tokens and keys of 7 days, the most frequent cause first',
    query: { eventType: 'jwt_validation_failed,invalid_api_key', range: '7d', groupBy: 'errorMessage' },
  },
]

type Asked = Readonly<Record<string, string | undefined>>

const number = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined)

/** The filter as the API takes it, at this moment. */
export function filterOf(query: Asked, project: string | undefined, now: number): Query {
  const { eventType, severity, isRead, ip, origin, fingerprint, user, endpoint, errorMessage, range } = query
  const length = RANGES.find(([id]) => id === range)?.[2]
  return {
    project, eventType, severity, isRead: isRead === 'true' || isRead === 'false' ? isRead : undefined, ip, origin, fingerprint, user, endpoint,
    // The API takes it beside a type only.
    errorMessage: eventType === undefined ? undefined : errorMessage,
    // To the second: what is asked for again within it is the same.
    since: length === undefined ? number(query['since']) : Math.floor((now - length) / 1000) * 1000,
    until: length === undefined ? number(query['until']) : undefined,
  }
}

/** The same for a body, where the booleans of the address bar are booleans. */
export function bodyFilterOf(query: Asked, project: string | undefined, now: number): Record<string, string | number | boolean> {
  const entries = Object.entries(filterOf(query, project, now)).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '')
  return Object.fromEntries(entries.map(([name, value]) => [name, name === 'isRead' ? value === 'true' : value]))
}

export const isFiltered = (query: Asked): boolean => FILTER.some((name) => query[name] !== undefined)
/** Takes the whole view out of the address bar, the project aside. */
export const NOTHING: Query = Object.fromEntries([...FILTER, 'groupBy', 'sort', 'row'].map((name) => [name, null]))

/** Whether the address bar says exactly this view. */
export const isView = (query: Asked, view: Asked): boolean =>
  [...FILTER, 'groupBy', 'sort'].every((name) => (query[name] ?? '') === (view[name] ?? ''))

/** The filter a group of events is found by, beside that of the view; null: these have no such value, or there is no filter for it. */
export function withinGroup(groupBy: string, key: string | null, query: Asked): Query | null {
  if (key === null || (groupBy === 'errorMessage' && query['eventType'] === undefined)) return null
  return { groupBy: null, row: null, [groupBy === 'ipAddress' ? 'ip' : groupBy]: key }
}
