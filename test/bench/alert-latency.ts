/**
 * From the line that crosses a threshold to the alert that is stored, while the server is flooded with events. Every second a new
 * address crosses the threshold of one rule; the time is from the request that crossed it until the alert can be read.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createProject } from '../../db/create-project.ts'
import { type Pool, createPool, inTransaction } from '../../db/queryable.ts'
import { buildApp } from '../../server/app.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'
import { insertLines } from '../helpers/ledger-lines.ts'

const RULE = 'failed-auth-address'
const CROSSES_AT = 6

/** @returns how many counts were wrong */
export async function timeAlerts(databaseUrl: string, { seconds, rate, print }: { seconds: number; rate: number; print: (text: string) => void }): Promise<number> {
  const app = await buildApp({
    databaseUrl, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-bench', logLevel: 'warn', rules: await readRules({ rulesDir: undefined }), probeEveryMs: 0,
  })
  const reader = createPool(databaseUrl, { onError: () => undefined, max: 2 })
  try {
    await app.ready()
    const { id: projectId } = await inTransaction(app.db, (client) => createProject(client, app.keys.vault, {
      publicKey: 'pk_bench', name: 'Bench', origins: ['https://shop.example'], mode: 'open', fingerprint: 'on', dedup: 'hold',
    }))
    await app.projects.reload()
    await sleep(1500)

    const crossed = new Map<string, number>()
    const seen = new Map<string, number>()
    let written = 0
    const begun = performance.now()
    const watchdog = setInterval(() => void noteFiring(reader, seen).catch(() => undefined), 25)
    const looks: number[] = []
    const observer = setInterval(() => void looks.push(app.alerts.saturation.lookMs), 500)
    for (let second = 0; second < seconds; second += 1) {
      const address = `203.0.113.${second % 250}`
      for (let tenth = 0; tenth < 10; tenth += 1) {
        for (let n = 0; n < rate / 10; n += 1) {
          written += 1
          app.ledger.write({
            projectId, eventType: (['origin_mismatch', 'invalid_api_key', 'suspicious_activity'] as const)[written % 3] ?? 'origin_mismatch', severity: 'low', endpoint: '/board',
            ipAddress: `10.${(written >> 14) & 255}.${(written >> 6) & 255}.${(written & 63) + 1}`, origin: `https://${written % 97}.example`,
          })
        }
        if (tenth === 5 && !crossed.has(address)) {
          for (let n = 0; n < CROSSES_AT; n += 1) {
            app.ledger.write({
              projectId, eventType: 'jwt_validation_failed', severity: 'high', endpoint: '/sessions', ipAddress: address, errorMessage: 'Invalid signature',
              detail: { kind: 'user', reason: 'signature', user: `user ${n}` },
            })
          }
          crossed.set(address, performance.now())
          // Somebody votes as a verified user: so many forgers are no customer with a wrong secret.
          await insertLines(reader, Date.now(), [{ service: 'decisions', at: 0, project: projectId, tier: 'v', ipAddress: '192.0.2.1' }])
        }
        const due = begun + (second * 10 + tenth + 1) * 100
        await sleep(Math.max(0, due - performance.now()))
      }
    }
    await sleep(6000)
    clearInterval(watchdog)
    clearInterval(observer)
    const delays = [...crossed].flatMap(([address, at]) => (seen.has(address) ? [(seen.get(address) ?? 0) - at] : [])).toSorted((a, b) => a - b)
    const at = (share: number): string => (delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN).toFixed(0)
    const { rows: [rowCount] } = await reader.query<{ n: number }>('select count(*)::int as n from security_events')
    print(`${written} events in ${((performance.now() - begun) / 1000).toFixed(0)} s (${rowCount?.n} rows): crossing to stored alert p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms, ${delays.length} of ${crossed.size} found`)
    print(`  a look takes p50 ${quantile(looks, 0.5)} ms, p95 ${quantile(looks, 0.95)} ms; node ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`)
    for (const [name, { ms, error }] of [...app.alerts.evaluations].toSorted((a, b) => b[1].ms - a[1].ms).slice(0, 8)) print(`    ${name.padEnd(32)} ${ms.toFixed(1).padStart(7)} ms ${error ?? ''}`)
    const errors = app.alerts.saturation.errors
    if (errors > 0) print(`FAILED: rules failed ${errors} times`)
    if (delays.length !== crossed.size) print(`FAILED: ${crossed.size - delays.length} alerts are missing`)
    return errors + (crossed.size - delays.length)
  } finally {
    await reader.end()
    await app.close()
  }
}

async function noteFiring(reader: Pool, seen: Map<string, number>): Promise<void> {
  const { rows } = await reader.query<{ ip: string }>(`select group_by ->> 'ipAddress' as ip from alerts where rule = $1 and state = 'firing'`, [RULE])
  for (const { ip } of rows) if (!seen.has(ip)) seen.set(ip, performance.now())
}

const quantile = (values: readonly number[], share: number): string => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(0)
}
