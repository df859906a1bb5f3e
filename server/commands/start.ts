/** `truetally start`: database, migrations, server, and with `--demo` the demo site; ends without losing anything. */
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { migrate } from '../../db/migrate.ts'
import { buildApp } from '../app.ts'
import type { Config } from '../config.ts'
import { VERSION } from '../version.ts'
import { type Demo, startDemo } from './demo.ts'
import { openInstallation } from './installation.ts'
import { listen } from './listen.ts'
import { ensureFirstOperator } from './operator-token.ts'
import { readPolicies } from './policy.ts'
import { readRules } from './rule-files.ts'
import { readWatchSettings } from './watch-settings.ts'

/** In dist the widget is a sibling of the server; from the sources it is where the build puts it. */
const WIDGET_DIR = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/widget' : '../../widget', import.meta.url))

/** Resolves once it listens; from then on signals end it. Throws what kept it from starting, with everything closed again. */
export async function start(config: Config, options: { demo: boolean; print: (text: string) => void }): Promise<void> {
  const began = performance.now()
  const gateMode = config.gateMode ?? (options.demo ? 'log' : 'enforce')
  const policies = await readPolicies({ ...config, gateMode })
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
      databaseUrl, masterSecret, widgetDir: WIDGET_DIR, version: VERSION, trustedProxies: config.trustedProxies,
      logLevel: config.logLevel, retentionDays: config.retentionDays, securityContact: config.securityContact, monitorSecret: config.monitorSecret, asnDatabase: config.asnDatabase,
      ...policies, rules, watchSettings,
    })
    const port = await listen(app, config.host, config.port, 'PORT')
    const token = await ensureFirstOperator(app.db, config.adminToken)
    demo = options.demo ? await startDemo(app, config, port) : undefined
    options.print(greeting({ port, demo, token, seconds: (performance.now() - began) / 1000, embedded: embedded !== undefined, gateMode, config }))
  } catch (error) {
    await close()
    throw error
  }

  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) app?.log.fatal({ err }, 'ending after an unexpected error')
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
  { port, demo, token, seconds, embedded, gateMode, config }:
  { port: number; demo: Demo | undefined; token: string | undefined; seconds: number; embedded: boolean; gateMode: 'log' | 'enforce'; config: Config },
): string {
  const lines = [
    '',
    `Truetally ${VERSION} is ready (${seconds.toFixed(1)} s, ${embedded ? `embedded PostgreSQL in ${config.dataDir}` : 'PostgreSQL at DATABASE_URL'}).`,
    '',
    `  API and widget   http://localhost:${port}`,
    `  API reference    http://localhost:${port}/docs`,
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
  lines.push('Ctrl-C stops it; the data stays.', '')
  return lines.join('\n')
}
