/** The SQL behind every field that rules can name. `e` is the table; a group is compared by its text. */
import type { Service } from '../../server/contract/rule.ts'
import { FIELDS } from '../../server/watch/language/fields.ts'

interface Column {
  /** As it is compared with the values of a rule. */
  sql: string
  /** As a group names it; default: `sql` as text. */
  key?: string
  /** Rows of one group, `value` being an expression for its text: written so that an index can serve it. */
  equals?: (value: string) => string
  /** The same values as `key` tells apart, in a type that is cheaper to compare than text, and `key` made of one; default: `key` itself. */
  raw?: Raw
}

interface Raw {
  sql: string
  key: (raw: string) => string
}

export interface Table {
  name: string
  at: string
  /** When it was last seen: later than `at` for what was coalesced. */
  seen: string
  /** How many events the line stands for. Never float8: its sum over a moving frame is made anew for every line (16 s for 50 000; bigint 30 ms). */
  weight: string
  id: string
  /** By the database's clock. */
  recorded: string
  /** Fields with an index by which a group’s lines are found; of others all lines are read to find them. */
  indexed: ReadonlySet<string>
  columns: Readonly<Record<string, Column>>
}

/** The weight of lines that stand for nothing but themselves. */
export const ONE = '1::bigint'
const STATES = (column: string): string => `case ${column} when 'c' then 'counted' when 'h' then 'held' else 'invalidated' end`
const TIERS = `case e.tier when 'v' then 'verified' else 'device' end`
/** By way of text it took ten times as long, and every rule asks for it of every vote. */
const VALUE = `case e.value when '1' then 1 when '0' then 0 else e.value::text::int end`
/** Most votes have nothing found about them, which costs a tenth of making a list of nothing. */
const DETECTORS = `case when e.breakdown -> 'found' -> 0 is null then '[]' else jsonb_path_query_array(e.breakdown -> 'found', '$[*].detector')::text end`
/** Of IPv4 the /24, of IPv6 the /64, as server/gate/network.ts has it. */
const NETWORK = 'network(set_masklen(e.ip_address, case family(e.ip_address) when 4 then 24 else 64 end))'

/** A device’s own votes are found by the index on voters, those of its users by that on devices; the first equality is for a hash. */
const device: Column = {
  sql: 'e.device::text', equals: (value) => `e.device = ${value}::uuid and (e.voter = ${value}::uuid or e.device <> e.voter)`, raw: asText('e.device'),
}
const plain = (sql: string): Column => ({ sql })
const integer = (sql: string): Column => ({ sql: `${sql}::text`, equals: (value) => `${sql} = ${value}::int`, raw: asText(sql) })
const uuid = (sql: string): Column => ({ sql: `${sql}::text`, equals: (value) => `${sql} = ${value}::uuid`, raw: asText(sql) })
/** Of IPv6 the /64, by its first address: whoever has one address of it has them all, and a block is on all of it. */
const SOURCE = `case family(e.ip_address) when 4 then host(e.ip_address) else host(network(set_masklen(e.ip_address, 64))) end`
/** The range is for the index, where groups are few; the equality for a hash, where they are many. */
const address: Column = {
  sql: 'e.ip_address', key: SOURCE,
  equals: (value) => `e.ip_address >= ${value}::inet and e.ip_address <= case family(${value}::inet) when 4 then ${value}::inet
    else host(broadcast(set_masklen(${value}::inet, 64)))::inet end and ${SOURCE} = ${value}`,
  raw: {
    sql: `case family(e.ip_address) when 4 then e.ip_address else network(set_masklen(e.ip_address, 64))::inet end`, key: (raw) => `host(${raw})`,
  },
}
/** The index is on addresses: first and last of the network, as single addresses. */
const within = (value: string): string =>
  `e.ip_address >= host(network(${value}::inet))::inet and e.ip_address <= host(broadcast(${value}::inet))::inet`

