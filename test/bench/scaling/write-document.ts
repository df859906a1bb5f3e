/** `npx tsx test/bench/scaling/write-document.ts`: puts the tables of docs/scaling.md right, after a benchmark. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BenchResults, type ScalingResults, fillIn, scalingTables } from './tables.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): unknown => JSON.parse(readFileSync(`${ROOT}${path}`, 'utf8'))
const document = `${ROOT}docs/scaling.md`
const tables = scalingTables(read('test/bench/results.json') as BenchResults, read('test/bench/scaling/results.json') as ScalingResults)
writeFileSync(document, fillIn(readFileSync(document, 'utf8'), tables))
