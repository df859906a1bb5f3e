/** `truetally rules check | test | backtest`. */
import { type Pool, inTransaction } from '../../db/queryable.ts'
import { withLedger } from '../../db/rules/fixture-ledger.ts'
import { type ReplayedAlert, replay } from '../../db/rules/replay.ts'
import { type Config, ConfigError } from '../config.ts'
import { SEVERITIES } from '../contract/primitives.ts'
import type { WatchSettings } from '../contract/watch-settings.ts'
import { isCorrelation } from '../contract/rule.ts'
import { DocumentError } from '../document-faults.ts'
import { suggestion } from '../nearest.ts'
import { durationMs } from '../watch/language/duration.ts'
import { type Fixture, differencesOf, readFixture } from '../watch/language/fixture.ts'
import type { LoadedRule, RuleLibrary } from '../watch/language/library.ts'
import { type RuleFile, loadRules } from '../watch/language/load.ts'
import { asConfigError } from './as-config-error.ts'
import { SHIPPED_RULES_DIR, readFixtureFiles, readRulePaths, readRules, readShippedRules } from './rule-files.ts'
import { withDatabase } from './run.ts'
import { readWatchSettings } from './watch-settings.ts'

type Print = (text: string) => void

const RULES_USAGE = 'rules check takes files and directories, rules test one directory, rules backtest names of rules, --since and --json.'

export interface RulesOptions {
  since: string
  json: boolean
  print: Print
  /** What is going on, where it takes long. */
  tell: Print
}

/** Returns the exit code: 1 where a fixture failed. Throws ConfigError where there is something wrong with the rules. */
export async function runRules(readEnvironment: () => Config, [verb, ...rest]: readonly string[], options: RulesOptions): Promise<number> {
  switch (verb) {
    // Takes neither the environment nor the database: a rule is checked wherever it is written.
    case 'check':
      return await checkRules(rest, options.print)
    case 'test':
      if (rest.length > 1) throw new ConfigError(RULES_USAGE)
      return await testRules(readEnvironment(), rest[0], options)
    case 'backtest':
      return await backtestRules(readEnvironment(), rest, options)
    default:
      throw new ConfigError(RULES_USAGE)
  }
}

async function checkRules(paths: readonly string[], print: Print): Promise<number> {
  try {
    const { all, alerting } = loadRules([...(await readShippedRules()), ...(await readRulePaths(paths))])
    const correlations = all.filter(({ document }) => isCorrelation(document)).length
    print(`${alerting.length} rules that alert, ${correlations - alerting.length} building blocks, ${all.length - correlations} detections: all well`)
    return 0
  } catch (error) {
    throw asConfigError(error, 'These are no rules:')
  }
}

