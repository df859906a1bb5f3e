/** What no schema can say about a detection: its fields, their modifiers and values, and its condition. */
import ipaddr from 'ipaddr.js'
import { BANDS } from '../../contract/policy.ts'
import { EVENT_TYPES, HELD_FOR, SEVERITIES, TIERS, VOTE_STATES } from '../../contract/primitives.ts'
import type { DetectionDocument, SearchMap, Service } from '../../contract/rule.ts'
import type { DocumentFault } from '../../document-faults.ts'
import { normaliseAddress } from '../../gate/network.ts'
import { suggestion } from '../../nearest.ts'
import { CONDITION_WORDS, ConditionError, parseCondition, searchesOf } from './condition.ts'
import { FIELDS, type FieldType, fieldType } from './fields.ts'
import { regexFault } from './regex.ts'

type Scalar = string | number | boolean | null

const COMPARISONS = ['gt', 'gte', 'lt', 'lte'] as const
const PLACES = ['contains', 'startswith', 'endswith', 're'] as const
const MODIFIERS: Readonly<Record<FieldType, readonly string[]>> = {
  text: PLACES, enum: PLACES, number: COMPARISONS, boolean: [], address: ['cidr'], network: ['cidr'], id: [],
}
const ALL_MODIFIERS = [...PLACES, ...COMPARISONS, 'cidr', 'exists', 'all']

const ACTIONS = ['allow', ...BANDS]
/** A value that never occurs would make a rule that never finds anything. */
export const ENUM_VALUES: Readonly<Record<string, readonly string[]>> = {
  eventType: EVENT_TYPES, severity: SEVERITIES, tier: TIERS, state: VOTE_STATES, action: ACTIONS, wouldHave: ACTIONS, heldFor: HELD_FOR,
}
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const UUIDS: ReadonlySet<string> = new Set(['voter', 'device'])

export function findDetectionFaults({ logsource: { service }, detection: { condition, ...searches } }: DetectionDocument): DocumentFault[] {
  const faults = findConditionFaults(condition, Object.keys(searches))
  for (const [name, search] of Object.entries(searches)) {
    const path = ['detection', name]
    if (CONDITION_WORDS.includes(name)) faults.push({ path, message: 'is a word of the condition; give the search another name' })
    if (typeof search === 'string') faults.push({ path, message: 'must be fields and their values, or a list of such' })
    else if (Array.isArray(search)) faults.push(...search.flatMap((map, index) => findSearchFaults(service, map, [...path, String(index)])))
    else faults.push(...findSearchFaults(service, search, path))
  }
  return faults
}

function findConditionFaults(condition: unknown, names: readonly string[]): DocumentFault[] {
  const path = ['detection', 'condition']
  if (condition === undefined) return [{ path, message: 'is missing: it says which searches must match, such as "selection and not office"' }]
  if (typeof condition !== 'string') return [{ path, message: 'must be a text such as "selection and not office"' }]
  try {
    const named = searchesOf(parseCondition(condition, names))
    return names.filter((name) => !named.includes(name)).map((name) => ({ path: ['detection', name], message: 'is not asked for by the condition' }))
  } catch (error) {
    if (error instanceof ConditionError) return [{ path, message: `column ${error.column}: ${error.message}` }]
    throw error
  }
}

function findSearchFaults(service: Service, map: SearchMap, path: readonly string[]): DocumentFault[] {
  if (Object.keys(map).length === 0) return [{ path, message: 'names no field' }]
  return Object.entries(map).flatMap(([key, value]) => {
    const [field = '', ...modifiers] = key.split('|')
    const values: readonly Scalar[] = Array.isArray(value) ? value : [value]
    const messages = findFieldFaults(service, field, modifiers, values, Array.isArray(value))
    return [...new Set(messages)].map((message) => ({ path: [...path, key], message }))
  })
}

/** `is no field of decisions; did you mean ipAddress?` */
export const unknownField = (service: Service, field: string): string => `is no field of ${service}${suggestion(field, Object.keys(FIELDS[service]))}`

