/** The figures for people: one aligned table of the classes, one of what became of honest votes. */
import type { ClassFigures, PopulationFigures } from './measure.ts'
import type { PlayedClass } from './play-class.ts'

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export function classTable(rows: readonly ClassFigures[]): string {
  return align(
    ['class', 'honest votes', 'attack votes', 'counted', 'held', 'invalidated', 'honest lost', 'tally error', 'detected after'],
    rows.map((row) => [
      row.name, String(row.honestVotes), String(row.attackVotes), percent(row.counted), percent(row.held), percent(row.invalidated),
      percent(row.honestLost), percent(row.tallyError), row.detectedAfterS === null ? '-' : `${row.detectedAfterS.toFixed(1)} s`,
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

const lost = (row: PopulationFigures): number => row.held + row.invalidated + row.refused
const lostShare = (row: PopulationFigures): number => lost(row) / row.honestVotes

/** First and last column to the left where they are words, figures to the right. */
function align(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const left = (column: number): boolean => column === 0 || head[column] === 'worst in'
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (left(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
