/**
 * The table of contents. Order is meaning here: what a request passes, it passes from top to bottom.
 */
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { AppOptions } from './app-options.ts'
import { DEFAULT_LOG_SAMPLE, DEFAULT_RETENTION_DAYS } from './config.ts'
import { defaultPolicy } from './gate/policies/default.ts'
import { defaultResponsePolicy } from './gate/policies/responses.ts'
import alerts from './plugins/alerts.ts'
import allowedSources from './plugins/allowed-sources.ts'
import auditLog from './plugins/audit.ts'
import blocks from './plugins/blocks.ts'
import boardLane from './plugins/board-lane.ts'
import boards from './plugins/boards.ts'
import changes from './plugins/changes.ts'
import client from './plugins/client.ts'
import clock from './plugins/clock.ts'
import cohorts from './plugins/cohorts.ts'
import counts from './plugins/counts.ts'
import database from './plugins/database.ts'
import departure from './plugins/departure.ts'
import eventTail from './plugins/event-tail.ts'
import gate from './plugins/gate.ts'
import hourly from './plugins/hourly.ts'
import housekeeping from './plugins/housekeeping.ts'
import keys from './plugins/keys.ts'
import ledger from './plugins/ledger.ts'
import metrics from './plugins/metrics.ts'
import modes from './plugins/modes.ts'
import networks from './plugins/networks.ts'
import notifications from './plugins/notifications.ts'
import openapi from './plugins/openapi.ts'
import operatorSessions from './plugins/operator-sessions.ts'
import operators from './plugins/operators.ts'
import pressure from './plugins/pressure.ts'
import probes from './plugins/probes.ts'
import problems, { answerFrameworkError } from './plugins/problems.ts'
import projects from './plugins/projects.ts'
import rateLimits from './plugins/rate-limits.ts'
import recorder from './plugins/recorder.ts'
import redis from './plugins/redis.ts'
import requestLog from './plugins/request-log.ts'
import responses from './plugins/responses.ts'
import scans from './plugins/scans.ts'
import securityHeaders from './plugins/security-headers.ts'
import serialization from './plugins/serialization.ts'
import signIns from './plugins/sign-in.ts'
import traffic from './plugins/traffic.ts'
import validation from './plugins/validation.ts'
import watch from './plugins/watch.ts'
import widgetScope from './plugins/widget-scope.ts'
import dashboardFiles from './routes/dashboard/files.ts'
import health from './routes/health/health.ts'
import moderationAllowedSources from './routes/moderation/allowed-sources.ts'
import moderationBlocks from './routes/moderation/blocks.ts'
import moderationCohortMembers from './routes/moderation/cohort-members.ts'
import moderationCohorts from './routes/moderation/cohorts.ts'
import moderationSpikes from './routes/moderation/expected-spikes.ts'
import moderationFeedback from './routes/moderation/feedback.ts'
import moderationInvalidations from './routes/moderation/invalidations.ts'
import moderationItems from './routes/moderation/items.ts'
import moderationMerges from './routes/moderation/merges.ts'
import moderationResponses from './routes/moderation/responses.ts'
import moderationVote from './routes/moderation/vote.ts'
import moderationVoteHistory from './routes/moderation/vote-history.ts'
import moderationVotes from './routes/moderation/votes.ts'
import operatorAccount from './routes/operator/account.ts'
import operatorAccountSessions from './routes/operator/account-sessions.ts'
import operatorAccountTokens from './routes/operator/account-tokens.ts'
import operatorActors from './routes/operator/actors.ts'
import operatorAudit from './routes/operator/audit.ts'
import operatorChannels from './routes/operator/channels.ts'
import operatorIdentitySecrets from './routes/operator/identity-secrets.ts'
import operatorPolicy from './routes/operator/policy.ts'
import operatorProjects from './routes/operator/projects.ts'
import operatorOperators from './routes/operator/operators.ts'
import { signIn, signOut } from './routes/operator/session.ts'
import operatorTokens from './routes/operator/tokens.ts'
import operatorSettings from './routes/operator/settings.ts'
import operatorTokenTests from './routes/operator/token-tests.ts'
import policySchema from './routes/policy-schema.ts'
import ruleSchema from './routes/rule-schema.ts'
import problemCodes from './routes/problems.ts'
import securityAlerts from './routes/security/alerts.ts'
import securityEscalations from './routes/security/escalations.ts'
import securityEventExport from './routes/security/event-export.ts'
import securityEventStats from './routes/security/event-stats.ts'
import securityEventStream from './routes/security/event-stream.ts'
import securityEvent from './routes/security/event.ts'
import securityEvents from './routes/security/events.ts'
import securityFigures from './routes/security/figures.ts'
import securityMonitors from './routes/security/monitors.ts'
import securityRules from './routes/security/rules.ts'
import securitySavedViews from './routes/security/saved-views.ts'
import securityShadow from './routes/security/shadow.ts'
import securitySilences from './routes/security/silences.ts'
import securitySources from './routes/security/sources.ts'
import securitySystem from './routes/security/system.ts'
import securityTraffic from './routes/security/traffic.ts'
import securityWatchSettings from './routes/security/watch-settings.ts'
import widgetAssets from './routes/widget/assets.ts'
import widgetBoard from './routes/widget/board.ts'
import widgetFeedback from './routes/widget/feedback.ts'
import widgetPreflight from './routes/widget/preflight.ts'
import widgetSessions from './routes/widget/sessions.ts'
import widgetVotes from './routes/widget/votes.ts'
import { deriveKeys } from './tokens/keys.ts'
import { defaultWatchSettings } from './watch/settings.ts'

