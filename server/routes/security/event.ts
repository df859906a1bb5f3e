/** One event: what names it, what else there is of its source, its user and its time. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { EventRow } from '../../../db/queries/event-columns.ts'
import type { EventFilterRow } from '../../../db/queries/event-filter.ts'
import { findEvent, listNamingAlerts, listRelated } from '../../../db/queries/event-lists.ts'
import { type TimelineEntry, listTimelineOf } from '../../../db/queries/event-timeline.ts'
import { storable } from '../../../db/storable.ts'
import { EventAnswer, EventParams, RelatedAnswer, type TimelineAnswer, TimelineAnswer as Timeline, TimelineQuery } from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { addressOf } from '../wire-values.ts'
import { eventOf } from './event-of.ts'
import { listedOf } from './event-selection.ts'

const MOST_RELATED = { limit: 20, countTo: 10_000 }
const WINDOW_MS = 5 * 60_000

const event: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/events/:id',
    {
      schema: {
        tags: ['security'], summary: 'An event, and the alerts that name it', params: EventParams,
        response: { 200: EventAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const row = await eventAsked(request)
      const [[listed], alerts] = await Promise.all([
        listedOf(app.db, [row]), listNamingAlerts(app.db, row, request.operator.projectId === undefined),
      ])
      return { event: listed ?? eventOf(row), alerts }
    },
  )

  app.get(
    '/events/:id/related',
    {
      schema: {
        tags: ['security'], summary: 'Other events of the same address, the same user, the same minutes', params: EventParams,
        response: { 200: RelatedAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const row = await eventAsked(request)
      const { projectId, ipAddress, endUserId, occurredAt } = row
      // An address is the same whoever’s page it comes to; a user is somebody of one customer, and what happens at a time is of one too.
      const reach = request.operator.projectId === undefined ? {} : { projectId: request.operator.projectId }
      const of = async (filter: EventFilterRow | null) => {
        if (filter === null) return { events: [], total: 0 }
        const { rows, total } = await listRelated(app.db, filter, row.id, MOST_RELATED)
        return { events: await listedOf(app.db, rows), total }
      }
      const [sameAddress, sameUser, sameWindow] = await Promise.all([
        of(ipAddress === null ? null : { ...reach, ip: ipAddress }), of(endUserId === null ? null : { projectId, user: endUserId }),
        of({ projectId, since: occurredAt - WINDOW_MS, until: occurredAt + WINDOW_MS + 1 }),
      ])
      return { sameAddress, sameUser, sameWindow }
    },
  )

  app.get(
    '/events/timeline',
    {
      schema: {
        tags: ['security'],
        summary: 'The history of an address, a user or a fingerprint: events and votes, newest first',
        querystring: TimelineQuery,
        response: { 200: Timeline, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, ip, user, fingerprint, cursor, limit = DEFAULT_LIMIT } = request.query
      const given = Object.entries({ ip, user, fingerprint }).flatMap(([by, value]) => (value === undefined ? [] : [{ by: by as 'ip' | 'user' | 'fingerprint', value }]))
      const [subject] = given
      if (subject === undefined || given.length > 1) throw new Problem('invalid_selection', { detail: 'Give exactly one of ip, user and fingerprint.' })
      const after = readCursor(cursor, CURSOR_MS, CURSOR_UUID)
      const projectId = projectAsked(request, project)
      await app.ledger.flush()
      const entries = await listTimelineOf(
        app.db,
        { by: subject.by, value: subject.by === 'ip' ? addressOf(subject.value) : storable(subject.value), projectIds: projectId === null ? null : [projectId] },
        app.projects.all().map(({ id }) => id),
        { after: after === null ? null : { at: Number(after[0]), id: String(after[1]) }, limit: limit + 1 },
      )
      const { page, nextCursor } = cutPage(entries, limit, (entry) => [entry.at, entry.id])
      return { entries: page.map(entryOf), nextCursor }
    },
  )

  /** One of another project is answered as one that is not there. */
  const eventAsked = async (request: FastifyRequest<{ Params: { id: string } }>): Promise<EventRow> => {
    const { id } = request.params
    const row = await findEvent(app.db, request.operator.projectId ?? null, id.toLowerCase())
    if (row === null) throw new Problem('not_found', { detail: `There is no event ${id}.` })
    return row
  }
}
export default event

function entryOf(entry: TimelineEntry): TimelineAnswer['entries'][number] {
  if ('event' in entry) return { id: entry.id, at: entry.at, kind: 'event', event: eventOf(entry.event) }
  const { projectId, itemId, itemTitle, value, state, score, heldFor, ipAddress, fingerprint } = entry.vote
  return {
    id: entry.id, at: entry.at, kind: 'vote',
    vote: { projectId: String(projectId), itemId: String(itemId), itemTitle, value, state: state === 'h' ? 'held' : 'counted', score, heldFor, ipAddress, fingerprint },
  }
}
