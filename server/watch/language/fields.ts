/**
 * What rules can ask about, by part of the ledger. The SQL behind each name is db/rules/columns.ts’s, which has to know every
 * one of them. `enum` is compared as it is written, `text` without regard to case, as Sigma does.
 */
import type { Service } from '../../contract/rule.ts'

export type FieldType = 'text' | 'enum' | 'number' | 'boolean' | 'address' | 'network' | 'id'

export const FIELDS = {
  security_events: {
    eventType: 'enum', severity: 'enum', endpoint: 'text', origin: 'text', ipAddress: 'address',
    /** /24 of IPv4, /64 of IPv6 */
    network: 'network', fingerprint: 'text', errorMessage: 'text', endUserEmail: 'text', endUserId: 'text', count: 'number', projectId: 'id',
  },
  decisions: {
    itemId: 'id', voter: 'id', tier: 'enum', value: 'number', state: 'enum', score: 'number', action: 'enum', wouldHave: 'enum', policy: 'text',
    ipAddress: 'address', network: 'network', fingerprint: 'text', device: 'id', userAgent: 'text', origin: 'text', endUser: 'text',
    core: 'text', asn: 'number', hosting: 'boolean', country: 'text', heldFor: 'enum', cohortId: 'id', newcomer: 'boolean',
    /** Names of the detectors that found something, as one text: `detectors|contains: sequential-users`. */
    detectors: 'text', projectId: 'id',
  },
  votes: { itemId: 'id', voter: 'id', tier: 'enum', value: 'number', state: 'enum', projectId: 'id' },
  traffic: {
    endpoint: 'text', status: 'number', actor: 'text', ipAddress: 'address', requests: 'number', records: 'number', durationMs: 'number', projectId: 'id',
  },
} as const satisfies Record<Service, Record<string, FieldType>>

/** undefined: there is no such field. Of a security event’s `detail` any key can be asked for, as text. */
export function fieldType(service: Service, name: string): FieldType | undefined {
  if (service === 'security_events' && /^detail\.[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) return 'text'
  const fields: Readonly<Record<string, FieldType>> = FIELDS[service]
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}
