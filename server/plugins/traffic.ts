/**
 * `app.traffic`: every answer counted by project, endpoint, status class and operator, and written once a second. Rules ask it
 * what the ledger of events cannot say: how much was asked for, how slowly it was answered, how many records were read.
 *
 * A vote pays one look-up (0.25 µs, measured), and the database one row per kind of request and ten seconds.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { writeTraffic } from '../../db/queries/traffic.ts'
import { TrafficCounter } from '../ledger/traffic-counter.ts'
import type { Operator } from './operators.ts'
import type { Project } from './projects.ts'

const FLUSH_MS = 1000
const LIMITS = { stepMs: 10_000, maxLines: 5000 }
/** Whose answers are lists of records. */
const READS_RECORDS = /^\/api\/(?:security|moderation)\//

declare module 'fastify' {
  interface FastifyInstance {
    traffic: {
      /** For requests that hooks do not see, and that bear no decorations. */
      count(request: FastifyRequest, reply: FastifyReply): void
      /** Resolves when everything counted so far is in the database, or has failed once more and waits for the next try. */
      flush(): Promise<void>
      readonly saturation: { lines: number; folded: number; lost: number }
    }
  }
  interface FastifyRequest {
    /** How many records the answer lists. */
    recordsRead: number
  }
}

export default fp(
  async (app) => {
    const node = randomUUID()
    const counter = new TrafficCounter(LIMITS)
    const count = (request: FastifyRequest, reply: FastifyReply): void => {
      const actor = (request.operator as Operator | null | undefined)?.actor ?? ''
      counter.count({
        projectId: (request.project as Project | null | undefined)?.id ?? 0,
        method: request.method, route: request.routeOptions.url, statusCode: reply.statusCode, actor, ipAddress: request.clientAddress,
        records: (request.recordsRead as number | undefined) ?? 0, durationMs: reply.elapsedTime,
      }, app.clock())
    }

    let flushing: Promise<void> | undefined
    const flushOnce = async (): Promise<void> => {
      const { lines, settle } = counter.due()
      try {
        await writeTraffic(app.db, node, lines)
        settle(app.clock())
      } catch (error) {
        app.log.error({ err: error, lines: lines.length }, 'traffic could not be written; trying again')
      }
    }
    const flush = async (): Promise<void> => {
      // Whoever waits needs the flush after the one under way: that one may have begun before their request.
      await flushing
      flushing ??= flushOnce().finally(() => (flushing = undefined))
      await flushing
    }

    app.decorate('traffic', {
      count,
      flush,
      get saturation() {
        return counter.saturation
      },
    })
    app.decorateRequest('recordsRead', 0)
    app.addHook('onResponse', (request, reply, done) => {
      count(request, reply)
      done()
    })
    app.addHook('onRoute', (route) => {
      if (!READS_RECORDS.test(route.url)) return
      route.preSerialization = [
        ...[route.preSerialization ?? []].flat(),
        async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
          if (reply.statusCode < 300) request.recordsRead = recordsIn(payload)
          return payload
        },
      ]
    })
    const timer = setInterval(() => void flush(), FLUSH_MS)
    timer.unref()
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await flush()
    })
  },
  { name: 'traffic', dependencies: ['client', 'clock', 'database', 'projects'] },
)

/** Of a list’s answer the lengths of its arrays, whatever they are called. */
function recordsIn(payload: unknown): number {
  if (typeof payload !== 'object' || payload === null) return 0
  return Object.values(payload).reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 0), 0)
}
