/**
 * `npm run bench`: what a protected vote costs beside an unprotected insert, on a PostgreSQL of its own with default durability. All
 * subjects take turns in rounds, so a ratio compares what ran within a minute of each other; rates alone say little about another
 * machine. Wrong counts fail; time never does.
 *
 *   --short       for CI, three minutes at most: one round, short runs, 100 000 votes in place of ten million
 *   --rounds N    (default 5; short 1)
 *   --seconds N   of each run (default 5; short 2), after a warm-up of as many as it takes
 *   --votes N     of the largest ledger (default 10 000 000; short 100 000)
 *   --only A,B    only these: hello board board304 sessions bare16 ours16 bare128 ours128 schema hot largest million ours256 bare256
 *                 lean, and latency judge rules
 *   --out FILE    where the results go (default test/bench/results.json; with --short or --only nowhere)
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runBench } from './bench.ts'
import { findWrk } from './closed-loop.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const RESULTS = 'test/bench/results.json'

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false }, rounds: { type: 'string' }, seconds: { type: 'string' }, votes: { type: 'string' },
    only: { type: 'string' }, out: { type: 'string' },
  },
})
const { short } = values
const print = (text: string): void => void process.stdout.write(`${text}\n`)

const wrk = findWrk()
if (wrk === undefined && !short) {
  process.stderr.write('wrk is missing, and nothing else asks fast enough: apt-get install wrk (Debian, Ubuntu) or brew install wrk (macOS)\n')
  process.exitCode = 2
} else {
  execFileSync(process.execPath, [join(ROOT, 'server', 'build.mjs')], { cwd: ROOT, stdio: 'inherit' })
  const directory = await mkdtemp(join(tmpdir(), 'truetally-bench-'))
  // Ctrl-C reaches the generator and the servers as well; PostgreSQL ends, and takes its data along, when this process is gone.
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.once(signal, () => {
      rmSync(directory, { recursive: true, force: true })
      process.exit(code)
    })
  }
  try {
    const { faults, results } = await runBench({
      directory, wrk, short, print,
      rounds: Number(values.rounds ?? (short ? 1 : 5)), seconds: Number(values.seconds ?? (short ? 2 : 5)), warmUpSeconds: short ? 1 : 2,
      largest: Number(values.votes ?? (short ? 100_000 : 10_000_000)),
      only: values.only === undefined ? undefined : new Set(values.only.split(',').map((name) => name.trim())),
    })
    const out = values.out ?? (short || values.only !== undefined ? undefined : join(ROOT, RESULTS))
    if (out !== undefined) {
      const given = process.argv.slice(2)
      const command = ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ')
      await writeFile(out, `${JSON.stringify({ command, at: new Date().toISOString(), ...results }, undefined, 2)}\n`)
    }
    for (const fault of faults) print(`WRONG  ${fault}`)
    print(faults.length === 0 ? '\nNo count is wrong.' : `\n${faults.length} counts are wrong.`)
    process.exitCode = faults.length === 0 ? 0 : 1
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
