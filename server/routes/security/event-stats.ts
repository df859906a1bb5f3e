/** `GET …/events/stats`: how many of what over time, what is new, and what nobody has looked at. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { countUnread, findKnownTypes, sumByType } from '../../../db/queries/event-groups.ts'
import { readHourlyPosition } from '../../../db/queries/hourly.ts'
import { inSnapshot, sumEvents } from '../../../db/queries/pictures.ts'
import { SpanQuery } from '../../contract/pictures.ts'
import { StatsAnswer } from '../../contract/security.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { bucketsOf, partsOf, spanOf } from './span.ts'

const eventStats: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/events/stats',
    {
      schema: {
        tags: ['security'], summary: 'Events over time by severity, new types, and what is unread', querystring: SpanQuery,
        response: { 200: StatsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const scope = projectAsked(request, request.query.project)
      const span = spanOf(request.query, app.clock())
      await app.ledger.flush()
      const [{ sums, byType }, unread] = await Promise.all([
        inSnapshot(app.db, async (client) => {
          const parts = partsOf(span, (await readHourlyPosition(client))?.until ?? null)
          return { sums: await sumEvents(client, scope, parts, span.bucketMs), byType: await sumByType(client, scope, parts) }
        }),
        countUnread(app.db, scope),
      ])
      const types = byType.map(({ eventType }) => eventType)
      const known = await findKnownTypes(app.db, scope, types, span.since)
      const buckets = new Map(bucketsOf(span).map((at) => [at, { at, low: 0, medium: 0, high: 0, critical: 0 }]))
      for (const { at, severity, events } of sums) {
        const bucket = buckets.get(at)
        if (bucket !== undefined) bucket[severity] += events
      }
      return {
        since: span.since, until: span.until, bucketMs: span.bucketMs, buckets: [...buckets.values()], byType,
        newTypes: types.filter((type) => !known.has(type)), unread, unreadCritical: unread.critical,
      }
    },
  )
}
export default eventStats