export const TABLES: Readonly<Record<Service, Table>> = {
  security_events: {
    name: 'security_events', at: 'e.occurred_at', seen: 'e.last_seen_at', weight: 'e.count::bigint', id: 'e.event_id::text', recorded: 'e.recorded_at',
    indexed: new Set(['ipAddress', 'network', 'fingerprint', 'endUserId', 'endpoint', 'origin']),
    columns: {
      eventType: plain('e.event_type'), severity: plain('e.severity'), endpoint: plain('e.endpoint'), origin: plain('e.origin'), ipAddress: address,
      network: {
        sql: `text(${NETWORK})`, equals: (value) => `${within(value)} and text(${NETWORK}) = ${value}`, raw: { sql: NETWORK, key: (raw) => `text(${raw})` },
      },
      fingerprint: plain('e.fingerprint'), errorMessage: plain('e.error_message'), endUserEmail: plain('e.end_user_email'),
      endUserId: plain('e.end_user_id'), count: plain('e.count'), projectId: integer('e.project_id'),
    } satisfies Record<keyof typeof FIELDS.security_events, Column>,
  },
  decisions: {
    name: 'decisions', at: 'e.decided_at', seen: 'e.decided_at', weight: ONE, id: 'e.decision_id::text', recorded: 'e.recorded_at',
    indexed: new Set(['voter', 'device', 'ipAddress', 'network', 'fingerprint', 'core', 'endUser', 'asn', 'cohortId']),
    columns: {
      itemId: integer('e.item_id'), voter: uuid('e.voter'), tier: plain(TIERS), value: plain(VALUE), state: plain(STATES('e.state')),
      score: plain('e.score'), action: plain('e.action'), wouldHave: plain('e.would_have'), policy: plain('e.policy'), ipAddress: address,
      network: { sql: 'e.network::text', equals: (value) => `${within(value)} and e.network = ${value}::cidr`, raw: asText('e.network') },
      fingerprint: plain('e.fingerprint'), device, userAgent: plain('e.user_agent'), origin: plain('e.origin'),
      endUser: plain('e.end_user'), core: plain('e.core'), asn: plain('e.asn'), hosting: plain('e.hosting'), country: plain('e.country'),
      heldFor: plain('e.held_for'), cohortId: integer('e.cohort_id'), newcomer: plain('e.newcomer'),
      detectors: plain(DETECTORS), projectId: integer('e.project_id'),
    } satisfies Record<keyof typeof FIELDS.decisions, Column>,
  },
  votes: {
    name: 'votes', at: 'e.cast_at', seen: 'e.cast_at', weight: ONE, id: `e.item_id || ':' || e.voter`, recorded: 'e.cast_at',
    indexed: new Set(['itemId']),
    columns: {
      itemId: integer('e.item_id'), voter: uuid('e.voter'), tier: plain(TIERS), value: plain(VALUE), state: plain(STATES('e.state')),
      projectId: integer('e.project_id'),
    } satisfies Record<keyof typeof FIELDS.votes, Column>,
  },
  traffic: {
    name: 'traffic', at: 'e.occurred_at', seen: 'e.occurred_at', weight: 'e.requests::bigint',
    id: `e.endpoint || ' ' || e.status || 'xx'`, recorded: 'e.recorded_at', indexed: new Set(),
    columns: {
      endpoint: plain('e.endpoint'), status: plain('e.status'), actor: plain(`nullif(e.actor, '')`), ipAddress: address, requests: plain('e.requests'),
      records: plain('e.records'), durationMs: plain('e.duration_ms'), projectId: integer('e.project_id'),
    } satisfies Record<keyof typeof FIELDS.traffic, Column>,
  },
}

/** @throws RangeError for a field that the part of the ledger does not have; checked rules name none. */
export function columnOf(service: Service, field: string): Required<Column> {
  const detail = service === 'security_events' ? /^detail\.([a-zA-Z][a-zA-Z0-9_]*)$/.exec(field)?.[1] : undefined
  const columns = TABLES[service].columns
  const column = detail === undefined ? (Object.hasOwn(columns, field) ? columns[field] : undefined) : plain(`e.detail ->> '${detail}'`)
  if (column === undefined) throw new RangeError(`${service} has no field ${field}`)
  const key = column.key ?? `(${column.sql})::text`
  return {
    sql: column.sql, key, equals: column.equals ?? ((value) => `${key} = ${value}`), raw: column.raw ?? { sql: key, key: (raw) => raw },
  }
}

function asText(sql: string): Raw {
  return { sql, key: (raw) => `${raw}::text` }
}
