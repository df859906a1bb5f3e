/** `GET …/system`: how this node does: its database, its queues, its bounds. Everything is a figure it has at hand but two questions. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { countNotifications } from '../../../db/queries/notifications.ts'
import { ping } from '../../../db/queries/ping.ts'
import { type SystemAnswer, SystemAnswer as System } from '../../contract/system.ts'
import { MAX_KEYS, MAX_MESSAGES, MAX_NETWORKS } from '../../plugins/gate.ts'
import { LEDGER_LIMITS } from '../../plugins/ledger.ts'
import { PROBE_TARGETS } from '../../plugins/probes.ts'
import { MAX_WAITING_BALLOTS } from '../../plugins/recorder.ts'
import { TRAFFIC_LIMITS } from '../../plugins/traffic.ts'
import { MAX_VOTERS } from '../../plugins/watch.ts'
import { refusals } from '../refusals.ts'

const system: FastifyPluginAsyncTypebox<{ version: string }> = async (app, { version }) => {
  const startedAt = app.clock()

  app.get(
    '/system',
    {
      schema: {
        tags: ['security'], summary: 'How the server does',
        description: 'Of the node that answers. Each has its own queues and bounds. What is counted of alerts and messages is all projects’, and for operators of all projects.',
        response: { 200: System, ...refusals(401, 403, 429, 503) },
      },
    },
    async (request) => {
      const begun = performance.now()
      await ping(app.db)
      const answersInMs = performance.now() - begun
      const ofAll = request.operator.projectId === undefined
      const notifications = ofAll ? await countNotifications(app.db) : null
      const { rss, heapUsed, heapTotal } = process.memoryUsage()
      const { eventLoopDelay, eventLoopUtilized } = app.memoryUsage()
      const { waiting, refusals: refused } = app.recorder.saturation
      const { open, folded } = app.ledger.saturation
      const { lookMs, errors, folded: alertsFolded } = app.alerts.saturation
      return {
        version, startedAt, at: app.clock(), underPressure: app.pressure.high, sharedLimits: app.redis.state,
        database: {
          answersInMs,
          connections: { used: app.db.totalCount - app.db.idleCount, max: app.db.options.max, waiting: app.db.waitingCount },
        },
        recorder: { queued: waiting, max: MAX_WAITING_BALLOTS, refused },
        ledger: { open, max: LEDGER_LIMITS.maxOpen, folded },
        watch: { behindMs: Math.max(0, app.watch.saturation.behindMs), voters: app.watch.saturation.voters },
        alerts: { behindMs: app.alerts.saturation.behindMs, lookMs, errors: ofAll ? errors : null, folded: ofAll ? alertsFolded : null },
        figures: { behindMs: await app.hourly.behindMs() },
        notifications,
        probes: PROBE_TARGETS.map((target) => ({ target, state: app.probes.stateOf(target) })),
        limits: limitsOf(app),
        memory: { rss, heapUsed, heapTotal },
        eventLoop: { delayMs: Number.isFinite(eventLoopDelay) ? eventLoopDelay : 0, utilization: eventLoopUtilized },
      }
    },
  )
}
export default system

function limitsOf(app: FastifyInstance): SystemAnswer['limits'] {
  const { windows } = app.gate
  return [
    { name: 'votes waiting to be written', used: app.recorder.saturation.waiting, max: MAX_WAITING_BALLOTS },
    { name: 'kinds of events being folded', used: app.ledger.saturation.open, max: LEDGER_LIMITS.maxOpen },
    { name: 'kinds of requests being counted', used: app.traffic.saturation.lines, max: TRAFFIC_LIMITS.maxLines },
    { name: 'voters the watch counts by', used: app.watch.saturation.voters, max: MAX_VOTERS },
    // A window counts in two halves, each of which may be full.
    ...(['voter', 'network', 'prefix', 'item'] as const).map((name) => ({ name: `keys in the ${name} window`, used: windows[name].size, max: 2 * MAX_KEYS })),
    { name: 'devices’ fingerprints', used: app.gate.fingerprints.size, max: MAX_KEYS },
    { name: 'gestures', used: app.gate.gestures.size, max: MAX_KEYS },
    { name: 'arrivals', used: app.gate.arrivals.size, max: MAX_KEYS },
    { name: 'user ids in order', used: app.gate.users.size, max: MAX_KEYS },
    { name: 'networks that guess keys', used: app.gate.keys.size, max: MAX_NETWORKS },
    { name: 'messages of monitors', used: app.gate.messages.size, max: MAX_MESSAGES },
  ]
}
