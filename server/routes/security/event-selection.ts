/** From the fields of a request to what selects events, for whoever asks. */
import type { FastifyRequest } from 'fastify'
import type { EventRow } from '../../../db/queries/event-columns.ts'
import type { EventFilterRow } from '../../../db/queries/event-filter.ts'
import { findFirstOccurrences } from '../../../db/queries/event-lists.ts'
import type { Queryable } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { EVENT_TYPES, SEVERITIES } from '../../contract/primitives.ts'
import type { EventFilter, SecurityEvent } from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { projectAsked } from '../reach.ts'
import { addressOf } from '../wire-values.ts'
import { eventOf } from './event-of.ts'

/** A token of one project sees that project’s events only, whatever it asks for. Throws `unknown_project` and `invalid_request`. */
export function filterRow(request: FastifyRequest, { project, ip, eventType, severity, origin, fingerprint, user, endpoint, errorMessage, ...rest }: EventFilter): EventFilterRow {
  const projectId = projectAsked(request, project)
  if (errorMessage !== undefined && eventType === undefined) {
    throw new Problem('invalid_request', { errors: [{ pointer: '/errorMessage', detail: 'takes an eventType beside it' }] })
  }
  const given = Object.entries({ origin, fingerprint, user, endpoint, errorMessage }).flatMap(([name, text]) => (text === undefined ? [] : [[name, storable(text)] as const]))
  return {
    ...rest, ...Object.fromEntries(given),
    ...(projectId === null ? {} : { projectId }),
    ...(ip === undefined ? {} : { ip: addressOf(ip) }),
    ...(eventType === undefined ? {} : { eventTypes: EVENT_TYPES.filter((one) => eventType.split(',').includes(one)) }),
    ...(severity === undefined ? {} : { severities: SEVERITIES.filter((one) => severity.split(',').includes(one)) }),
  }
}

/** As they are listed: each says whether it is the first of its kind. */
export async function listedOf(db: Queryable, rows: readonly EventRow[]): Promise<SecurityEvent[]> {
  const first = await findFirstOccurrences(db, rows)
  return rows.map((row) => ({ ...eventOf(row), firstOccurrence: first.has(row.id) }))
}
