/** `app.operatorSessions`: sessions of people who signed in, from cookie to row and back. One indexed query each. */
import cookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  type LiveSession, endSessionsBeyond, findLiveSession, forgetSessions, insertSession, touchSession,
} from '../../db/queries/operator-sessions.ts'
import type { Queryable } from '../../db/queryable.ts'
import { storable } from '../../db/storable.ts'
import {
  SESSION_IDLE_MS, SESSION_LONGEST_MS, csrfTokenOf, hashSessionToken, isCsrfToken, newSessionToken, sessionCookieName,
} from '../tokens/operator-session.ts'

const TOUCH_MS = 60_000
const FORGET_MS = 3_600_000
/** What the dashboard says of requests that nobody’s hand caused; such a session ends of being unused. */
const BY_ITSELF = 'x-by-itself'
const MAX_SESSIONS = 50
const MAX_USER_AGENT = 300
/** How long it is remembered from where somebody was signed in. */
export const KNOWN_NETWORK_MS = 30 * 86_400_000

export interface OperatorSession {
  id: number
  /** When it ends if nothing is asked any more. */
  expiresAt: number
  csrfToken: string
}

declare module 'fastify' {
  interface FastifyInstance {
    operatorSessions: {
      /** Whether the request has a cookie that could be one. */
      isShown(request: FastifyRequest): boolean
      find(request: FastifyRequest): Promise<(LiveSession & { session: OperatorSession }) | null>
      /** Whether a page of this host sends the change, and knows the session’s secret. */
      isOurPage(request: FastifyRequest): boolean
      /** The row, written with `db`; `show` puts it into the answer once that is committed. */
      begin(db: Queryable, request: FastifyRequest, operatorId: number): Promise<OperatorSession & { show(reply: FastifyReply): void }>
      clear(request: FastifyRequest, reply: FastifyReply): void
      times(): { now: number; idleSince: number }
    }
  }
  interface FastifyRequest {
    /** undefined: the caller showed a token. */
    operatorSession: OperatorSession | undefined
  }
}

export default fp(
  async (app) => {
    await app.register(cookie)
    app.decorateRequest('operatorSession', undefined)
    const times = (): { now: number; idleSince: number } => ({ now: app.clock(), idleSince: app.clock() - SESSION_IDLE_MS })

    app.decorate('operatorSessions', {
      times,
      isShown: (request) => tokenOf(request) !== undefined,
      find: async (request) => {
        const token = tokenOf(request)
        const hash = token === undefined ? null : hashSessionToken(token)
        if (token === undefined || hash === null) return null
        const { now, idleSince } = times()
        const found = await findLiveSession(app.db, hash, { now, idleSince })
        if (found === null) return null
        const { session: { id, lastSeenAt, expiresAt }, operator } = found
        // A page that asks by itself, or the same request asked about again, as an open stream is: that is nobody at work.
        const atWork = request.operatorSession === undefined && request.headers[BY_ITSELF] === undefined
        if (atWork && now - lastSeenAt >= TOUCH_MS) await touchSession(app.db, id, { at: now, ipAddress: request.clientAddress })
        return { operator, session: { id, lastSeenAt, expiresAt: endOf(now, expiresAt), csrfToken: csrfTokenOf(token) } }
      },
      isOurPage: (request) => {
        const token = tokenOf(request)
        const shown = request.headers['x-csrf-token']
        return token !== undefined && typeof shown === 'string' && isCsrfToken(token, shown) && comesFromHere(request)
      },
      begin: async (db, request, operatorId) => {
        const now = app.clock()
        const token = newSessionToken()
        const expiresAt = now + SESSION_LONGEST_MS
        const id = await insertSession(db, {
          operatorId, hash: hashSessionToken(token) as Buffer, expiresAt, ipAddress: request.clientAddress, network: request.clientNetwork,
          userAgent: storable(request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
        }, now)
        await endSessionsBeyond(db, operatorId, MAX_SESSIONS, now)
        return {
          id, expiresAt: endOf(now, expiresAt), csrfToken: csrfTokenOf(token),
          show: (reply) => void reply.setCookie(nameFor(request), token, cookieOptions(request, SESSION_LONGEST_MS / 1000)),
        }
      },
      clear: (request, reply) => void reply.setCookie(nameFor(request), '', cookieOptions(request, 0)),
    })

    const forget = setInterval(() => {
      forgetSessions(app.db, app.clock() - KNOWN_NETWORK_MS).catch((error: unknown) =>
        app.log.error({ err: error }, 'old sessions of operators could not be deleted; the next hour tries again'))
    }, FORGET_MS)
    forget.unref()
    app.addHook('onClose', async () => clearInterval(forget))
  },
  { name: 'operator-sessions', dependencies: ['client', 'clock', 'database'] },
)

const endOf = (lastSeenAt: number, expiresAt: number): number => Math.min(expiresAt, lastSeenAt + SESSION_IDLE_MS)
const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https'
const nameFor = (request: FastifyRequest): string => sessionCookieName(isSecure(request))
const tokenOf = (request: FastifyRequest): string | undefined => request.cookies[nameFor(request)]
const cookieOptions = (request: FastifyRequest, maxAge: number) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(request), maxAge }) as const

/**
 * What the browser says of the page that asks, where it says anything: the same host. The host alone, as a proxy that ends TLS and
 * is not trusted leaves us thinking that the page is http.
 */
export function comesFromHere({ headers: { origin, 'sec-fetch-site': site }, host }: FastifyRequest): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
