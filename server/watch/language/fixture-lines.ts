/** From one line of a fixture to the lines of a ledger that it stands for. */
import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { Service } from '../../contract/rule.ts'
import { normaliseAddress } from '../../gate/network.ts'
import { ENUM_VALUES, unknownField } from './check-detection.ts'
import { fieldType } from './fields.ts'

export type FieldValue = string | number | boolean | null | string[]
export interface LineDraft {
  service?: Service
  /** Milliseconds since the epoch. */
  at: number
  everyMs: number
  project?: number
  repeat?: number
  detail?: Record<string, unknown>
  /** Fields by their names, texts not yet counted out. */
  [field: string]: unknown
}
export interface FixtureLine {
  service: Service
  at: number
  projectId: number
  /** By the names of watch/language/fields.ts; voters and devices are UUIDs. */
  fields: Record<string, FieldValue>
  detail: Record<string, unknown>
}

/** These follow from others. */
const DERIVED: Readonly<Record<string, string>> = { network: 'it follows from ipAddress', projectId: 'say project' }

/** @param place tells lines apart that are otherwise alike */
export function expandLine(
  { service = 'security_events', at, everyMs, project = 1, repeat = 1, detail = {}, ...given }: LineDraft, place: number,
  complain: (field: string, message: string) => void,
): FixtureLine[] {
  if (service === 'security_events' && given['eventType'] === undefined) complain('eventType', 'is missing')
  if (service !== 'security_events' && Object.keys(detail).length > 0) complain('detail', 'is only for security_events')
  return Array.from({ length: repeat }, (_, index) => {
    const count = index + 1
    const fields: Record<string, FieldValue> = {}
    for (const [field, value] of Object.entries(given)) {
      try {
        fields[field] = fieldValue(service, field, counted(value, count) as FieldValue)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        complain(field, error.message)
      }
    }
    if (service === 'decisions' || service === 'votes') fields['voter'] ??= uuidOf(`voter ${place} ${count}`)
    return { service, at: at + index * everyMs, projectId: project, fields, detail: counted(detail, count) as Record<string, unknown> }
  })
}

/** @throws RangeError saying what is wrong with it */
function fieldValue(service: Service, field: string, value: FieldValue): FieldValue {
  const type = field.startsWith('detail.') ? undefined : fieldType(service, field)
  if (type === undefined) throw new RangeError(unknownField(service, field))
  const follows = DERIVED[field]
  if (follows !== undefined) throw new RangeError(`is not written down: ${follows}`)
  if (value === null) return null
  const shown = JSON.stringify(value)
  if (field === 'detectors') return (Array.isArray(value) ? value : [value]).map(String)
  if (Array.isArray(value)) throw new RangeError('must be one value')
  switch (type) {
    case 'number': {
      const number = Number(value)
      if (typeof value === 'boolean' || !Number.isFinite(number)) throw new RangeError(`is a number, not ${shown}`)
      return number
    }
    case 'boolean':
      if (typeof value !== 'boolean') throw new RangeError(`is true or false, not ${shown}`)
      return value
    case 'address': {
      const address = normaliseAddress(String(value))
      if (address === undefined) throw new RangeError(`is an address, not ${shown}`)
      return address
    }
    case 'enum': {
      const known = ENUM_VALUES[field] ?? []
      if (!known.includes(String(value))) throw new RangeError(`is one of ${known.join(', ')}, not ${shown}`)
      return String(value)
    }
    case 'id':
      if (isUuidField(field)) return uuidOf(String(value))
      if (!/^[1-9]\d{0,8}$/.test(String(value))) throw new RangeError(`is the number of a row, not ${shown}`)
      return Number(value)
    default:
      return String(value)
  }
}

const isUuidField = (field: string): boolean => field === 'voter' || field === 'device'

/** A group as alerts have it. */
export const groupOf = (group: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(group).map(([field, value]) => [field, isUuidField(field) ? uuidOf(String(value)) : String(value)]))

/** The same for the same text; a UUID is its own. */
export function uuidOf(text: string): string {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text)) return text
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

/** `{n}`, `{n%7}` and `{ip:198.51.100.0/24}` in every text of it; n counts from 1. */
function counted(value: unknown, n: number): unknown {
  if (typeof value === 'string') {
    return value
      .replaceAll(/\{n(?:%([1-9]\d{0,5}))?\}/g, (_, modulus?: string) => String(modulus === undefined ? n : n % Number(modulus)))
      .replaceAll(/\{ip:([0-9a-fA-F.:]+\/\d{1,3})\}/g, (_, network: string) => addressIn(network, n))
  }
  if (Array.isArray(value)) return value.map((one) => counted(one, n))
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, counted(one, n)]))
  return value
}

/** The n-th address of a network, which begins again when it has run out of them. */
function addressIn(network: string, n: number): string {
  if (!ipaddr.isValidCIDR(network)) return network
  const [base, bits] = ipaddr.parseCIDR(network)
  const bytes = base.toByteArray()
  const size = 2 ** Math.min(32, bytes.length * 8 - bits)
  let left = n % size
  for (let index = bytes.length - 1; left > 0 && index >= 0; index -= 1) {
    left += bytes[index] ?? 0
    bytes[index] = left % 256
    left = Math.floor(left / 256)
  }
  return ipaddr.fromByteArray(bytes).toString()
}
