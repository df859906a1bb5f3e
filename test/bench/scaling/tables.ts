/** The tables of docs/scaling.md, reckoned from what was measured: no figure of them is written by hand. */
import { medianOf } from '../speed/percentiles.ts'

/** Of test/bench/results.json, what is used here; a series has a value for each round. */
export interface BenchResults {
  machine: { cpu: string; cores: number; node: string; postgres: string }
  figures: Record<string, { perSecond: number[]; nodeUs: number[]; postgresUs: number[]; p99: number[] }>
  sizes: Record<'votes' | 'decisions', { total: number }>
  residentMb: number
}
/** Of test/bench/scaling/results.json. */
export interface ScalingResults {
  figures: Record<
    'votesPerCommit' | 'logBytesPerVote' | 'syncsPerVote' | 'commandsPerVote' | 'redisKeysPerVote' | 'redisBytesPerKey' | 'sentToRedisPerVote' | 'bytesPerEvent', number>
}

/** A core is planned to be busy so much of the time. */
const FULL = 0.6
const RATES = [1000, 10_000, 100_000]
export const CONNECTIONS_PER_NODE = 15
/** Two of a vote’s three keys are gestures, which are kept for an hour (server/plugins/counts.ts); its windows are gone long before. */
const KEPT_S = 3600
const DAY_S = 86_400
const RETENTION_DAYS = 90

const median = (series: readonly number[]): number => {
  const middle = medianOf(series)
  if (!Number.isFinite(middle)) throw new Error('a figure was not measured')
  return middle
}
/** Two figures that mean something, and no more. */
export function shown(value: number): string {
  if (value >= 100) return Math.round(Number(value.toPrecision(2))).toLocaleString('en')
  return String(Number(value.toPrecision(2)))
}
const bytes = (value: number): string => {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(value, 1)) / 3)))
  return `${shown(value / 1000 ** power)} ${units[power]}`
}
const table = (rows: readonly (readonly string[])[]): string => {
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`)
  return [lines[0], `|${(rows[0] ?? []).map(() => '---|').join('')}`, ...lines.slice(1)].join('\n')
}

const at = (reckon: (rate: number) => string): string[] => RATES.map((rate) => reckon(rate))

/** By the name of the block they stand in. */
export function scalingTables(bench: BenchResults, { figures: shared }: ScalingResults): Record<'measured' | 'needed' | 'kept', string> {
  const of = (name: string, what: 'perSecond' | 'nodeUs' | 'postgresUs' | 'p99'): number => median(bench.figures[name]?.[what] ?? [])
  const [voteUs, databaseUs, sessionUs, boardUs] = [of('ours128', 'nodeUs'), of('ours128', 'postgresUs'), of('sessions', 'nodeUs'), of('board', 'nodeUs')]
  const { votes, decisions } = bench.sizes
  const servers = (rate: number): number => Math.max(2, Math.ceil((rate * (voteUs + sessionUs)) / 1e6 / FULL))
  return {
    measured: table([
      ['what', 'figure'],
      [`machine, shared by server, PostgreSQL and load`, `${bench.machine.cores} cores of ${bench.machine.cpu}, Node ${bench.machine.node.replace('v', '')}, PostgreSQL ${bench.machine.postgres}`],
      ['votes a second, 128 connections', shown(of('ours128', 'perSecond'))],
      ['the same, all for one item', shown(of('hot', 'perSecond'))],
      ['processor time of the server, a vote', `${shown(voteUs)} µs`],
      ['processor time of PostgreSQL, a vote', `${shown(databaseUs)} µs`],
      ['processor time of the server, a session', `${shown(sessionUs)} µs`],
      ['processor time of the server, a board; unchanged (304)', `${shown(boardUs)} µs; ${shown(of('board304', 'nodeUs'))} µs`],
      ['memory of a server under load', `${shown(bench.residentMb)} MB`],
      ['votes that share a commit, 128 connections', shown(shared.votesPerCommit)],
      ['bytes in PostgreSQL’s log, a vote with its decision', shown(shared.logBytesPerVote)],
      ['syncs of the log, a vote', shown(shared.syncsPerVote)],
      ['bytes on disk, with indexes: a vote; a decision; an event', `${shown(votes.total)}; ${shown(decisions.total)}; ${shown(shared.bytesPerEvent)}`],
      ['commands to Redis, a vote; bytes sent', `${shown(shared.commandsPerVote)}; ${shown(shared.sentToRedisPerVote)}`],
      ['keys in Redis, a vote by somebody new; bytes a key', `${shown(shared.redisKeysPerVote)}; ${shown(shared.redisBytesPerKey)}`],
    ]),
    needed: table([
      ['votes a second', ...at((rate) => rate.toLocaleString('en'))],
      ['servers, a core each', ...at((rate) => shown(servers(rate)))],
      ['cores of PostgreSQL', ...at((rate) => shown(Math.max(1, Math.ceil((rate * databaseUs) / 1e6 / FULL))))],
      ['connections to PostgreSQL', ...at((rate) => shown(servers(rate) * CONNECTIONS_PER_NODE))],
      ['commits a second', ...at((rate) => shown(rate / shared.votesPerCommit))],
      ['log of PostgreSQL, a second', ...at((rate) => bytes(rate * shared.logBytesPerVote))],
      ['commands to Redis, a second', ...at((rate) => shown(rate * shared.commandsPerVote))],
      ['memory of Redis', ...at((rate) => bytes(rate * shared.redisKeysPerVote * shared.redisBytesPerKey * KEPT_S))],
    ]),
    kept: table([
      ['votes a second, all day', ...at((rate) => rate.toLocaleString('en'))],
      ['votes, a day', ...at((rate) => bytes(rate * DAY_S * votes.total))],
      ['decisions, a day', ...at((rate) => bytes(rate * DAY_S * decisions.total))],
      [`decisions, ${RETENTION_DAYS} days`, ...at((rate) => bytes(rate * DAY_S * RETENTION_DAYS * decisions.total))],
      ['log, a day', ...at((rate) => bytes(rate * DAY_S * shared.logBytesPerVote))],
    ]),
  }
}

/** The document with its blocks as they should be. @throws Error where it lacks one */
export function fillIn(document: string, tables: Record<string, string>): string {
  let filled = document
  for (const [name, text] of Object.entries(tables)) {
    const block = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- end of ${name} -->)`)
    if (!block.test(filled)) throw new Error(`docs/scaling.md has no block "${name}"`)
    filled = filled.replace(block, (_all, begin: string, end: string) => `${begin}${text}${end}`)
  }
  return filled
}
