/** `GET /metrics`, Prometheus text: what is bounded says how full it is. */
import fp from 'fastify-plugin'
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { AnswerDurations } from '../ledger/answer-durations.ts'
import { wholeInstallation } from './installation-wide.ts'
import { registerAlertMetrics } from './alert-metrics.ts'
import { PROBE_TARGETS } from './probes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    durations: AnswerDurations
  }
}

export default fp(async (app) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  app.decorate('durations', new AnswerDurations())
  app.addHook('onResponse', (request, reply, done) => {
    app.durations.line(request.method, request.routeOptions.url, reply.statusCode).observe(reply.elapsedTime / 1000)
    done()
  })
  const gauge = (name: string, help: string, read: () => number): void => {
    registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read()) } }))
  }
  gauge('truetally_ballots_waiting', 'Votes waiting to be written', () => app.recorder.saturation.waiting)
  gauge('truetally_ballots_refused', 'Votes refused because the queue was full', () => app.recorder.saturation.refusals)
  gauge('truetally_events_open', 'Kinds of security events being coalesced', () => app.ledger.saturation.open)
  gauge('truetally_events_folded', 'Events folded because too many kinds were open', () => app.ledger.saturation.folded)
  for (const name of ['voter', 'network', 'prefix', 'item'] as const) {
    gauge(`truetally_window_${name}_keys`, `Keys counted in the ${name} window`, () => app.gate.windows[name].size)
    gauge(`truetally_window_${name}_saturations`, `Keys the ${name} window forgot to make room`, () => app.gate.windows[name].saturations)
  }
  for (const name of ['gestures', 'arrivals', 'users', 'keys', 'messages'] as const) {
    gauge(`truetally_memory_${name}_keys`, `What is remembered of ${name}`, () => app.gate[name].size)
    gauge(`truetally_memory_${name}_saturations`, `What was forgotten of ${name} before its time, to make room`, () => app.gate[name].saturations)
  }
  gauge('truetally_alerts_folded', 'Groups that got no alert of their own because a rule had too many open in their project', () => app.alerts.saturation.folded)
  gauge('truetally_alerts_behind_seconds', 'How much of the ledger the rules have not looked through', () => app.alerts.saturation.behindMs / 1000)
  gauge('truetally_look_errors', 'Rules, responses and messages that failed in a look', () => app.alerts.saturation.errors)
  gauge('truetally_look_seconds', 'How long the last look of the rules at the ledger took', () => app.alerts.saturation.lookMs / 1000)
  gauge('truetally_watch_voters', 'Voters the watch counts by what they share', () => app.watch.saturation.voters)
  gauge('truetally_watch_forgotten', 'Voters the watch forgot before its horizon, to make room', () => app.watch.saturation.forgotten)
  gauge('truetally_watch_behind_seconds', 'How far the watch is behind the ledger', () => app.watch.saturation.behindMs / 1000)
  gauge('truetally_traffic_lines', 'Kinds of requests being counted, or waiting to be written', () => app.traffic.saturation.lines)
  gauge('truetally_traffic_folded', 'Requests counted without their endpoint, because too many kinds were open', () => app.traffic.saturation.folded)
  gauge('truetally_traffic_lost', 'Requests not counted, because far too many kinds were waiting to be written', () => app.traffic.saturation.lost)
  gauge('truetally_probes_failing', 'Own endpoints that are down or slow', () => PROBE_TARGETS.filter((target) => app.probes.stateOf(target) !== 'up').length)
  gauge('truetally_fingerprint_devices', 'Devices whose last fingerprint is remembered', () => app.gate.fingerprints.size)
  gauge('truetally_offences', 'Offences of sources remembered', () => app.responses.saturation.marks)
  gauge('truetally_offences_forgotten', 'Sources whose offences were forgotten to make room', () => app.responses.saturation.forgotten)
  gauge('truetally_blocks_waiting', 'Automatic blocks waiting to be written', () => app.responses.saturation.waiting)
  gauge('truetally_blocks_dropped', 'Automatic blocks that hold on this node only, because too many were waiting', () => app.responses.saturation.dropped)
  if (app.redis.state !== 'off') {
    gauge('truetally_shared_limits_up', '1 while Redis answers and limits hold for all nodes together, 0 while each keeps them by itself', () => (app.redis.state === 'up' ? 1 : 0))
    gauge('truetally_shared_limits_failures', 'Times Redis stopped answering', () => app.redis.saturation.failures)
    gauge('truetally_shared_limits_waiting', 'Questions Redis has not answered yet', () => app.redis.saturation.waiting)
    gauge('truetally_shared_limits_refused', 'Questions not asked of Redis because too many were waiting', () => app.redis.saturation.refused)
  }
  gauge('truetally_route_limit_keys', 'Sources counted by the limits of routes', () => app.routeLimits.saturation.keys)
  gauge('truetally_route_limit_forgotten', 'Sources the limits of routes forgot to make room', () => app.routeLimits.saturation.forgotten)
  gauge('truetally_under_pressure', '1 while limits are tighter because the server is under load', () => (app.pressure.high ? 1 : 0))
  gauge('truetally_database_connections_waiting', 'Queries waiting for a connection', () => app.db.waitingCount)

  gauge('truetally_change_listener_up', '1 while this node hears at once what others changed, 0 while it has to look', () => (app.changes.listening ? 1 : 0))
  gauge('truetally_boards_held', 'Boards held in memory', () => app.boards.saturation.boards)
  gauge('truetally_boards_forgotten', 'Boards that made room for others; they are read again when somebody asks for them', () => app.boards.saturation.forgotten)

  registerAlertMetrics(app, registry)

  // Asked after the rate limit, which is an onRequest hook: guesses at tokens must not be free, nor the query each one costs.
  app.get('/metrics', { preParsing: app.requireRole('viewer'), schema: { hide: true } }, async (request, reply) => {
    wholeInstallation(request, 'The metrics are the installation’s')
    const durations = app.durations.expose('truetally_request_duration_seconds', 'Time to answer, by route and status class')
    return reply.type(registry.contentType).send(`${await registry.metrics()}\n${durations}`)
  })
}, { name: 'metrics', dependencies: ['recorder', 'ledger', 'gate', 'operators', 'rate-limits', 'redis', 'responses', 'pressure', 'watch', 'alerts', 'traffic', 'probes', 'boards'] })
