/** docs/scaling.md against what was measured: its tables are reckoned from the two files of results, and from nothing else. */
import { expect, test } from 'vitest'
import { type BenchResults, CONNECTIONS_PER_NODE, type ScalingResults, fillIn, scalingTables, shown } from '../bench/scaling/tables.ts'
import { readDocument } from '../helpers/markdown.ts'

const results = (path: string): unknown => JSON.parse(readDocument(path))
const document = readDocument('docs/scaling.md')

test('every table says what was measured (npx tsx test/bench/scaling/write-document.ts puts them right)', () => {
  const tables = scalingTables(results('test/bench/results.json') as BenchResults, results('test/bench/scaling/results.json') as ScalingResults)
  expect(document).toBe(fillIn(document, tables))
})

test('a server takes as many connections as the tables reckon with', () => {
  const pool = Number(/max: options\.max \?\? (\d+)/.exec(readDocument('db/queryable.ts'))?.[1])
  const voters = Number(/VOTERS_CONNECTIONS = (\d+)/.exec(readDocument('server/plugins/database.ts'))?.[1])
  // One more listens.
  expect(pool + voters + 1).toBe(CONNECTIONS_PER_NODE)
  expect(document).toContain(`${CONNECTIONS_PER_NODE} connections`)
})

test('figures are shown to two places, and only what is whole has none', () => {
  expect([0.0281, 1.26, 16, 99.6, 166, 2750, 123_456].map((value) => shown(value))).toEqual(['0.028', '1.3', '16', '100', '170', '2,800', '120,000'])
})

test('measuring.md says where the ratios of the last results stand', () => {
  const { ratios } = results('test/bench/results.json') as { ratios: Record<string, number> }
  const said = [...readDocument('docs/measuring.md').matchAll(/^\| `(\w+)` \| ([\d.]+) \| [≥≤] [\d.]+ \|$/gm)].map(([, name, ratio]) => [name, ratio])
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, ratio.toFixed(2)])))
})
