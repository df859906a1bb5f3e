/** The tables of a run. */
import { WHAT } from './cases.ts'
import type { Alone } from './judge-alone.ts'
import type { Pace } from './latency.ts'
import type { Figures } from './measure.ts'
import { medianOf } from './percentiles.ts'
import { type Ratio, RATIOS, type RatioName, type Round } from './ratios.ts'
import type { RulesAlone } from './rules-alone.ts'
import type { Sizes } from './sizes.ts'

const whole = (value: number): string => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'))
const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0))
const percent = (value: number): string => (Number.isNaN(value) ? '–' : `${Math.round(value * 100)}`)

/** One case in one round, as it comes in. */
export function lineOf(name: string, figures: Figures): string {
  const { perSecond, nodeUs, postgresUs, node, postgres, generator, latency, note } = figures
  return `  ${name.padEnd(9)} ${whole(perSecond).padStart(7)}/s  node ${whole(nodeUs).padStart(4)} µs (${percent(node).padStart(3)} %)  pg ${whole(postgresUs).padStart(4)} µs `
    + `(${percent(postgres).padStart(3)} %)  generator ${percent(generator).padStart(3)} %  p50 ${ms(latency.p50)} p99 ${ms(latency.p99)} ms${note === '' ? '' : `  ! ${note}`}`
}

const COLUMNS = ['', '/s', 'node µs', 'pg µs', 'node %', 'pg %', 'gen %', 'others %', 'RSS MB', 'p50 ms', 'p99 ms', '']

/** Medians over the rounds. */
export function tableOf(rounds: readonly Round[]): string {
  const names = new Set(rounds.flatMap((round) => [...round.keys()]))
  const rows = Object.keys(WHAT).filter((name) => names.has(name)).map((name) => {
    const all = rounds.flatMap((round) => round.get(name) ?? [])
    const median = (pick: (figures: Figures) => number): number => medianOf(all.map((figures) => pick(figures)))
    const most = Math.max(...all.map(({ resident }) => resident))
    return [
      WHAT[name] ?? name, whole(median((f) => f.perSecond)), whole(median((f) => f.nodeUs)), whole(median((f) => f.postgresUs)),
      percent(median((f) => f.node)), percent(median((f) => f.postgres)), percent(median((f) => f.generator)), percent(median((f) => f.others)), whole(most / 2 ** 20),
      ms(median((f) => f.latency.p50)), ms(median((f) => f.latency.p99)), all.find(({ note }) => note !== '')?.note ?? '',
    ]
  })
  return align([COLUMNS, ...rows])
}

export function ratioTableOf(ratios: Partial<Record<RatioName, Ratio>>): string {
  const rows = (Object.entries(ratios) as [RatioName, Ratio][]).map(([name, { median, rounds, target, atMost, reached }]) => [
    name, median.toFixed(2), `${atMost ? '≤' : '≥'} ${target}`, reached ? 'reached' : 'MISSED',
    `${RATIOS[name].of} over ${RATIOS[name].over}; by round ${rounds.map((value) => value.toFixed(2)).join(' ')}`,
  ])
  return align([['', 'median', 'target', '', ''], ...rows])
}

export function latencyTableOf(paces: readonly Pace[]): string {
  const rows = paces.map(({ name, perSecond, served, lateness }) => [
    name, `${perSecond}/s`, ms(served.p50), ms(served.p90), ms(served.p99), ms(served.p999), `of it the driver’s own: p50 ${ms(lateness.p50)}, p99 ${ms(lateness.p99)}`,
  ])
  return align([['', '', 'p50 ms', 'p90', 'p99', 'p99.9', ''], ...rows])
}

export const sayAlone = ({ judgeUs, detectors, workUs }: Alone): string =>
  `The judge alone: ${judgeUs.toFixed(2)} µs a vote, ${detectors} detectors on full evidence (${whole(1e6 / judgeUs)}/s). Checking solved work: ${workUs.toFixed(2)} µs.`

export const sayRules = ({ rules, lines, seconds }: RulesAlone): string =>
  `Rules: ${rules} shipped ones over ${whole(lines)} lines of a month in ${seconds} s, ${whole(lines / seconds)} lines/s for all of them.`

export function saySizes({ votes, decisions, decisionIndexes }: Sizes): string {
  const lines: string[] = []
  if (votes !== undefined) lines.push(`A vote on disk: ${whole(votes.total)} bytes, heap ${whole(votes.heap)} and indexes ${whole(votes.index)}, of ${whole(votes.rows)} (target ≤ 130).`)
  if (decisions !== undefined) {
    const each = Object.entries(decisionIndexes).map(([name, bytes]) => `${name.replace(/^decisions_/, '')} ${whole(bytes)}`).join(', ')
    lines.push(`A decision on disk: ${whole(decisions.total)} bytes, heap ${whole(decisions.heap)} and indexes ${whole(decisions.index)}, of ${whole(decisions.rows)} (${each}).`)
  }
  return lines.join('\n')
}

export const sayCounts = ({ acknowledged, written }: { acknowledged: number; written: number }, { items, votes }: { items: number; votes: number }): string =>
  `Acknowledged ${whole(acknowledged)} votes, found ${whole(written)} of them written, among them those under way when a run ended; recounted ${whole(items)} items with ${whole(votes)} votes.`

/** First and last columns to the left, figures to the right. */
function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => `  ${row.map((cell, column) =>
    (column === 0 ? cell.padEnd(widths[column] ?? 0) : column === row.length - 1 ? cell : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd()).join('\n')
}
