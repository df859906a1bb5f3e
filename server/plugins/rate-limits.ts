/**
 * @fastify/rate-limit on every route but the vote’s, which counts in its own windows (measured: there the plugin would cost
 * a third of the throughput). Counted by network, so that an IPv6 host cannot change its address past it, and by purpose, so
 * that readers do not use up the sessions of their office, nor a page on a refused origin those of everybody behind one address.
 */
import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import type { WindowLimit } from '../gate/policies/policy.ts'
import { tightenedLimit, tightenedWindow } from '../gate/tightened.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** A limit as it is for this source now: the usual one, or half of it where a rule says so. */
    limitNow(limit: number): number
    /** The same for a window of the gate’s policy; tighter still while the node is under load. */
    windowNow(window: WindowLimit): WindowLimit
  }
}

/** `widget read`, `widget write`, `widget refused`, `moderation`, `security`, `operator`, or `other`. */
function purposeOf(request: FastifyRequest): string {
  const [, api, area = 'other'] = (request.routeOptions.url ?? '').split('/')
  if (api !== 'api') return 'other'
  if (area !== 'widget') return area
  if (request.widgetOrigin === '') return 'widget refused'
  return request.method === 'GET' || request.method === 'HEAD' ? 'widget read' : 'widget write'
}

export interface RouteLimits {
  /** Requests per minute and network, for every route that names no other figure. */
  perMinute: number
}

export default fp<RouteLimits>(
  async (app, { perMinute }) => {
    const tightened = (request: FastifyRequest): boolean => {
      const { projectKey = '' } = (request.params ?? {}) as { projectKey?: string }
      return app.blocks.demands('limits', app.projects.byKey(projectKey)?.id ?? 0, { ip: request.clientAddress }, app.clock())
    }
    app.decorateRequest('limitNow', function (this: FastifyRequest, limit: number) {
      return tightened(this) ? tightenedLimit(limit) : limit
    })
    app.decorateRequest('windowNow', function (this: FastifyRequest, window: WindowLimit) {
      const usual = app.pressure.tightenWindow(window)
      return tightened(this) ? tightenedWindow(usual) : usual
    })
    await app.register(rateLimit, {
      global: true,
      max: (request) => request.limitNow(purposeOf(request) === 'widget write' ? app.pressure.tighten(perMinute) : perMinute),
      timeWindow: 60_000,
      cache: 50_000,
      keyGenerator: (request) => `${purposeOf(request)} ${request.clientNetwork}`,
      errorResponseBuilder: (_request, { ttl }) => new Problem('rate_limited', { retryAfter: Math.max(1, Math.ceil(ttl / 1000)) }),
      addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
      addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false, 'retry-after': false },
      onExceeded: (request) => {
        // Who reads too much is refused and no more: a longer wait is for what is written, and a read costs next to nothing.
        if (purposeOf(request) === 'widget write') {
          app.responses.note(request, 'rate_limit_exceeded', { what: String(Math.floor(app.clock() / 1000)) })
        }
        const { projectKey = '' } = (request.params ?? {}) as { projectKey?: string }
        app.ledger.write({
          projectId: app.projects.byKey(projectKey)?.id ?? 0,
          eventType: 'rate_limit_exceeded',
          endpoint: request.endpoint(),
          ipAddress: request.clientAddress,
          ...(request.headers.origin === undefined ? {} : { origin: request.headers.origin }),
          errorMessage: 'Too many requests from one network',
          detail: { kind: 'route', network: request.clientNetwork },
        })
      },
    })
  },
  { name: 'rate-limits', dependencies: ['blocks', 'client', 'clock', 'ledger', 'projects', 'responses', 'pressure'] },
)
