/**
 * `GET …/events/stream`: the ledger as it grows, as server-sent events. Nothing is lost between an `id` and a reconnect with it: the id
 * names what the database had committed (ledger/stream-position.ts), not a time. A row that counted up is sent again under its own id.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { fastifySSE } from '@fastify/sse'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { StreamQuery } from '../../contract/event-stream.ts'
import { Problem } from '../../errors.ts'
import { accountActor } from '../../plugins/operators.ts'
import { readPosition } from '../../ledger/stream-position.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { EventStream } from './open-stream.ts'

const MOST_STREAMS = 100
const MOST_OF_ONE = 5
const RETRY_AFTER_S = 10
const HEARTBEAT_MS = 15_000

const eventStream: FastifyPluginAsyncTypebox<{ recheckMs: number }> = async (app, { recheckMs }) => {
  await app.register(fastifySSE, { heartbeatInterval: HEARTBEAT_MS })
  const streams = new Set<{ actor: string; stream: EventStream }>()
  const allowed = app.requireRole('viewer')

  app.get(
    '/events/stream',
    {
      // A HEAD of it would be a stream without end.
      exposeHeadRoute: false,
      sse: { kind: 'manual', serializer: String },
      schema: {
        tags: ['security'],
        summary: 'Security events, changes of alerts and the unread count, as they come',
        description: 'Server-sent events: `security-event` (SecurityEvent; the same id again when its count went up), `alert`, `status` every five seconds, `reset`, `end`. Come again with Last-Event-ID, or `after`, and nothing is lost. Open the stream first and load lists after its first `status`.',
        querystring: StreamQuery,
        response: {
          200: { description: 'A stream that goes on.', content: { 'text/event-stream': { schema: Type.String() } } },
          ...refusals(400, 401, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { accountId } = request.operator
      // A person’s tokens are the person: there may be fifty.
      const actor = accountId === undefined ? request.operator.actor : accountActor(accountId)
      const projectId = projectAsked(request, request.query.project)
      const asked = lastIdOf(request)
      if (streams.size >= MOST_STREAMS) throw new Problem('overloaded', { detail: `This server has ${MOST_STREAMS} streams open.`, retryAfter: RETRY_AFTER_S })
      if ([...streams].filter((open) => open.actor === actor).length >= MOST_OF_ONE) {
        throw new Problem('rate_limited', { detail: `${MOST_OF_ONE} streams are open for this operator; close one.`, retryAfter: RETRY_AFTER_S })
      }
      const entry = { actor, stream: new EventStream(app.eventTail, reply, projectId) }
      streams.add(entry)
      const recheck = setInterval(() => void look(request, entry.stream), recheckMs)
      recheck.unref()
      // However it ends, also before it has begun.
      reply.sse.onClose(() => {
        clearInterval(recheck)
        entry.stream.stop()
        streams.delete(entry)
      })
      answerAtOnce(reply)
      await entry.stream.open(asked === undefined ? undefined : readPosition(asked))
    },
  )

  /** Whoever could not ask for the stream now does not keep it either. */
  const look = async (request: FastifyRequest, stream: EventStream): Promise<void> => {
    const { actor, projectId } = request.operator
    try {
      await allowed(request)
      if (request.operator.actor !== actor || request.operator.projectId !== projectId) stream.end('role_changed')
    } catch (error) {
      // A database that is away for a moment says nothing about the session, and sends nothing either.
      if (error instanceof Problem && [401, 403].includes(error.status)) stream.end(error.status === 401 ? 'session_ended' : 'role_changed')
    }
  }

  // Before the server waits for its connections: these would never end by themselves.
  app.addHook('preClose', async () => {
    for (const { stream } of streams) stream.end('shutdown')
  })
}
export default eventStream

const lastIdOf = (request: FastifyRequest<{ Querystring: StreamQuery }>): string | undefined => {
  const header = request.headers['last-event-id']
  return typeof header === 'string' && header !== '' ? header : request.query.after
}

/** How long a stream goes on is no latency: what is measured of it ends where it begins. */
function answerAtOnce(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store').header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  Object.defineProperty(reply, 'elapsedTime', { value: reply.elapsedTime })
}
