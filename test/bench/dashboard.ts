/**
 * `npm run bench:dashboard`: how soon the server answers what the dashboard asks, over a month of a busy installation. On a
 * PostgreSQL of its own with the settings and the durability of the default, on this machine, with whatever else runs on it:
 * times are for orientation and fail nothing, wrong counts fail.
 *
 *   --rows N         security events, and as many votes (default 1 000 000)
 *   --repetitions N  of every call (default 20)
 *   --only TEXT      only calls whose address has this (a regular expression)
 *   --database URL   a filled database of somebody's own instead; it is migrated, read, and given an operator token
 */
import { mkdtemp } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbedded } from '../../db/embedded.ts'
import { migrate } from '../../db/migrate.ts'
import { createPool } from '../../db/queryable.ts'
import { buildApp } from '../../server/app.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import type { SystemAnswer } from '../../server/contract/system.ts'
import { deriveKeys } from '../../server/tokens/keys.ts'
import { MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'
import { fillDashboardLedger } from './dashboard-ledger.ts'
import { type Measured, findUnasked, runDashboard } from './dashboard-run.ts'

const LIMIT_MS = 200
const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, repetitions: { type: 'string', default: '20' }, only: { type: 'string' }, database: { type: 'string' } },
})
const print = (text: string): void => void process.stdout.write(`${text}\n`)

print(`${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}, Node ${process.version}, shared with PostgreSQL and the asker`)
const server = values.database === undefined ? await startEmbedded({ dataDir: await mkdtemp(join(tmpdir(), 'truetally-bench-')), temporary: true }) : undefined
try {
  const databaseUrl = server?.url ?? values.database ?? ''
  await migrate(databaseUrl)
  const pool = createPool(databaseUrl, { statementTimeoutMs: 0, onError: (error) => print(error.message) })
  try {
    if (server !== undefined) {
      const client = await pool.connect()
      try {
        await fillDashboardLedger(client, { rows: Number(values.rows), now: Date.now(), vaultKey: deriveKeys(MASTER_SECRET).vault, print })
      } finally {
        // Its session has settings and temporary tables of its own.
        client.release(true)
      }
    }
    process.exitCode = (await measure(databaseUrl, pool)) === 0 ? 0 : 1
  } finally {
    await pool.end()
  }
} finally {
  await server?.stop()
}

/** Returns how many faults there were. */
async function measure(databaseUrl: string, pool: ReturnType<typeof createPool>): Promise<number> {
  const app = await buildApp({
    databaseUrl, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-bench', logLevel: 'error', rules: await readRules({ rulesDir: undefined }),
    // One asker asks more than six hundred times a minute, and keeps two cores busy without being an attack.
    requestsPerMinute: 1_000_000, pressure: { read: () => false },
  })
  try {
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const authorization = `Bearer ${await createOperatorToken(app.db, { name: 'benchmark', role: 'admin', projectId: 0 })}`
    await awaitFigures(base, authorization)
    await awaitCalm(pool)
    const unasked = await findUnasked(app, pool)
    const { measured, faults } = await runDashboard(pool, {
      base, authorization, repetitions: Number(values.repetitions), warmUps: 2, print, only: values.only === undefined ? undefined : new RegExp(values.only),
    })
    report(measured)
    for (const fault of faults) print(`WRONG  ${fault}`)
    for (const what of unasked) print(`UNASKED  ${what}`)
    return faults.length + unasked.length
  } finally {
    await app.close()
  }
}

/** The counts by the hour are made once, after the server first meets a ledger. */
async function awaitFigures(base: string, authorization: string): Promise<void> {
  const begun = performance.now()
  for (;;) {
    const answer = await fetch(`${base}/api/security/v1/system`, { headers: { authorization } })
    const { figures } = await answer.json() as SystemAnswer
    if (figures.behindMs < 2 * 3_600_000) break
    if (performance.now() - begun > 600_000) throw new Error(`the figures by the hour are ${figures.behindMs} ms behind after ten minutes`)
    await sleep(500)
  }
  print(`figures by the hour are up to date after ${((performance.now() - begun) / 1000).toFixed(1)} s`)
}

/** The watch acts on a month it has never seen, and writes so; counts that are compared with the ledger want one that stands still. */
async function awaitCalm(pool: ReturnType<typeof createPool>): Promise<void> {
  const begun = performance.now()
  const count = async (): Promise<number> => (await pool.query<{ count: number }>('select count(*)::int as count from security_events')).rows[0]?.count ?? 0
  for (let before = -1, now = await count(); now !== before; now = await count()) {
    if (performance.now() - begun > 300_000) throw new Error('the ledger has not stood still for five minutes')
    before = now
    await sleep(5000)
  }
  print(`nothing more is written after ${((performance.now() - begun) / 1000).toFixed(1)} s`)
}

function report(measured: readonly Measured[]): void {
  const lines = measured.map((entry) => {
    const sorted = entry.times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
    return { ...entry, p50: at(0.5), p95: at(0.95), longest: at(1) }
  }).toSorted((a, b) => b.p95 - a.p95)
  print(`${'p50'.padStart(8)} ${'p95'.padStart(8)} ${'longest'.padStart(8)} ${'KB'.padStart(7)}  call (ms; the slowest first)`)
  for (const { p50, p95, longest, bytes, url, call } of lines) {
    const mark = call.bulk === true ? 'bulk' : p95 > LIMIT_MS ? 'SLOW' : ''
    print(`${p50.toFixed(1).padStart(8)} ${p95.toFixed(1).padStart(8)} ${longest.toFixed(1).padStart(8)} ${(bytes / 1000).toFixed(1).padStart(7)}  ${mark.padEnd(4)} ${decodeURIComponent(url.replace(/cursor=[^&]+/, 'cursor=…'))}`)
  }
  const pages = lines.filter(({ call }) => call.bulk !== true)
  print(`${pages.length} calls, ${pages.filter(({ p95 }) => p95 > LIMIT_MS).length} with a p95 over ${LIMIT_MS} ms`)
}
