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
export const TRAFFIC_LIMITS = { stepMs: 10_000, maxLines: 5000 }
/** Refusals of who somebody says they are. What is missing, expired as a session, or not allowed to them is no such thing. */
const REFUSED_PROOFS: ReadonlySet<string> = new Set([
  'user_token_invalid', 'user_token_expired', 'operator_token_invalid', 'sign_in_failed', 'sign_in_locked', 'signature_invalid',
])
const SIGN_IN = '/api/operator/v1/session'
/** Whose answers are lists of records. What a board shows to everybody, and what the rules are, is nobody’s. */
const READS_RECORDS = /^\/api\/(?:security|moderation)\/(?!v1\/(?:items|rules)$)/

declare module 'fastify' {
  interface FastifyInstance {
    traffic: {
      /** For requests that hooks do not see, and that bear no decorations. */
      count(request: FastifyRequest, reply: FastifyReply): void
      /** For reads by nobody in particular that are answered past the routes: what counts each of one kind. */
      tallyReads(projectId: number, route: string, statusCode: number): (durationMs: number, now: number) => void
      /** Resolves when everything counted so far is in the database, or has failed once more and waits for the next try. */
      flush(): Promise<void>
      readonly saturation: { lines: number; folded: number; lost: number }
    }
  }
  interface FastifyRequest {
    /** How many records the answer lists. */
    recordsRead: number
    proofRefused: boolean
  }
}

export default fp(
  async (app) => {
    const node = randomUUID()
    const counter = new TrafficCounter(TRAFFIC_LIMITS)
    const count = (request: FastifyRequest, reply: FastifyReply): void => {
      const actor = (request.operator as Operator | null | undefined)?.actor ?? ''
      counter.count({
        projectId: (request.project as Project | null | undefined)?.id ?? 0,
        method: request.method, route: request.routeOptions.url, statusCode: reply.statusCode, actor, ipAddress: request.clientAddress,
        records: (request.recordsRead as number | undefined) ?? 0, durationMs: reply.elapsedTime,
        proof: proofOf(request, reply.statusCode),
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
      tallyReads: (projectId, route, statusCode) => counter.tally({ projectId, method: 'GET', route, statusCode, actor: '', ipAddress: '', records: 0 }),
      flush,
      get saturation() {
        return counter.saturation
      },
    })
    app.decorateRequest('recordsRead', 0)
    app.decorateRequest('proofRefused', false)
    app.addHook('onError', (request, _reply, error, done) => {
      if (REFUSED_PROOFS.has(error.code)) request.proofRefused = true
      done()
    })
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

/** A user’s token is in the body of a page’s request; one that was wrong would not have been answered so. */
function proofOf(request: FastifyRequest, statusCode: number): 'accepted' | 'refused' | undefined {
  if (request.proofRefused) return 'refused'
  if ((request.operator as Operator | null | undefined) != null) return 'accepted'
  if (statusCode >= 300) return undefined
  const { method, routeOptions: { url = '' } } = request
  if (method === 'POST' && url === SIGN_IN) return 'accepted'
  return url.startsWith('/api/widget/') && (request.body as { userToken?: unknown } | null | undefined)?.userToken !== undefined ? 'accepted' : undefined
}

const isRecord = (entry: unknown): boolean => typeof entry === 'object' && entry !== null && 'id' in entry
/** Of a list’s answer the entries of its arrays, whatever they are called, that are something of their own: a sum over an hour is not. */
function recordsIn(payload: unknown): number {
  if (typeof payload !== 'object' || payload === null) return 0
  return Object.values(payload).reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.filter(isRecord).length : 0), 0)
}
