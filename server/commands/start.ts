/** `truetally start`: database, migrations, server, and with `--demo` the demo site; ends without losing anything. */
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { migrate } from '../../db/migrate.ts'
import { buildApp } from '../app.ts'
import { type Config, DEFAULT_RETENTION_DAYS } from '../config.ts'
import { VERSION } from '../version.ts'
import { ensureFirstAccount } from './accounts.ts'
import { type Demo, startDemo } from './demo.ts'
import { openInstallation } from './installation.ts'
import { listen } from './listen.ts'
import { ensureFirstOperator } from './operator-token.ts'
import { readPolicies } from './policy.ts'
import { readRules } from './rule-files.ts'
import { readWatchSettings } from './watch-settings.ts'

/** In dist the widget and the dashboard are siblings of the server; from the sources they are where the build puts them. */
const BUILT = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../'
const WIDGET_DIR = fileURLToPath(new URL(`${BUILT}widget`, import.meta.url))
const DASHBOARD_DIR = fileURLToPath(new URL(`${BUILT}dashboard`, import.meta.url))

/** Behind a proxy: longer than it takes to see that /healthz says no, which is a second and a quarter with deploy/haproxy.cfg. */
const DEPARTURE_MS = 2000

/** Resolves once it listens; from then on signals end it. Throws what kept it from starting, with everything closed again. */
export async function start(config: Config, options: { demo: boolean; print: (text: string) => void }): Promise<void> {
  const began = performance.now()
  const policies = await readPolicies(config)
  const rules = await readRules(config)
  const watchSettings = await readWatchSettings(config)
  const installation = await openInstallation(config, {
    beside: false,
    log: (line) => void (['debug', 'trace'].includes(config.logLevel) && process.stderr.write(`postgres: ${line}\n`)),
  })
  const { embedded, databaseUrl, masterSecret } = installation
  let app: FastifyInstance | undefined
  let demo: Demo | undefined
  const close = async (): Promise<void> => {
    await demo?.close()
    await app?.close()
    await embedded?.stop()
  }
  try {
    await migrate(databaseUrl)
    app = await buildApp({
      databaseUrl, redisUrl: config.redisUrl, masterSecret, widgetDir: WIDGET_DIR, dashboardDir: DASHBOARD_DIR, version: VERSION, trustedProxies: config.trustedProxies,
      logLevel: config.logLevel, logSample: config.logSample, securityContact: config.securityContact, monitorSecret: config.monitorSecret, asnDatabase: config.asnDatabase,
      publicUrl: config.publicUrl,
      gateMode: { value: config.gateMode ?? (options.demo ? 'log' : 'enforce'), fixed: config.gateMode !== undefined },
      retentionDays: { value: config.retentionDays ?? DEFAULT_RETENTION_DAYS, fixed: config.retentionDays !== undefined },
      ...policies, rules, watchSettings,
    })
    const port = await listen(app, config.host, config.port, 'PORT')
    const token = await ensureFirstOperator(app.db, config.adminToken, options.print)
    const account = await ensureFirstAccount(app.db, app.clock())
    demo = options.demo ? await startDemo(app, config, port) : undefined
    options.print(greeting({ port, demo, token, account, seconds: (performance.now() - began) / 1000, embedded: embedded !== undefined, gateMode: app.modes.gateMode.value, config }))
  } catch (error) {
    await close()
    throw error
  }

  closeWithGrace({ delay: 20_000 }, async ({ err, signal }) => {
    if (err) app?.log.fatal({ err }, 'ending after an unexpected error')
    // Whoever presses Ctrl-C stands in front of no proxy.
    else if (signal === 'SIGTERM' && config.trustedProxies !== false) await app?.departure.begin(DEPARTURE_MS)
    await close()
  })
  void embedded?.exited.then(({ expected, lastLines }) => {
    if (expected) return
    // Without its database this process is of no use; a supervisor starts both again.
    process.stderr.write(`PostgreSQL ended unexpectedly:\n${lastLines.join('\n')}\n`)
    process.exit(1)
  })
}

function greeting(
  { port, demo, token, account, seconds, embedded, gateMode, config }:
  { port: number; demo: Demo | undefined; token: string | undefined; account: { name: string; password: string } | undefined; seconds: number; embedded: boolean; gateMode: 'log' | 'enforce'; config: Config },
): string {
  const lines = [
    '',
    `Truetally ${VERSION} is ready (${seconds.toFixed(1)} s, ${embedded ? `embedded PostgreSQL in ${config.dataDir}` : 'PostgreSQL at DATABASE_URL'}).`,
    '',
    `  API and widget   http://localhost:${port}`,
    `  API reference    http://localhost:${port}/docs`,
    `  Dashboard        http://localhost:${port}/dashboard/${account === undefined ? '' : `   sign in as ${account.name} / ${account.password}`}`,
  ]
  if (demo !== undefined) {
    lines.push(
      `  Demo site        http://localhost:${demo.allowedPort}   an allowed origin: vote here`,
      `  Same page        http://localhost:${demo.roguePort}   an origin that is not allowed`,
    )
  }
  if (gateMode === 'log') lines.push('', 'The gate only writes down what it would hold back. GATE_MODE=enforce lets it act.')
  lines.push('')
  if (token !== undefined) lines.push(`  Operator token   ${token}`, '                   Shown this once. `npx truetally token` makes another.', '')
  if (account !== undefined) lines.push(`The password is shown this once as well. \`npx truetally operator reset ${account.name}\` makes another.`, '')
  lines.push('Ctrl-C stops it; the data stays.', '')
  return lines.join('\n')
}
