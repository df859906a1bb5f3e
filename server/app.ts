/**
 * The table of contents. Order is meaning here: what a request passes, it passes from top to bottom.
 */
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { defaultPolicy } from './gate/policies/default.ts'
import type { WatchSettings } from './contract/watch-settings.ts'
import type { Policy } from './gate/policies/policy.ts'
import { type ResponsePolicy, defaultResponsePolicy } from './gate/policies/responses.ts'
import alerts from './plugins/alerts.ts'
import allowedSources from './plugins/allowed-sources.ts'
import blocks from './plugins/blocks.ts'
import boards from './plugins/boards.ts'
import changes from './plugins/changes.ts'
import client from './plugins/client.ts'
import clock from './plugins/clock.ts'
import cohorts from './plugins/cohorts.ts'
import database from './plugins/database.ts'
import gate from './plugins/gate.ts'
import housekeeping from './plugins/housekeeping.ts'
import keys from './plugins/keys.ts'
import ledger from './plugins/ledger.ts'
import metrics from './plugins/metrics.ts'
import networks from './plugins/networks.ts'
import notifications from './plugins/notifications.ts'
import openapi from './plugins/openapi.ts'
import operators from './plugins/operators.ts'
import pressure, { type PressureOptions } from './plugins/pressure.ts'
import probes from './plugins/probes.ts'
import problems, { answerFrameworkError } from './plugins/problems.ts'
import projects from './plugins/projects.ts'
import rateLimits from './plugins/rate-limits.ts'
import recorder from './plugins/recorder.ts'
import responses from './plugins/responses.ts'
import scans from './plugins/scans.ts'
import securityHeaders from './plugins/security-headers.ts'
import traffic from './plugins/traffic.ts'
import validation from './plugins/validation.ts'
import watch from './plugins/watch.ts'
import widgetScope from './plugins/widget-scope.ts'
import health from './routes/health/health.ts'
import moderationAllowedSources from './routes/moderation/allowed-sources.ts'
import moderationBlocks from './routes/moderation/blocks.ts'
import moderationCohorts from './routes/moderation/cohorts.ts'
import moderationSpikes from './routes/moderation/expected-spikes.ts'
import moderationFeedback from './routes/moderation/feedback.ts'
import moderationInvalidations from './routes/moderation/invalidations.ts'
import moderationItems from './routes/moderation/items.ts'
import moderationResponses from './routes/moderation/responses.ts'
import moderationVotes from './routes/moderation/votes.ts'
import operatorChannels from './routes/operator/channels.ts'
import operatorProjects from './routes/operator/projects.ts'
import policySchema from './routes/policy-schema.ts'
import ruleSchema from './routes/rule-schema.ts'
import problemCodes from './routes/problems.ts'
import securityAlerts from './routes/security/alerts.ts'
import securityEvents from './routes/security/events.ts'
import securityFigures from './routes/security/figures.ts'
import securityMonitors from './routes/security/monitors.ts'
import securityRules from './routes/security/rules.ts'
import securityShadow from './routes/security/shadow.ts'
import securitySilences from './routes/security/silences.ts'
import widgetAssets from './routes/widget/assets.ts'
import widgetBoard from './routes/widget/board.ts'
import widgetFeedback from './routes/widget/feedback.ts'
import widgetPreflight from './routes/widget/preflight.ts'
import widgetSessions from './routes/widget/sessions.ts'
import widgetVotes from './routes/widget/votes.ts'
import { deriveKeys } from './tokens/keys.ts'
import type { RuleLibrary } from './watch/language/library.ts'
import { defaultWatchSettings } from './watch/settings.ts'

export interface AppOptions {
  /** Migrated. */
  databaseUrl: string
  masterSecret: string
  /** Where the built widget lies. */
  widgetDir: string
  version: string
  trustedProxies?: false | number | string[]
  logLevel?: string
  retentionDays?: number
  policy?: Policy
  /** On trial: judged beside the policy, stored where it disagrees, never acted on. */
  shadowPolicy?: Policy | undefined
  /** What is done by itself about a source that goes on offending. */
  responses?: ResponsePolicy
  /** When the server counts as under load, and how much tighter limits are then. */
  pressure?: PressureOptions
  /** Milliseconds since the epoch; Date.now unless a test says otherwise. */
  clock?: () => number
  /** A file of all autonomous systems (mmdb); without it the largest hosting companies are known. */
  asnDatabase?: string | undefined
  /** What the watch looks for in the ledger (commands/rule-files.ts reads the shipped ones). */
  rules: RuleLibrary
  /** What it does about alerts that nobody answers. */
  watchSettings?: WatchSettings
  /** How often the ledger is watched; 0: only when `app.watch.tick()` and `app.alerts.tick()` are called. */
  watchEveryMs?: number
  /** How often the outbox is looked at; 0: only when `app.notifications.tick()` is called. */
  notifyEveryMs?: number
  /** Requests per minute and network on routes without a figure of their own. */
  requestsPerMinute?: number
  /** For security.txt: a mailto: or https: address of whoever runs this installation. */
  securityContact?: string | undefined
  /** How often the server asks its own endpoints; 0: only when `app.probes.tick()` is called. */
  probeEveryMs?: number
  /** What monitors outside sign their messages with (`whsec_…`); without one none are taken. */
  monitorSecret?: string | undefined
}

