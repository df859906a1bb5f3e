/** The ledger, read and marked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { EventFilterRow } from '../../../db/queries/event-filter.ts'
import { reachOf, summariseEvents } from '../../../db/queries/event-groups.ts'
import { listEvents } from '../../../db/queries/event-lists.ts'
import { countMarkable, markEvents } from '../../../db/queries/event-marks.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { EventsAnswer, EventsPatch, EventsPatchAnswer, EventsQuery, SummaryAnswer, SummaryQuery } from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { filterRow, listedOf } from './event-selection.ts'

/** So many are marked in a fifth of a second: each stands in the indexes once more (measured). */
const MOST_MARKED = 2000
const MOST_COUNTED = 100_000
/** So many rows are grouped in a tenth of a second (measured); a type or a severity is one in some, and has an index. */
const MOST_GROUPED = 150_000
const MOST_GROUPED_OF_A_KIND = 400_000

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
      return { events: await listedOf(app.db, page), nextCursor }
    },
  )

  app.get(
    '/events/summary',
    {
      schema: {
        tags: ['security'], summary: 'Events by what they share, the most frequent first', querystring: SummaryQuery,
        response: { 200: SummaryAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { groupBy, ...asked } = request.query
      const filter = filterRow(request, asked)
      const since = Math.max(filter.since ?? 0, await furthest(filter))
      await app.ledger.flush()
      return { since, groups: await summariseEvents(app.db, groupBy, { ...filter, since }) }
    },
  )

  /** How far back groups are asked for; as far as there is anything where the filter leaves few. */
  const furthest = async (filter: EventFilterRow): Promise<number> => {
    const { ip, fingerprint, user, eventTypes, severities, until = app.clock() } = filter
    if (ip !== undefined || fingerprint !== undefined || user !== undefined) return 0
    return await reachOf(app.db, until, eventTypes === undefined && severities === undefined ? MOST_GROUPED : MOST_GROUPED_OF_A_KIND)
  }

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
      const { ids, filter: asked, isRead, note, dryRun = false } = request.body
      if ((ids === undefined) === (asked === undefined)) {
        throw new Problem('invalid_selection', { detail: 'Give either ids or a filter.' })
      }
      if (isRead === undefined && note === undefined) {
        throw new Problem('invalid_selection', { detail: 'Say what to change: isRead, note, or both.' })
      }
      await app.ledger.flush()
      const mark = { ...(isRead === undefined ? {} : { isRead }), ...(note === undefined ? {} : { note: storable(note) }) }
      const filter = filterRow(request, asked ?? {})
      if (dryRun) {
        const updated = await countMarkable(app.db, filter, ids, mark, MOST_COUNTED)
        return { updated, more: updated === MOST_COUNTED }
      }
      return await inTransaction(app.db, async (client) => {
        const updated = await markEvents(client, filter, ids, mark, MOST_MARKED)
        const more = (await countMarkable(client, filter, ids, mark, 1)) > 0
        if (updated > 0) {
          await request.audit(client, {
            action: 'event.mark', target: ids?.length === 1 ? ids[0] ?? '' : `${updated} events`, projectId: filter.projectId ?? 0,
            after: { ...mark, ...(ids === undefined ? { filter: asked } : {}), updated },
          })
        }
        return { updated, more }
      })
    },
  )
}
export default events
