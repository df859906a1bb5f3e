/**
 * @fastify/rate-limit on every route but the vote’s, which counts in its own windows (measured: there the plugin would cost
 * a third of the throughput). Counted by network, so that an IPv6 host cannot change its address past it, and by purpose, so
 * that readers do not use up the sessions of their office, nor a page on a refused origin those of everybody behind one address.
 * Of IPv6 the /48 counts besides, with three times as much: whoever rents one has 65 536 networks.
 * With REDIS_URL all nodes count together (plugins/shared-limits.ts).
 */
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit'
import type { FastifyRequest, RouteOptions, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import { PREFIX_TIMES, prefixOf } from '../gate/network.ts'
import type { WindowLimit } from '../gate/policies/policy.ts'
import { tightenedLimit, tightenedWindow } from '../gate/tightened.ts'
import { makeLimitStore } from './shared-limits.ts'

export interface RouteLimitCounts {
  /**
   * Counts a read of a board that no route sees, in the bucket of those that one does; false: over the limit, and the route
   * may say so (which counts it once more). It waits for nothing: another node’s reads are known a tenth of a second late.
   */
  countRead(projectId: number, address: string, network: string, now: number): boolean
  /** Counts one piece of feedback for its voter, whom the route learns late: the seconds to wait once there are more than `limit`. */
  countLetter(voter: string, limit: number, windowMs: number): Promise<number | undefined>
  readonly saturation: { keys: number; forgotten: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    routeLimits: RouteLimitCounts
  }
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

const WINDOW_MS = 60_000
const bucketOf = (purpose: string, network: string): string => `${purpose} ${network}`

const secondsOf = (ttlMs: number): number => Math.max(1, Math.ceil(ttlMs / 1000))
const tooMany = (ttlMs: number): Problem => new Problem('rate_limited', { retryAfter: secondsOf(ttlMs) })

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
    const store = makeLimitStore(app)
    const countLetter = store.counter('letters ')
    app.decorate('routeLimits', {
      countRead: (projectId, address, network, now) => {
        const limit = app.blocks.demands('limits', projectId, { ip: address }, now) ? tightenedLimit(perMinute) : perMinute
        if (store.hit(bucketOf('widget read', network), WINDOW_MS) > limit) return false
        const prefix = address.includes(':') ? prefixOf(address) : undefined
        return prefix === undefined || store.hit(bucketOf('widget read', prefix), WINDOW_MS) <= limit * PREFIX_TIMES
      },
      countLetter: async (voter, limit, windowMs) => {
        const { current, ttl } = await countLetter(voter, windowMs)
        return current > limit ? secondsOf(ttl) : undefined
      },
      get saturation() {
        return store.saturation
      },
    })
    const usualMax = (request: FastifyRequest): number =>
      request.limitNow(purposeOf(request) === 'widget write' ? app.pressure.tighten(perMinute) : perMinute)
    const tell = (request: FastifyRequest, of: 'network' | 'IPv6 /48', kind: string, network: string): void => {
      const { projectKey = '' } = (request.params ?? {}) as { projectKey?: string }
      app.ledger.write({
        projectId: app.projects.byKey(projectKey)?.id ?? 0,
        eventType: 'rate_limit_exceeded',
        endpoint: request.endpoint(),
        ipAddress: request.clientAddress,
        ...(request.headers.origin === undefined ? {} : { origin: request.headers.origin }),
        errorMessage: `Too many requests from one ${of}`,
        detail: { kind, network },
      })
    }
    await app.register(rateLimit, {
      global: true,
      max: usualMax,
      timeWindow: WINDOW_MS,
      store: store.Store,
      keyGenerator: (request) => bucketOf(purposeOf(request), request.clientNetwork),
      errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
      addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
      addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false, 'retry-after': false },
      onExceeded: (request) => {
        // Who reads too much is refused and no more: a longer wait is for what is written, and a read costs next to nothing.
        if (purposeOf(request) === 'widget write') {
          app.responses.note(request, 'rate_limit_exceeded', { what: String(Math.floor(app.clock() / 1000)) })
        }
        tell(request, 'network', 'route', request.clientNetwork)
      },
    })

    /** After the network’s, so that what that refuses is not held against its neighbours; nor are they offenders for what it did. */
    const limitPrefix = (route: RouteOptions, own: RateLimitOptions | undefined): onRequestAsyncHookHandler => {
      const countOne = store.counter(own === undefined ? '' : `${[route.method].flat().join(',')} ${route.url} `)
      const { max = usualMax, timeWindow } = own ?? {}
      const windowMs = typeof timeWindow === 'number' ? timeWindow : WINDOW_MS
      const count = async (request: FastifyRequest, prefix: string): Promise<void> => {
        const key = bucketOf(purposeOf(request), prefix)
        const limit = PREFIX_TIMES * (typeof max === 'number' ? max : await max(request, key))
        const { current, ttl } = await countOne(key, windowMs)
        if (current <= limit) return
        tell(request, 'IPv6 /48', 'route-prefix', prefix)
        throw tooMany(ttl)
      }
      return async (request) => {
        if (request.clientPrefix !== undefined) await count(request, request.clientPrefix)
      }
    }
    // Registered after the plugin’s own hook of the kind, so that it runs behind the plugin’s limit.
    app.addHook('onRoute', (route) => {
      const own = route.config?.rateLimit
      if (own !== false) route.onRequest = [...[route.onRequest ?? []].flat(), limitPrefix(route, own)]
    })
  },
  { name: 'rate-limits', dependencies: ['blocks', 'client', 'clock', 'ledger', 'projects', 'redis', 'responses', 'pressure'] },
)
