/** `GET /metrics`, Prometheus text: what is bounded says how full it is. */
import fp from 'fastify-plugin'
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export default fp(async (app) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'truetally_request_duration_seconds', help: 'Time to answer, by route and status class',
    labelNames: ['method', 'route', 'status'] as const, buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2], registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    requests.observe({ method: request.method, route: request.routeOptions.url ?? 'unknown', status }, reply.elapsedTime / 1000)
  })
  const gauge = (name: string, help: string, read: () => number): void => {
    registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read()) } }))
  }
  gauge('truetally_ballots_waiting', 'Votes waiting to be written', () => app.recorder.saturation.waiting)
  gauge('truetally_ballots_refused', 'Votes refused because the queue was full', () => app.recorder.saturation.refusals)
  gauge('truetally_events_open', 'Kinds of security events being coalesced', () => app.ledger.saturation.open)
  gauge('truetally_events_folded', 'Events folded because too many kinds were open', () => app.ledger.saturation.folded)
  for (const name of ['voter', 'network', 'item'] as const) {
    gauge(`truetally_window_${name}_keys`, `Keys counted in the ${name} window`, () => app.gate.windows[name].size)
    gauge(`truetally_window_${name}_saturations`, `Keys the ${name} window forgot to make room`, () => app.gate.windows[name].saturations)
  }
  gauge('truetally_fingerprint_devices', 'Devices whose last fingerprint is remembered', () => app.gate.fingerprints.size)
  gauge('truetally_database_connections_waiting', 'Queries waiting for a connection', () => app.db.waitingCount)

  // Asked after the rate limit, which is an onRequest hook: guesses at tokens must not be free, nor the query each one costs.
  app.get('/metrics', { preParsing: app.requireRole('viewer'), schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}, { name: 'metrics', dependencies: ['recorder', 'ledger', 'gate', 'operators', 'rate-limits'] })
