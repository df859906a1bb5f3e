/** What the ledger is counted by, as SQL over its tables: the same text makes the counts of an hour and reads the hour that runs. */
import { FAMILIES, PLATFORMS } from '../../server/gate/user-agent.ts'

export const VOTE_DIMENSIONS = ['total', 'country', 'asn', 'network', 'userAgent'] as const
export const EVENT_DIMENSIONS = ['kind', 'country', 'asn', 'network'] as const
export type VoteDimension = (typeof VOTE_DIMENSIONS)[number]
export type EventDimension = (typeof EVENT_DIMENSIONS)[number]

/** Kept of each dimension, project and hour. The rest are one: OTHERS. */
export const MOST_KEYS = 100
export const OTHERS = '*'

/** /24 of IPv4, /48 of IPv6: a /64 is one household, and a rented host has thousands of them. */
const network = (address: string): string =>
  `coalesce(network(set_masklen(${address}, case family(${address}) when 4 then 24 else 48 end))::text, '')`

const firstMatch = (text: string, table: readonly [RegExp, string][]): string =>
  `case ${table.map(([pattern, name]) => `when ${text} ~ '${pattern.source.replaceAll("'", "''")}' then '${name}'`).join(' ')} else 'other' end`

/** As `userAgentFamily` says it. */
const USER_AGENT_FAMILY = `${firstMatch(`coalesce(d.user_agent, '')`, FAMILIES)} || '/' || ${firstMatch(`coalesce(d.user_agent, '')`, PLATFORMS)}`

/** Over `decisions d`. */
export const VOTE_KEYS: Readonly<Record<VoteDimension, string>> = {
  total: `''`,
  country: `coalesce(d.country, '')`,
  asn: `coalesce(d.asn::text, '')`,
  network: network('d.ip_address'),
  userAgent: USER_AGENT_FAMILY,
}

/** Over `security_events e`, and `places p` for where its address is. */
export const EVENT_KEYS: Readonly<Record<EventDimension, string>> = {
  kind: `e.event_type || ' ' || e.severity`,
  country: `coalesce(p.country, '')`,
  asn: `coalesce(p.asn, '')`,
  network: network('e.ip_address'),
}

export const needsPlaces = (dimension: EventDimension): boolean => dimension === 'country' || dimension === 'asn'

/** What an address is known to be: `''` where nothing is. */
export interface Place {
  address: string
  country: string
  asn: string
}