const WIDGET_BODY_LIMIT = 16 * 1024
const API_BODY_LIMIT = 128 * 1024

/** Opens the pool, the change listener and the caches, and is ready to listen; `close()` writes out what is still in memory. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    logger: { level: options.logLevel ?? 'warn', redact: ['req.headers.authorization', 'req.headers.cookie'] },
    // A line per request would cost a fifth of the throughput (measured); /metrics counts them.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(options.trustedProxies ?? false),
    bodyLimit: API_BODY_LIMIT,
    requestTimeout: 15_000,
    // Node takes the smaller of the two for the headers and the larger for the whole request, whichever name it has. With its own
    // 60 s for headers, and a look every 30 s, a body that trickled in kept its connection for 79 s (measured).
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    return503OnClosing: true,
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
  await app.register(problems)
  await app.register(validation)
  await app.register(securityHeaders)
  await app.register(clock, { clock: options.clock ?? Date.now })
  await app.register(keys, { keyring: deriveKeys(options.masterSecret) })
  await app.register(client)
  await app.register(networks, { asnFile: options.asnDatabase })
  await app.register(database, { databaseUrl })
  await app.register(housekeeping, { retentionDays: options.retentionDays ?? 90 })
  await app.register(changes, { databaseUrl })
  await app.register(projects)
  await app.register(allowedSources)
  await app.register(blocks)
  await app.register(cohorts)
  await app.register(ledger)
  // Before every route: the ones that list records are asked how many.
  await app.register(traffic)
  await app.register(scans)
  await app.register(responses, { policy: options.responses ?? defaultResponsePolicy, retentionDays: options.retentionDays ?? 90 })
  // Before every route, which it looks through for what can wait.
  await app.register(pressure, options.pressure ?? {})
  await app.register(boards)
  await app.register(gate, { policy: options.policy ?? defaultPolicy, shadow: options.shadowPolicy })
  await app.register(recorder)
  await app.register(watch, { everyMs: options.watchEveryMs ?? 500 })
  await app.register(probes, { everyMs: options.probeEveryMs ?? 30_000 })
  await app.register(operators)
  await app.register(notifications, { everyMs: options.notifyEveryMs ?? 1000, retentionDays: options.retentionDays ?? 90 })
  await app.register(alerts, {
    library: options.rules, settings: options.watchSettings ?? defaultWatchSettings, everyMs: options.watchEveryMs ?? 500,
    proxies: Array.isArray(options.trustedProxies) ? options.trustedProxies : [],
  })
  await app.register(rateLimits, { perMinute: options.requestsPerMinute ?? 600 })
  await app.register(openapi, { version })
  await app.register(metrics)

  await app.register(health, { securityContact: options.securityContact })
  await app.register(problemCodes)
  await app.register(policySchema)
  await app.register(ruleSchema)
  await app.register(widgetAssets, { widgetDir: options.widgetDir, version })

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
      moderation.addHook('preParsing', app.requireRole('moderator'))
      await moderation.register(moderationVotes)
      await moderation.register(moderationInvalidations)
      await moderation.register(moderationCohorts)
      await moderation.register(moderationSpikes)
      await moderation.register(moderationBlocks)
      await moderation.register(moderationResponses)
      await moderation.register(moderationAllowedSources)
      await moderation.register(moderationItems)
      await moderation.register(moderationFeedback)
    },
    { prefix: '/api/moderation/v1' },
  )
  await app.register(
    async (security) => {
      security.addHook('preParsing', app.requireRole('viewer'))
      await security.register(securityEvents)
      await security.register(securityShadow)
      await security.register(securityAlerts)
      await security.register(securityRules)
      await security.register(securitySilences)
      await security.register(securityFigures)
    },
    { prefix: '/api/security/v1' },
  )
  // Signed, not authorised by a token: outside the scope that asks for one.
  await app.register(securityMonitors, { prefix: '/api/security/v1', secret: options.monitorSecret })
  await app.register(
    async (operator) => {
      operator.addHook('preParsing', app.requireRole('admin'))
      await operator.register(operatorProjects)
      await operator.register(operatorChannels)
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
