/**
 * The short form of `npm run bench`, as CI runs it: it prints what a protected vote costs on this machine. Figures fail nothing, for
 * this machine is shared; a vote that was acknowledged and is not there, is there twice, or is missing in a tally, fails.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Counts, findCountFaults } from '../bench/speed/counts.ts'
import { RATIO_NAMES } from '../bench/speed/ratios.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PATIENCE_MS = 480_000

interface Results {
  ratios: Record<string, number | null>
  figures: Record<string, { perSecond: number[] }>
  counts: { recounted: { items: number; votes: number }; faults: string[] }
}

test('the short bench counts every vote it sends, and says what they cost', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'truetally-bench-test-'))
  try {
    const out = join(directory, 'results.json')
    const { code, text } = await runBench(['--short', '--seconds', '1', '--out', out])
    process.stdout.write(`${text}\n`)
    expect({ code, end: text.slice(-600) }).toMatchObject({ code: 0 })

    const { ratios, figures, counts } = JSON.parse(await readFile(out, 'utf8')) as Results
    expect(counts.faults).toEqual([])
    expect(counts.recounted.votes).toBeGreaterThan(100)
    expect(Object.keys(ratios).toSorted()).toEqual(RATIO_NAMES.toSorted())
    expect(Object.entries(ratios).filter(([, ratio]) => ratio === null || !(ratio > 0))).toEqual([])
    expect(Object.entries(figures).filter(([, { perSecond }]) => perSecond.some((rate) => !(rate > 0)))).toEqual([])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}, PATIENCE_MS + 10_000)

const ledger = (votes: number, counted: number, held: number, tallies: Counts['tallies']): Counts => ({ votes, standing: counted + held, held, tallies, bare: 0 })

test('what it would fail for: a vote lost, doubled, not counted, or out of step with its tally', () => {
  const before = ledger(10, 10, 0, { counted: 10, held: 0 })
  const added = (votes: number, counted = votes, held = 0, tallies = { counted, held }): string[] =>
    findCountFaults('votes', before, ledger(10 + votes, 10 + counted, held, { counted: 10 + tallies.counted, held: tallies.held }), { accepted: votes, leftUnderWay: 16 })
  expect([added(100), added(2000, 1999, 1)]).toEqual([[], []])
  const acknowledged = { accepted: 100, leftUnderWay: 16 }
  const present = (votes: number): string[] => findCountFaults('votes', before, ledger(10 + votes, 10 + votes, 0, { counted: 10 + votes, held: 0 }), acknowledged)
  expect(present(116)).toEqual([])
  expect(present(99)).toEqual(['100 votes were acknowledged and 99 are there'])
  expect(present(117)).toEqual(['117 votes are there and only 100 were acknowledged'])
  expect(added(100, 98)).toEqual(['of 100 new votes 98 count and 0 are held'])
  expect(added(100, 98, 2)).toEqual(['2 of 100 new votes are held'])
  expect(added(100, 100, 0, { counted: 101, held: 0 })).toEqual(['the tallies grew by 101 and 0 held, the votes by 100 and 0 held'])
})

async function runBench(options: string[]): Promise<{ code: number | NodeJS.Signals; text: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/bench/speed/main.ts'), ...options], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const timer = setTimeout(() => child.kill('SIGTERM'), PATIENCE_MS)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code, signal) => resolve({ code: signal ?? code ?? 0, text }))
    })
  } finally {
    clearTimeout(timer)
  }
}
