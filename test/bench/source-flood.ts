/** Very many sources, each seen once or twice: what of them is kept, in memory and in the ledger. */
import { createProject } from '../../db/create-project.ts'
import { inTransaction } from '../../db/queryable.ts'
import { buildApp } from '../../server/app.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'

/** The windows of the coalescer: so many events arrive within each. */
const WINDOW_MS = 10_000
/** Rows that one node writes in a window, at most: one for each kind of event held at once, and what is folded. */
const MOST_ROWS = 8000 + 100
const MOST_ALERTS = 2000

/**
 * @param sources how many addresses, each in a /24 of its own as far as there are so many
 * @returns how many counts were wrong
 */
export async function floodSources(databaseUrl: string, { sources, perWindow, print }: { sources: number; perWindow: number; print: (text: string) => void }): Promise<number> {
  let now = Date.now()
  const app = await buildApp({
    databaseUrl, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-bench',
    // Ten seconds pass within one of the database’s: it says that a look saw the groups of several windows, which no look really does.
    logLevel: 'silent', rules: await readRules({ rulesDir: undefined }),
    clock: () => now, watchEveryMs: 0, notifyEveryMs: 0, probeEveryMs: 0, pressure: { read: () => false },
  })
  try {
    await app.ready()
    const { id: projectId } = await inTransaction(app.db, (client) => createProject(client, app.keys.vault, {
      publicKey: 'pk_flood', name: 'Flood', origins: ['https://shop.example'], mode: 'open', fingerprint: 'on', dedup: 'hold',
    }))
    await app.projects.reload()
    await app.alerts.tick()
    const windows = Math.ceil(sources / perWindow)
    const memory: number[] = []
    let longest = 0
    for (let window = 0; window < windows; window += 1) {
      for (let n = window * perWindow; n < Math.min(sources, (window + 1) * perWindow); n += 1) {
        // Scattered over the address space, so that no network is folded before its time.
        const at = (n * 2_654_435_761) >>> 0
        const ipAddress = `${1 + ((at >>> 24) % 223)}.${(at >>> 16) & 255}.${(at >>> 8) & 255}.${at & 255}`
        app.ledger.write({ projectId, eventType: 'jwt_validation_failed', severity: 'high', endpoint: '/sessions', ipAddress, errorMessage: 'Invalid signature', detail: { reason: 'signature' } })
      }
      await app.ledger.flush()
      now += WINDOW_MS
      const begun = performance.now()
      await app.alerts.tick()
      longest = Math.max(longest, performance.now() - begun)
      globalThis.gc?.()
      memory.push(process.memoryUsage().heapUsed / 1e6)
    }
    const { rows: [count] } = await app.db.query<{ rows: number; events: number; alerts: number; blocks: number }>(
      `select (select count(*)::int from security_events where event_type = 'jwt_validation_failed') as rows,
        (select sum(count)::int from security_events where event_type = 'jwt_validation_failed') as events,
        (select count(*)::int from alerts) as alerts, (select count(*)::int from blocks) as blocks`)
    const { rows = -1, events = -1, alerts = -1, blocks = -1 } = count ?? {}
    print(`${sources} sources in ${windows} windows: ${rows} rows that stand for ${events} events, ${alerts} alerts, ${blocks} blocks; longest look ${longest.toFixed(0)} ms`)
    print(`  heap after a first tenth ${shown(memory[Math.floor(windows / 10)])} MB, half ${shown(memory[Math.floor(windows / 2)])} MB, all ${shown(memory.at(-1))} MB; open ${app.ledger.saturation.open}`)
    const faults = [
      ...(events === sources ? [] : [`${events} events of ${sources} are in the ledger`]),
      ...(rows <= windows * MOST_ROWS ? [] : [`${rows} rows are more than ${windows * MOST_ROWS}`]),
      ...(alerts <= MOST_ALERTS ? [] : [`${alerts} alerts are more than ${MOST_ALERTS}`]),
    ]
    for (const fault of faults) print(`FAILED: ${fault}`)
    return faults.length
  } finally {
    await app.close()
  }
}

const shown = (value: number | undefined): string => (value ?? NaN).toFixed(0)
