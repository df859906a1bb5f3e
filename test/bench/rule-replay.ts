/** All shipped rules over a month of the ledger, as `truetally rules backtest` does it. */
import { createPool, inTransaction } from '../../db/queryable.ts'
import { replay } from '../../db/rules/replay.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { writeBenignMonth } from '../watch/benign-ledger.ts'

const DAYS = 30

/** @returns how many counts were wrong */
export async function timeReplay(databaseUrl: string, lines: number, print: (text: string) => void): Promise<number> {
  const pool = createPool(databaseUrl, { onError: () => undefined, statementTimeoutMs: 600_000 })
  try {
    const begun = performance.now()
    const { begin, until, written } = await writeBenignMonth(pool, { seed: 1, days: DAYS, projects: 4, eventsPerDay: Math.ceil(lines / DAYS) })
    await pool.query('analyze')
    const total = Object.values(written).reduce((sum, count) => sum + count, 0)
    print(`ledger: ${JSON.stringify(written)}, ${total} lines, written in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
    const library = await readRules({ rulesDir: undefined })
    const times: [string, number, number][] = []
    for (const { document } of library.alerting) {
      const from = performance.now()
      const alerts = await inTransaction(pool, (client) => replay(client, library, [document.name], { since: begin, until }))
      times.push([document.name, performance.now() - from, alerts.length])
    }
    const sum = times.reduce((all, [, ms]) => all + ms, 0)
    for (const [name, ms, alerts] of times.toSorted((a, b) => b[1] - a[1]).slice(0, 8)) print(`  ${name.padEnd(32)} ${ms.toFixed(0).padStart(7)} ms  ${alerts} alerts`)
    print(`${times.length} rules over ${total} lines: ${(sum / 1000).toFixed(1)} s, ${times.reduce((all, [, , alerts]) => all + alerts, 0)} alerts`)
    const again = await replay(pool, library, library.alerting.slice(0, 5).map(({ document }) => document.name), { since: begin, until })
    const first = times.slice(0, 5).reduce((all, [, , alerts]) => all + alerts, 0)
    if (again.length === first) return 0
    print(`FAILED: a second replay of five rules found ${again.length} alerts, the first ${first}`)
    return 1
  } finally {
    await pool.end()
  }
}
