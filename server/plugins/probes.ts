/**
 * `app.probes`: the server asks itself what its visitors and moderators would, and says in the ledger when that fails or is slow: the
 * database, a health check, a board, the security API, notifications that are due, and the watch. What a monitor outside sees
 * comes in by routes/security/monitors.ts.
 */
import type { InjectOptions } from 'fastify'
import fp from 'fastify-plugin'
import { notificationsOverdueMs } from '../../db/queries/overdue.ts'
import { ping } from '../../db/queries/ping.ts'
import { severityOf } from '../watch/probes/probe-severity.ts'
import { type Measurement, type ProbeState, ProbeStates } from '../watch/probes/probe-states.ts'

export interface ProbeOptions {
  /** 0: only when `app.probes.tick()` is called. */
  everyMs: number
  /** Slow is longer than this. */
  slowMs: number
  /** No answer within this is none. */
  timeoutMs?: number
  /** How long a notification may have been due. */
  overdueMs?: number
  /** How far the watch may be behind the ledger. */
  behindMs?: number
}

export const PROBE_TARGETS = ['database', 'healthz', 'board', 'events', 'notifications', 'watch'] as const
type Target = (typeof PROBE_TARGETS)[number]

declare module 'fastify' {
  interface FastifyInstance {
    probes: {
      /** Measures once. The server does so by itself, unless it was started with `probeEveryMs: 0`. */
      tick(): Promise<void>
      stateOf(target: Target): ProbeState
    }
  }
}

export default fp<ProbeOptions>(
  async (app, { everyMs, slowMs, timeoutMs = 10_000, overdueMs = 5 * 60_000, behindMs = 60_000 }) => {
    const states = new ProbeStates()
    let closing = false

    /** Anything but a failure of the server is an answer: a limit or a refusal is one too. */
    const ask = async (options: InjectOptions): Promise<void> => {
      const { statusCode } = await app.inject(options)
      if (statusCode >= 500) throw new Error(`answered ${statusCode}`)
    }
    const askBoard = async (): Promise<void> => {
      // A wildcard names no origin that a page could have.
      const project = app.projects.all().find(({ origins }) => origins.some((origin) => !origin.includes('*')))
      const origin = project?.origins.find((pattern) => !pattern.includes('*'))
      if (project === undefined || origin === undefined) return
      await ask({ url: `/api/widget/v1/${project.publicKey}/board`, headers: { origin } })
    }
    const took = async (target: Target, work: () => Promise<unknown>): Promise<Measurement> => {
      const began = performance.now()
      const failed = await within(timeoutMs, work()).then(() => false, () => true)
      return { target, ms: performance.now() - began, limitMs: slowMs, failed }
    }
    const overdue = async (): Promise<Measurement> => {
      const ms = await within(timeoutMs, notificationsOverdueMs(app.db, app.clock())).catch(() => undefined)
      // Unknown is not late; that the database is away has been said.
      return { target: 'notifications', ms: ms ?? 0, limitMs: overdueMs, failed: false }
    }

    const tick = async (): Promise<void> => {
      const measured = [
        await took('database', () => ping(app.db)),
        await took('healthz', () => ask({ url: '/healthz' })),
        await took('board', askBoard),
        // Without a token: the answer is that it takes one.
        await took('events', () => ask({ url: '/api/security/v1/events' })),
        await overdue(),
        { target: 'watch', ms: Math.max(app.watch.saturation.behindMs, app.alerts.saturation.behindMs), limitMs: behindMs, failed: false },
      ]
      // On its way out it answers no health check, and that is no news.
      if (closing || app.departure.begun) return
      for (const measurement of measured) {
        const state = states.take(measurement, app.clock())
        if (state !== undefined) report(measurement, state)
      }
    }

    function report({ target, ms }: Measurement, state: ProbeState): void {
      app.ledger.write({
        projectId: 0, eventType: 'suspicious_activity', severity: severityOf(state), endpoint: 'probe',
        errorMessage: state === 'up' ? `Well again: ${target}` : state === 'down' ? `Does not answer: ${target}` : `Slow, or behind: ${target}`,
        detail: { kind: 'probe', target, state, ms: Math.round(ms) },
      })
    }

    let running: Promise<void> | undefined
    app.decorate('probes', {
      tick: () => (running ??= tick().finally(() => (running = undefined))),
      stateOf: (target) => states.stateOf(target),
    })
    app.addHook('preClose', async () => {
      closing = true
    })
    if (everyMs <= 0) return
    const timer = setInterval(() => {
      app.probes.tick().catch((error: unknown) => app.log.error({ err: error }, 'a probe stumbled; the next one looks again'))
    }, everyMs)
    timer.unref()
    app.addHook('preClose', async () => clearInterval(timer))
  },
  { name: 'probes', dependencies: ['database', 'departure', 'clock', 'ledger', 'projects', 'watch'] },
)

/** Rejects when `work` takes longer; what it does then is no longer looked at. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