function findFieldFaults(service: Service, field: string, modifiers: readonly string[], values: readonly Scalar[], list: boolean): string[] {
  const type = fieldType(service, field)
  if (type === undefined) return [unknownField(service, field)]
  const unknown = modifiers.filter((modifier) => !ALL_MODIFIERS.includes(modifier))
  if (unknown.length > 0) return unknown.map((modifier) => `has an unknown modifier ${modifier}${suggestion(modifier, ALL_MODIFIERS)}`)
  const operators = modifiers.filter((modifier) => modifier !== 'all')
  const [operator] = operators
  if (operators.length > 1 || modifiers.length > operators.length + 1) return ['has more than one modifier; only |all goes with another']
  if (operators.length < modifiers.length && (!list || !PLACES.some((one) => one === operator))) {
    return ['|all goes with a list of values, and with contains, startswith, endswith or re']
  }
  if (operator === 'exists') return values.length === 1 && typeof values[0] === 'boolean' ? [] : ['|exists takes true or false']
  // Figures in an event's detail are text to the ledger.
  const known = field.startsWith('detail.') ? [...MODIFIERS.text, ...COMPARISONS] : MODIFIERS[type]
  if (operator !== undefined && !known.includes(operator)) {
    return [`is ${articleOf(type)} ${type}, which |${operator} is not for; it takes ${[...known, 'exists'].map((one) => `|${one}`).join(', ')}`]
  }
  return values.flatMap((value) => valueFault(field, type, operator, value) ?? [])
}

const articleOf = (type: FieldType): string => (/^[aei]/.test(type) ? 'an' : 'a')

function valueFault(field: string, type: FieldType, operator: string | undefined, value: Scalar): string | undefined {
  const shown = JSON.stringify(value)
  if (value === null) return operator === undefined ? undefined : `|${operator} takes a value; null alone means that there is none`
  if (typeof value === 'string' && value.includes('\0')) return 'has a NUL character, which no text in the ledger has'
  if (operator !== undefined && COMPARISONS.some((one) => one === operator)) return typeof value === 'number' ? undefined : `|${operator} takes a number, not ${shown}`
  if (operator === 'cidr') return cidrFault(value)
  if (operator === 're') {
    const fault = typeof value === 'string' ? regexFault(value) : 'must be a text'
    return fault === undefined ? undefined : `${shown} ${fault}`
  }
  if (operator !== undefined) return typeof value === 'string' && value !== '' ? undefined : `|${operator} takes a text, not ${shown}`
  switch (type) {
    case 'text':
      return typeof value === 'string' || typeof value === 'number' || field.startsWith('detail.') ? undefined : `is a text, not ${shown}`
    case 'enum': {
      const known = ENUM_VALUES[field] ?? []
      // With a wildcard it is a pattern.
      if (typeof value === 'string' && (known.includes(value) || /[*?]/.test(value))) return undefined
      return `is one of ${known.join(', ')}, not ${shown}${suggestion(String(value), known)}`
    }
    case 'number':
      return typeof value === 'number' ? undefined : `is a number, not ${shown}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `is true or false, not ${shown}`
    case 'address':
      return typeof value === 'string' && normaliseAddress(value) === value.toLowerCase() ? undefined : `is an address such as 203.0.113.7, not ${shown}; |cidr takes a network`
    case 'network':
      return cidrFault(value)
    case 'id':
      if (UUIDS.has(field)) return typeof value === 'string' && UUID.test(value) ? undefined : `is a UUID, not ${shown}`
      return /^[1-9]\d{0,9}$/.test(String(value)) && Number(value) <= 2_147_483_647 ? undefined : `is the number of a row, not ${shown}`
  }
}

function cidrFault(value: Scalar): string | undefined {
  if (typeof value !== 'string' || !ipaddr.isValidCIDR(value)) return `${JSON.stringify(value)} is no network such as 203.0.113.0/24`
  const [address, bits] = ipaddr.parseCIDR(value)
  const first = (address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(value)
  return first.toString() === address.toString() ? undefined : `${value} is not the beginning of a network; write ${first.toString()}/${bits}`
}
