/**
 * `app.pressure`: whether this node is under load, and what it does without then. Votes and sessions get tighter limits, what
 * can wait answers 503, and the board, served from memory, and the health checks answer on.
 *
 * The reading is @fastify/under-pressure’s. Load has to last before anything is tightened, and calm before it is loosened
 * again, so one long garbage collection refuses nobody and an edge does not flicker.
 */
import underPressure from '@fastify/under-pressure'
import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import type { WindowLimit } from '../gate/policies/policy.ts'

export interface PressureOptions {
  /** Mean delay of a turn of the event loop over one sample, in milliseconds; 0: not looked at. One long stall hardly moves it. */
  maxEventLoopDelayMs?: number
  /**
   * Share of a sample the event loop was busy, 0 to 1; 0: not looked at, which is the default: a server that is busy all
   * the time and answers in time is in no trouble.
   */
  maxEventLoopUtilization?: number
  /** 0: not looked at. */
  maxHeapUsedBytes?: number
  maxRssBytes?: number
  sampleMs?: number
  /** How long it must last before limits are tightened. */
  beginMs?: number
  /** How long it must be gone before they are loosened. */
  endMs?: number
  /** Limits under pressure, as a share of the usual ones. */
  share?: number
  /** What is read instead of the event loop: for tests, and for whoever measures load elsewhere. */
  read?: () => boolean
}

export interface Pressure {
  readonly high: boolean
  /** A limit as it is now: the usual one, or a share of it, never less than one. */
  tighten(limit: number): number
  /** The same for a window of the gate’s policy. */
  tightenWindow(window: WindowLimit): WindowLimit
}

declare module 'fastify' {
  interface FastifyInstance {
    pressure: Pressure
  }
}

const RETRY_AFTER_S = 10

/** Lists and reference: nobody’s vote waits for them. Blocks do not wait, they are what a moderator needs then. */
function canWait({ method, url }: Pick<RouteOptions, 'method' | 'url'>): boolean {
  if (/^\/(docs(\/|$)|openapi\.json$)/.test(url)) return true
  return [method].flat().every((verb) => verb === 'GET' || verb === 'HEAD') && /^\/api\/moderation\/v1\/(?!blocks)/.test(url)
}

export default fp<PressureOptions>(
  async (app, options) => {
    const { sampleMs = 1000, beginMs = 3000, endMs = 10_000, share = 0.5 } = options
    await app.register(underPressure, {
      sampleInterval: sampleMs,
      maxEventLoopDelay: options.maxEventLoopDelayMs ?? 200,
      maxEventLoopUtilization: options.maxEventLoopUtilization ?? 0,
      eventLoopUtilizationMode: 'interval',
      maxHeapUsedBytes: options.maxHeapUsedBytes ?? 0,
      maxRssBytes: options.maxRssBytes ?? 0,
      // Its own answer would refuse everybody, readers of the board first.
      pressureHandler: () => undefined,
    })
    const read = options.read ?? (() => app.isUnderPressure())

    let high = false
    /** Since when the reading has said the opposite of `high`; undefined: it agrees. */
    let since: number | undefined
    const sense = (): void => {
      const now = app.clock()
      if (read() === high) {
        since = undefined
        return
      }
      since ??= now
      if (now - since < (high ? endMs : beginMs)) return
      high = !high
      since = undefined
      const { eventLoopDelay, eventLoopUtilized } = app.memoryUsage()
      app.ledger.write({
        projectId: 0, eventType: 'suspicious_activity', severity: high ? 'medium' : 'low', endpoint: '*',
        errorMessage: high ? 'Under load: limits are tighter, and what can wait answers 503' : 'No longer under load: limits are as usual',
        detail: {
          kind: 'pressure', state: high ? 'begin' : 'end',
          eventLoopDelayMs: Number.isFinite(eventLoopDelay) ? Math.round(eventLoopDelay) : null,
          eventLoopUtilization: Math.round(eventLoopUtilized * 100) / 100,
        },
      })
    }
    const timer = setInterval(sense, sampleMs)
    timer.unref()
    app.addHook('onClose', async () => clearInterval(timer))
    app.addHook('onRequest', (_request, _reply, done) => {
      sense()
      done()
    })
    app.addHook('onRoute', (route) => {
      if (!canWait(route)) return
      route.onRequest = [
        async () => {
          if (high) throw new Problem('overloaded', { retryAfter: RETRY_AFTER_S })
        },
        ...[route.onRequest ?? []].flat(),
      ]
    })

    const tighten = (limit: number): number => (high ? Math.max(1, Math.floor(limit * share)) : limit)
    app.decorate('pressure', {
      get high() {
        return high
      },
      tighten,
      tightenWindow: (window) => (high ? { ...window, limit: tighten(window.limit) } : window),
    })
  },
  { name: 'pressure', dependencies: ['clock', 'ledger'] },
)
