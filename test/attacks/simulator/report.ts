/** The figures for people: one aligned table of the classes, one of what became of honest votes. */
import type { ClassFigures, PopulationFigures } from './measure.ts'
import type { PlayedClass } from './play-class.ts'

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export function classTable(rows: readonly ClassFigures[]): string {
  return align(
    ['class', 'honest votes', 'attack votes', 'counted', 'held', 'invalidated', 'honest lost', 'worst group', 'tally error', 'detected after', 'work'],
    rows.map((row) => [
      row.name, String(row.honestVotes), String(row.attackVotes), percent(row.counted), percent(row.held), percent(row.invalidated),
      percent(row.honestLost), row.worstGroup === null ? '-' : `${row.worstGroup} ${percent(row.worstGroupLost)}`, percent(row.tallyError),
      row.detectedAfterS === null ? '-' : `${row.detectedAfterS.toFixed(1)} s`, row.hashes === 0 ? '-' : `2^${Math.log2(row.hashes).toFixed(1)}`,
    ]),
  )
}

/** Each population as it fared over all classes, and the class that cost it most. */
export function populationTable(played: readonly PlayedClass[]): string {
  const names = [...new Set(played.flatMap(({ populations }) => populations.map(({ name }) => name)))]
  return align(
    ['honest people', 'votes', 'lost', 'held', 'invalidated', 'refused', 'alarms', 'worst in'],
    names.map((name) => {
      const fared = played.flatMap(({ figures, populations }) =>
        populations.filter((row) => row.name === name).map((row) => ({ ...row, attack: figures.name })))
      const sum = (pick: (row: PopulationFigures) => number): number => fared.reduce((total, row) => total + pick(row), 0)
      const worst = fared.toSorted((a, b) => lostShare(b) - lostShare(a))[0]
      return [
        name, String(sum((row) => row.honestVotes)), percent(sum(lost) / sum((row) => row.honestVotes)), String(sum((row) => row.held)),
        String(sum((row) => row.invalidated)), String(sum((row) => row.refused)), String(sum((row) => row.alarms)),
        worst === undefined || lost(worst) === 0 ? '-' : `${worst.attack} (${percent(lostShare(worst))})`,
      ]
    }),
  )
}

/** Class by class: the rules that fired, how often, and what they did. */
export function ruleTable(played: readonly PlayedClass[]): string {
  const rows = played.flatMap(({ figures, fired }) => (fired === undefined ? [] : [[
    figures.name,
    fired.map(({ rule, alerts, responses }) => `${rule}${alerts > 1 ? ` ×${alerts}` : ''}${responses.length === 0 ? '' : ` (${responses.join(', ')})`}`).join('; ') || '-',
  ]]))
  return rows.length === 0 ? '' : align(['class', 'rules that fired'], rows)
}

/** What the project means to reach. Said, not enforced: a figure that is missed is for people to read. */
const TARGETS = { tallyError: 0.01, bestAttackerTallyError: 0.05, honestLost: 0.005, worstGroupLost: 0.02 }

export function targetLine(played: readonly PlayedClass[]): string {
  const missed = played.flatMap(({ figures: { name, tallyError, honestLost, worstGroup, worstGroupLost } }) => {
    const most = name === 'both-rotated' ? TARGETS.bestAttackerTallyError : TARGETS.tallyError
    const misses = [
      ...(tallyError > most ? [`tally error ${percent(tallyError)} > ${percent(most)}`] : []),
      ...(honestLost > TARGETS.honestLost ? [`honest lost ${percent(honestLost)} > ${percent(TARGETS.honestLost)}`] : []),
      ...(worstGroupLost > TARGETS.worstGroupLost ? [`${worstGroup ?? ''} lost ${percent(worstGroupLost)} > ${percent(TARGETS.worstGroupLost)}`] : []),
    ]
    return misses.length === 0 ? [] : [`  ${name}: ${misses.join(', ')}`]
  })
  return missed.length === 0 ? 'Every class is within the targets.' : ['Beyond the targets:', ...missed].join('\n')
}

/** @param priced whether low difficulties stood for the shipped ones */
export function workLine(played: readonly PlayedClass[], priced: boolean): string {
  const looks = played.reduce((sum, { watched }) => sum + (watched?.looks ?? 0), 0)
  const ms = played.reduce((sum, { watched }) => sum + (watched?.ms ?? 0), 0)
  const work = priced
    ? 'Work: SHA-256 hashes the attack would have cost at the shipped difficulties; what was really asked was 4 to 6 bits. A held vote waited up to 26 h for its release.'
    : 'Work: SHA-256 hashes the attack took on average. Nobody waited for held votes to be released.'
  return looks === 0 ? work : `${work} The watch looked ${looks} times, ${(ms / looks).toFixed(1)} ms each.`
}

const lost = (row: PopulationFigures): number => row.held + row.invalidated + row.refused
const lostShare = (row: PopulationFigures): number => lost(row) / row.honestVotes

/** First and last column to the left where they are words, figures to the right. */
function align(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const left = (column: number): boolean => column === 0 || ['worst in', 'worst group', 'rules that fired'].includes(head[column] ?? '')
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (left(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
