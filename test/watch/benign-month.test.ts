/** The shipped rules over a month in which nobody attacks, and over the same month with attacks in it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pool, createPool } from '../../db/queryable.ts'
import { type ReplayedAlert, replay } from '../../db/rules/replay.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { type Action, isCorrelation } from '../../server/contract/rule.ts'
import { SEVERITIES } from '../../server/contract/primitives.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { isAttacker, writeAttacks } from './attack-ledger.ts'
import { type WrittenMonth, writeBenignMonth } from './benign-ledger.ts'

let database: TestDatabase
let pool: Pool
let library: RuleLibrary
let month: WrittenMonth
let benign: ReplayedAlert[]

beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { statementTimeoutMs: 120_000, onError: () => undefined })
  library = await readRules({ rulesDir: undefined })
  month = await writeBenignMonth(pool, { seed: 1, days: 30, projects: 4, eventsPerDay: 3000 })
  benign = await replayAll()
}, 480_000)
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const replayAll = (): Promise<ReplayedAlert[]> =>
  replay(pool, library, library.alerting.map(({ document }) => document.name), { since: month.begin, until: month.until })

/** Actions that the alert would have had in force. */
function enforced({ rule, severity, firesAt }: ReplayedAlert): Action[] {
  const { document } = library.get(rule)
  if (!isCorrelation(document) || firesAt === null || document.mode === 'log') return []
  return (document.actions ?? []).filter(({ mode, level = 'low' }) => mode !== 'log' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(level))
}
const shown = (alert: ReplayedAlert): string =>
  `${alert.rule} ${alert.severity} project ${alert.projectId} ${JSON.stringify(alert.group)} ${new Date(alert.startsAt).toISOString()} value ${alert.value}` +
  enforced(alert).map(({ type, target }) => ` ${type} ${target ?? ''}`).join('')
const fired = (alerts: readonly ReplayedAlert[]): ReplayedAlert[] => alerts.filter(({ firesAt, suppressed }) => firesAt !== null && !suppressed)

function table(alerts: readonly ReplayedAlert[]): string {
  const counts = new Map<string, number>()
  for (const { rule, severity } of fired(alerts)) counts.set(`${rule} (${severity})`, (counts.get(`${rule} (${severity})`) ?? 0) + 1)
  return [...counts].map(([name, count]) => `  ${String(count).padStart(4)} ${name}`).join('\n')
}

test('nobody honest meets with a response that is in force', () => {
  const { events, decisions, traffic } = month.written
  console.log(`A benign month of ${events} events, ${decisions} votes and ${traffic} lines of traffic raises ${fired(benign).length} alerts:\n${table(benign)}`)
  expect(benign.filter((alert) => enforced(alert).length > 0).map(shown)).toEqual([])
})

test('what is worth knowing about such a month is told all the same', () => {
  const rules = new Set(fired(benign).map(({ rule }) => rule))
  for (const rule of ['forgotten-origin', 'wrong-key-in-a-page', 'gradual-growth', 'reconnaissance', 'impossible-travel', 'forged-tokens-everywhere']) expect(rules).toContain(rule)
  expect(fired(benign).filter(({ rule }) => rule === 'gradual-growth').map(({ projectId }) => projectId)).toContain(4)
})

test('an announced launch is quiet where an unannounced one is told', () => {
  const surges = fired(benign).filter(({ rule }) => rule === 'requests-surge')
  expect(surges.map(({ projectId }) => projectId % 2)).toContain(1)
  expect(surges.filter(({ projectId }) => projectId % 2 === 0).map(shown)).toEqual([])
})

test('attacks in the same month are found, and only their sources are acted on', async () => {
  const expected = await writeAttacks(pool, month.begin)
  const alerts = await replayAll()
  console.log(`With attacks in it: ${fired(alerts).length} alerts\n${table(alerts)}`)
  const keys = new Set(fired(alerts).map(({ rule, projectId, group }) => JSON.stringify([rule, projectId, group])))
  expect(expected.filter(({ rule, projectId, group }) => !keys.has(JSON.stringify([rule, projectId, group])))).toEqual([])
  const met = alerts.filter((alert) => enforced(alert).length > 0)
  expect(met.length).toBeGreaterThan(8)
  expect(met.filter(({ group }) => !isAttacker(group['ipAddress'] ?? group['network'] ?? '')).map(shown)).toEqual([])
}, 480_000)
