/** One table for people, one object for programs. */
import type { PlayedClient, SkippedClient } from './play.ts'

export type Result = PlayedClient | SkippedClient

export const isPlayed = (result: Result): result is PlayedClient => !('skipped' in result)

const HEAD = ['client', 'form', 'visits', 'counted', 'held', 'lost', 'score', 'core hashes', 'visitor ids', 'by cohort', 'detectors seen']
const LEFT = new Set(['client', 'form', 'detectors seen'])

export function clientTable(results: readonly Result[]): string {
  const rows = results.filter(isPlayed).map((row) => [
    row.name, row.form, String(row.visits), String(row.counted), `${row.held}${row.heldFor.length === 0 ? '' : ` (${row.heldFor.join(', ')})`}`,
    String(row.lost), row.score === null ? '-' : row.score.toFixed(2), String(row.cores), String(row.visitorIds), String(row.heldByCohort),
    Object.entries(row.detectors).toSorted(([, one], [, other]) => other - one).map(([name, votes]) => `${name} ${votes}`).join(', ') || '-',
  ])
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string => cells
    .map((cell, column) => (LEFT.has(HEAD[column] ?? '') ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
    .join('  ').trimEnd()
  return [line(HEAD), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line), ...results.flatMap(skippedLine)].join('\n')
}

const skippedLine = (result: Result): string[] => (isPlayed(result) ? [] : [`skipped: ${result.name} (${result.skipped})`])
