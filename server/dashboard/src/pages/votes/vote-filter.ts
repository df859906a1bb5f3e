/** The vote list's filter: in the URL, on the wire, and in words. */
import type { VoteFilter } from '../../../../contract/moderation.ts'
import type { Query } from '../../app/api.ts'
import { exact } from '../../app/time.ts'

/** Every field of the filter, in the order it is shown in. */
export const FILTER_FIELDS = [
  'item', 'state', 'heldFor', 'tier', 'ip', 'network', 'fingerprint', 'core', 'device', 'voter', 'country', 'asn', 'cohort', 'since', 'until',
] as const
export type FilterField = (typeof FILTER_FIELDS)[number]
export type UrlQuery = Record<string, string | undefined>

const NUMBERS = new Set<string>(['asn', 'since', 'until'])

/** What the URL asks for. A number that is none is sent as it is: the server says what is wrong with it. */
export function filterOf(query: UrlQuery): VoteFilter {
  const entries = FILTER_FIELDS.flatMap((field): [string, string | number][] => {
    const text = query[field]
    if (text === undefined || text === '') return []
    return [[field, NUMBERS.has(field) && Number.isFinite(Number(text)) ? Number(text) : text]]
  })
  return Object.fromEntries(entries) as VoteFilter
}

/** For a list's address: the same, as query parameters. */
export const queryOf = (filter: VoteFilter): Query => ({ ...filter })

/** Takes every field of the filter out of the URL, and whatever else is given. */
export const noFilter = (...more: string[]): Query => Object.fromEntries([...FILTER_FIELDS, ...more].map((field) => [field, null]))

const NAMES: Record<FilterField, string> = {
  item: 'item', state: 'state', heldFor: 'held for', tier: 'tier', ip: 'address', network: 'network', fingerprint: 'fingerprint', core: 'machine',
  device: 'device', voter: 'voter', country: 'country', asn: 'network operator AS', cohort: 'cohort', since: 'cast since', until: 'cast before',
}

/** `held, from address 203.0.113.7, on “Dark mode”`: what an action is about to be done to. */
export function filterWords(filter: VoteFilter, itemTitle: (id: string) => string): string {
  return FILTER_FIELDS.flatMap((field) => {
    const value = filter[field]
    if (value === undefined) return []
    if (field === 'item') return [`on “${itemTitle(String(value))}”`]
    if (field === 'state') return [String(value)]
    if (field === 'since' || field === 'until') return [`${NAMES[field]} ${isTime(Number(value)) ? exact(Number(value)) : value}`]
    return [`${NAMES[field]} ${value}`]
  }).join(', ')
}

/** An address may hold a number that no calendar reaches (8.64e15 ms from 1970): formatting one throws. */
const isTime = (at: number): boolean => !Number.isNaN(new Date(at).getTime())

/** For `<input type="datetime-local">`, in the reader's time zone. */
export function localTime(ms: string | undefined): string {
  const at = Number(ms)
  if (ms === undefined || ms === '' || !isTime(at)) return ''
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return isTime(date.getTime()) ? date.toISOString().slice(0, 16) : ''
}

/** Milliseconds since the epoch, or nothing for what is not a time. */
export function fromLocalTime(text: string): number | null {
  const at = new Date(text).getTime()
  return Number.isNaN(at) ? null : at
}