const WIDGET_BODY_LIMIT = 16 * 1024
const API_BODY_LIMIT = 128 * 1024

/** Opens the pool, the change listener and the caches, and is ready to listen; `close()` writes out what is still in memory. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    logger: {
      level: options.logLevel ?? 'warn', redact: ['req.headers.authorization', 'req.headers.cookie'],
      ...(options.logTo === undefined ? {} : { stream: options.logTo }),
    },
    // A line per request would cost a fifth of the throughput (measured): plugins/request-log.ts writes some.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(options.trustedProxies ?? false),
    bodyLimit: API_BODY_LIMIT,
    requestTimeout: 15_000,
    // Node takes the smaller of the two for the headers and the larger for the whole request, whichever name it has. With its own
    // 60 s for headers, and a look every 30 s, a body that trickled in kept its connection for 79 s (measured).
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    return503OnClosing: true,
    // The first looks at a large ledger on a busy machine take their time, and that is no reason not to start.
    pluginTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerFrameworkError,
  })

  try {
    await furnish(app, options)
  } catch (error) {
    // What has been opened so far (pool, listener) would keep the process alive and hide why it did not start.
    await app.close()
    throw error
  }
  return app
}

async function furnish(app: FastifyInstance, options: AppOptions): Promise<void> {
  const { databaseUrl, version } = options
  await app.register(departure)
  await app.register(problems)
  await app.register(validation)
  await app.register(serialization)
  await app.register(securityHeaders)
  await app.register(clock, { clock: options.clock ?? Date.now })
  await app.register(keys, { keyring: deriveKeys(options.masterSecret) })
  await app.register(client)
  await app.register(requestLog, { sample: options.logSample ?? DEFAULT_LOG_SAMPLE })
  await app.register(networks, { asnFile: options.asnDatabase })
  await app.register(database, { databaseUrl })
  await app.register(changes, { databaseUrl, pulseMs: options.pulseMs, rereadMs: options.rereadMs })
  await app.register(modes, {
    gateMode: options.gateMode ?? { value: 'enforce', fixed: false }, retentionDays: options.retentionDays ?? { value: DEFAULT_RETENTION_DAYS, fixed: false },
  })
  await app.register(housekeeping)
  await app.register(projects)
  await app.register(allowedSources)
  await app.register(blocks)
  await app.register(cohorts)
  await app.register(ledger)
  await app.register(redis, { url: options.redisUrl, timeoutMs: options.redisTimeoutMs })
  await app.register(eventTail)
  // Before every route: the ones that list records are asked how many.
  await app.register(traffic)
  await app.register(scans)
  await app.register(responses, { policy: options.responses ?? defaultResponsePolicy })
  // Before every route, which it looks through for what can wait.
  await app.register(pressure, options.pressure ?? {})
  await app.register(boards, { everyMs: options.boardEveryMs ?? 250 })
  await app.register(gate, { policy: options.policy ?? defaultPolicy, shadow: options.shadowPolicy })
  await app.register(counts)
  await app.register(recorder)
  await app.register(hourly, { everyMs: options.watchEveryMs === 0 ? 0 : 60_000 })
  await app.register(watch, { everyMs: options.watchEveryMs ?? 500 })
  await app.register(probes, { everyMs: options.probeEveryMs ?? 30_000, slowMs: options.probeSlowMs ?? 1000 })
  await app.register(operatorSessions)
  await app.register(operators)
  await app.register(signIns)
  await app.register(auditLog)
  await app.register(notifications, { everyMs: options.notifyEveryMs ?? 1000 })
  await app.register(alerts, {
    library: options.rules, settings: options.watchSettings ?? defaultWatchSettings, everyMs: options.watchEveryMs ?? 500,
    proxies: Array.isArray(options.trustedProxies) ? options.trustedProxies : [], publicUrl: options.publicUrl,
  })
  await app.register(rateLimits, { perMinute: options.requestsPerMinute ?? 600 })
  await app.register(openapi, { version })
  await app.register(metrics)
  await app.register(boardLane, { trust: trustOf(options.trustedProxies ?? false) })

  await app.register(health, { securityContact: options.securityContact })
  await app.register(problemCodes)
  await app.register(policySchema)
  await app.register(ruleSchema)
  await app.register(widgetAssets, { widgetDir: options.widgetDir, version })
  if (options.dashboardDir !== undefined) await app.register(dashboardFiles, { dashboardDir: options.dashboardDir })

  await app.register(
    async (widget) => {
      widget.addHook('onRoute', (route) => void (route.bodyLimit = WIDGET_BODY_LIMIT))
      await widget.register(widgetScope)
      await widget.register(widgetPreflight)
      await widget.register(widgetBoard)
      await widget.register(widgetSessions)
      await widget.register(widgetVotes)
      await widget.register(widgetFeedback)
    },
    { prefix: '/api/widget/v1' },
  )
  await app.register(
    async (moderation) => {
      const mayLook = app.requireRole('viewer')
      const mayChange = app.requireRole('moderator')
      moderation.addHook('preParsing', (request) => (request.method === 'GET' ? mayLook(request) : mayChange(request)))
      await moderation.register(moderationVotes)
      await moderation.register(moderationVoteHistory)
      await moderation.register(moderationVote)
      await moderation.register(moderationInvalidations)
      await moderation.register(moderationCohorts)
      await moderation.register(moderationCohortMembers)
      await moderation.register(moderationSpikes)
      await moderation.register(moderationBlocks)
      await moderation.register(moderationResponses)
      await moderation.register(moderationAllowedSources)
      await moderation.register(moderationItems)
      await moderation.register(moderationMerges)
      await moderation.register(moderationFeedback)
    },
    { prefix: '/api/moderation/v1' },
  )
  await app.register(
    async (security) => {
      security.addHook('preParsing', app.requireRole('viewer'))
      await security.register(securityEvents)
      await security.register(securityEvent)
      await security.register(securityEventStats)
      await security.register(securityEventExport)
      await security.register(securityEscalations)
      await security.register(securitySavedViews)
      await security.register(securityEventStream, { recheckMs: options.streamRecheckMs ?? 15_000 })
      await security.register(securityShadow)
      await security.register(securityAlerts)
      await security.register(securityRules)
      await security.register(securitySilences)
      await security.register(securityFigures)
      await security.register(securityWatchSettings)
      await security.register(securityTraffic)
      await security.register(securitySources)
      await security.register(securitySystem, { version })
    },
    { prefix: '/api/security/v1' },
  )
  // Signed, not authorised by a token: outside the scope that asks for one.
  await app.register(securityMonitors, { prefix: '/api/security/v1', secret: options.monitorSecret })
  // Whoever comes to sign in has no session yet.
  await app.register(signIn, { prefix: '/api/operator/v1' })
  await app.register(
    async (account) => {
      account.addHook('preParsing', app.requireRole('viewer'))
      await account.register(signOut)
      await account.register(operatorAccount)
      await account.register(operatorAccountSessions)
      await account.register(operatorAccountTokens)
      await account.register(operatorActors)
      await account.register(operatorSettings)
      await account.register(operatorPolicy)
    },
    { prefix: '/api/operator/v1' },
  )
  await app.register(
    async (operator) => {
      operator.addHook('preParsing', app.requireRole('admin'))
      await operator.register(operatorOperators)
      await operator.register(operatorTokens)
      await operator.register(operatorProjects)
      await operator.register(operatorIdentitySecrets)
      await operator.register(operatorTokenTests)
      await operator.register(operatorChannels)
      await operator.register(operatorAudit)
    },
    { prefix: '/api/operator/v1' },
  )
}

/**
 * Fastify takes CIDRs as they are, and no hop count any more: a count trusts whoever connects. The operator who sets one
 * says that nobody but the proxies can.
 */
function trustOf(proxies: false | number | string[]): false | string[] | ((address: string, hop: number) => boolean) {
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : proxies
}
