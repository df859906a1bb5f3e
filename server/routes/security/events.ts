/** The ledger, read and marked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import {
  type EventFilterRow, type EventRow, listEvents, markEventsByFilter, markEventsById, summariseEvents,
} from '../../../db/queries/events.ts'
import { storable } from '../../../db/storable.ts'
import {
  type EventFilter, EventsAnswer, EventsPatch, EventsPatchAnswer, EventsQuery, type SecurityEvent, SummaryAnswer, SummaryQuery,
} from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { addressOf } from '../wire-values.ts'

const events: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/events',
    {
      schema: {
        tags: ['security'], summary: 'Security events', querystring: EventsQuery,
        response: { 200: EventsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { sort = 'newest', cursor, limit = DEFAULT_LIMIT, ...filter } = request.query
      const after = readCursor(cursor, CURSOR_MS, CURSOR_UUID)
      // What this node has seen is on the page, not a quarter of a second away.
      await app.ledger.flush()
      const rows = await listEvents(app.db, filterRow(request, filter), {
        sort, after: after === null ? null : { occurredAt: Number(after[0]), id: String(after[1]) }, limit: limit + 1,
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.occurredAt, row.id])
      return { events: page.map(eventOf), nextCursor }
    },
  )

  app.get(
    '/events/summary',
    {
      schema: {
        tags: ['security'], summary: 'Events by what they share', querystring: SummaryQuery,
        response: { 200: SummaryAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { groupBy, project, since } = request.query
      await app.ledger.flush()
      return {
        groups: await summariseEvents(app.db, groupBy, {
          ...projectScope(request, project), ...(since === undefined ? {} : { since }),
        }),
      }
    },
  )

  app.patch(
    '/events',
    {
      // Marking as read is a change: a viewer may look, not write.
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'], summary: 'Mark events as read, or annotate them', body: EventsPatch,
        response: { 200: EventsPatchAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { ids, filter, isRead, note } = request.body
      if ((ids === undefined) === (filter === undefined)) {
        throw new Problem('invalid_selection', { detail: 'Give either ids or a filter.' })
      }
      if (isRead === undefined && note === undefined) {
        throw new Problem('invalid_selection', { detail: 'Say what to change: isRead, note, or both.' })
      }
      await app.ledger.flush()
      const mark = { ...(isRead === undefined ? {} : { isRead }), ...(note === undefined ? {} : { note: storable(note) }) }
      const updated = ids === undefined
        ? await markEventsByFilter(app.db, filterRow(request, filter ?? {}), mark)
        : await markEventsById(app.db, request.operator.projectId ?? null, ids, mark)
      return { updated }
    },
  )
}
export default events

/** A token of one project sees that project’s events only, whatever it asks for. */
export function projectScope(request: FastifyRequest, ref: string | undefined): { projectId?: number } {
  if (ref !== undefined) return { projectId: request.operatedProject(ref).id }
  return request.operator.projectId === undefined ? {} : { projectId: request.operator.projectId }
}

function filterRow(request: FastifyRequest, { project, ip, ...rest }: EventFilter): EventFilterRow {
  return { ...rest, ...projectScope(request, project), ...(ip === undefined ? {} : { ip: addressOf(ip) }) }
}

export function eventOf(row: EventRow): SecurityEvent {
  return {
    id: row.id,
    projectId: row.projectId === 0 ? null : String(row.projectId),
    eventType: row.eventType,
    severity: row.severity,
    metadata: {
      endpoint: row.endpoint,
      ...(row.origin === null ? {} : { origin: row.origin }),
      ...(row.ipAddress === null ? {} : { ipAddress: row.ipAddress }),
      ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint }),
      ...(row.errorMessage === null ? {} : { errorMessage: row.errorMessage }),
      ...(row.endUserEmail === null ? {} : { endUserEmail: row.endUserEmail }),
      ...(row.endUserId === null ? {} : { endUserId: row.endUserId }),
    },
    timestamp: row.occurredAt,
    lastSeenAt: row.lastSeenAt,
    isRead: row.isRead,
    count: row.count,
    detail: row.detail,
    ...(row.note === null ? {} : { note: row.note }),
  }
}