async function testRules(config: Config, dir: string | undefined, { print, tell }: RulesOptions): Promise<number> {
  const own = dir ?? config.rulesDir
  const library = await readRules({ rulesDir: own })
  const fixtures = await readFixtures(library, [...(dir === undefined ? [SHIPPED_RULES_DIR] : []), ...(own === undefined ? [] : [own])])
  for (const { document, file } of library.alerting) {
    if (file.startsWith(own ?? SHIPPED_RULES_DIR) && !fixtures.some(({ rule }) => rule === document.name)) print(`- ${document.name} has no fixture`)
  }
  const total = fixtures.reduce((sum, { cases }) => sum + cases.length, 0)
  let failed = 0
  await withDatabase(config, tell, async (pool) => {
    const progress = progressOf(tell, total, 'cases')
    for (const { rule, cases } of fixtures) {
      for (const one of cases) {
        const differences = await tryCase(pool, library, rule, one)
        if (differences.length > 0) failed += 1
        print(`${differences.length === 0 ? '✓' : '✗'} ${rule}: ${one.name}${differences.map((difference) => `\n    ${difference}`).join('')}`)
        progress()
      }
    }
  })
  print(`${total - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** How what the rule makes of this ledger differs from what it should; nothing: it does not. */
export async function tryCase(pool: Pool, library: RuleLibrary, rule: string, { lines, expectedSpikes, since, until, alerts }: Fixture['cases'][number]): Promise<string[]> {
  const seen = await withLedger(pool, { lines, expectedSpikes }, (client) => replay(client, library, [rule], { since, until }))
  return differencesOf(alerts, seen)
}

/** Those of rules that are in force: a shipped fixture is not for a rule that somebody has put in its place. */
export async function readFixtures(library: RuleLibrary, dirs: readonly string[]): Promise<Fixture[]> {
  const faults: string[] = []
  const read = ({ file, text }: RuleFile): Fixture[] => {
    try {
      return readFixture(text, file)
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error
      faults.push(...error.faults)
      return []
    }
  }
  const fixtures: Fixture[] = []
  for (const dir of dirs) {
    for (const fixture of (await readFixtureFiles(dir)).flatMap(read)) {
      const rule = library.has(fixture.rule) ? library.get(fixture.rule) : undefined
      if (rule === undefined || !isAlerting(rule)) {
        faults.push(`${fixture.file}:${fixture.line}: rule there is no rule ${fixture.rule} that alerts${suggestion(fixture.rule, library.alerting.map(({ document }) => document.name))}`)
      } else if (dir !== SHIPPED_RULES_DIR || rule.file.startsWith(SHIPPED_RULES_DIR)) fixtures.push(fixture)
    }
  }
  if (faults.length > 0) throw new ConfigError(`These are no fixtures:\n  ${faults.join('\n  ')}`)
  return fixtures
}

const isAlerting = ({ document }: LoadedRule): boolean => isCorrelation(document) && document.level !== undefined

/** The longest that a ledger is kept (RETENTION_DAYS). */
const MAX_SINCE_MS = 3650 * 86_400_000

export interface BacktestedRule {
  name: string
  alerts: number
  groups: number
  /** Milliseconds since the epoch: when the first and the last of them began. */
  first: number | null
  last: number | null
  /** Responses that would have been in force, and that would only have been written down. */
  enforced: number
  logged: number
  ms: number
}

async function backtestRules(config: Config, names: readonly string[], { since, json, print, tell }: RulesOptions): Promise<number> {
  if (!/^[1-9]\d{0,5}[smhd]$/.test(since) || durationMs(since) > MAX_SINCE_MS) throw new ConfigError(`--since is a time such as 24h or 30d, at most 3650d, not ${since}.`)
  const library = await readRules(config)
  const known = library.alerting.map(({ document }) => document.name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new ConfigError(unknown.map((name) => `There is no rule ${name} that alerts${suggestion(name, known) || '.'}`).join('\n'))
  const chosen = names.length === 0 ? known : names
  const settings = await readWatchSettings(config)
  const until = Date.now()
  const span = { since: until - durationMs(since), until }
  const rules = await withDatabase(config, tell, (pool) =>
    backtest(pool, library, chosen, { ...span, settings, onlyLogged: config.gateMode === 'log', onRule: progressOf(tell, chosen.length, 'rules') }))
  print(json ? JSON.stringify({ ...span, rules }, null, 2) : tableOf(rules))
  return 0
}

export interface BacktestOptions {
  since: number
  until: number
  /** By which an alert that goes on gets graver. Default: the shipped ones. */
  settings?: WatchSettings
  /** No response of any rule would have been in force (GATE_MODE). */
  onlyLogged?: boolean
  onRule?: () => void
}

/** What these rules would have made of that stretch of the ledger, which is only read, all of it as of one moment. */
export async function backtest(
  pool: Pool, library: RuleLibrary, names: readonly string[], { since, until, settings, onlyLogged = false, onRule = () => undefined }: BacktestOptions,
): Promise<BacktestedRule[]> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    const rules: BacktestedRule[] = []
    for (const name of names) {
      const begun = performance.now()
      const alerts = await replay(client, library, [name], { since, until }, settings)
      const ms = Math.round(performance.now() - begun)
      const { enforced, logged } = countResponses(library.get(name), alerts, onlyLogged)
      const times = alerts.map(({ startsAt }) => startsAt)
      rules.push({
        name, alerts: alerts.length, groups: new Set(alerts.map(({ projectId, group }) => JSON.stringify([projectId, group]))).size,
        first: times.length === 0 ? null : Math.min(...times), last: times.length === 0 ? null : Math.max(...times), enforced, logged, ms,
      })
      onRule()
    }
    return rules
  })
}

function countResponses({ document }: LoadedRule, alerts: readonly ReplayedAlert[], onlyLogged: boolean): { enforced: number; logged: number } {
  const counts = { enforced: 0, logged: 0 }
  if (!isCorrelation(document)) return counts
  for (const { severity, firesAt } of alerts) {
    if (firesAt === null) continue
    for (const { level = 'low', mode } of document.actions ?? []) {
      if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(level)) continue
      counts[onlyLogged || document.mode === 'log' || mode === 'log' ? 'logged' : 'enforced'] += 1
    }
  }
  return counts
}

const shown = (at: number | null): string => (at === null ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' '))

function tableOf(rules: readonly BacktestedRule[]): string {
  const sum = (key: 'alerts' | 'groups' | 'enforced' | 'logged' | 'ms'): string => String(rules.reduce((all, rule) => all + rule[key], 0))
  const rows = [
    ['rule', 'alerts', 'groups', 'first', 'last', 'enforced', 'logged', 'ms'],
    ...rules.map(({ name, alerts, groups, first, last, enforced, logged, ms }) =>
      [name, String(alerts), String(groups), shown(first), shown(last), String(enforced), String(logged), String(ms)]),
    ['total', sum('alerts'), sum('groups'), '', '', sum('enforced'), sum('logged'), sum('ms')],
  ]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()).join('\n')
}

/** Says how far it is, once a second, where it takes longer than that. */
function progressOf(tell: Print, total: number, what: string): () => void {
  let done = 0
  let told = performance.now()
  return () => {
    done += 1
    if (performance.now() - told < 1000 || done === total) return
    told = performance.now()
    tell(`${done} of ${total} ${what} …`)
  }
}
