/**
 * `npx tsx test/bench/scaling/main.ts`: what a vote costs the things that several servers share, PostgreSQL and Redis: bytes of its log,
 * commits, syncs, commands, bytes kept. docs/scaling.md reckons with these, and test/build/scaling-figures.test.ts holds it to them.
 * None of it is a rate, so a busy machine changes little; only how many votes share a commit depends on the load.
 *
 *   --seconds N   of load at 128 connections (default 10)
 *   --out FILE    default test/bench/scaling/results.json; `none` writes nothing
 *
 * Then `npx tsx test/bench/scaling/write-document.ts`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findTallyFaults } from '../../../db/queries/tallies.ts'
import { MASTER_SECRET } from '../../helpers/app.ts'
import { startNode } from '../../helpers/balanced-nodes.ts'
import { findWrk, loadByDriver, loadByWrk } from '../speed/closed-loop.ts'
import { type Cluster, startCluster } from '../speed/cluster.ts'
import { describeMachine } from '../speed/machine.ts'
import { Requests } from '../speed/requests.ts'
import { DIFFICULTY } from '../speed/subject.ts'
import { eventBytes } from './event-bytes.ts'
import { type LogFigures, readLog } from './log-figures.ts'
import { type SharedFigures, readShared, startSharedMemory } from './shared-figures.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const CONNECTIONS = 128
const WARM_UP_S = 3
/** More than any machine of today answers. */
const MOST_PER_SECOND = 20_000

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, out: { type: 'string' } } })
const seconds = Number(values.seconds)
const print = (text: string): void => void process.stdout.write(`${text}\n`)

interface Reading {
  votes: number
  log: LogFigures
  shared: SharedFigures
}

async function run(directory: string, cluster: Cluster): Promise<Record<string, unknown>> {
  const memory = await startSharedMemory(directory)
  try {
    const url = await cluster.empty('scaling')
    const policy = join(directory, 'policy.json')
    const challenge = { difficulty: DIFFICULTY, suspectDifficulty: DIFFICULTY, stepUpDifficulty: DIFFICULTY }
    await writeFile(policy, JSON.stringify({ version: 'shipped-with-little-work', challenge }))
    const node = await startNode(0, {
      DATABASE_URL: url, REDIS_URL: memory.url, TRUETALLY_SECRET: MASTER_SECRET, TRUSTED_PROXIES: '1', GATE_MODE: 'enforce', GATE_POLICY: policy, LOG_LEVEL: 'error',
    })
    const requests = new Requests(directory, cluster.boards)
    const load = async (forSeconds: number): Promise<void> => {
      const file = requests.write('vote', forSeconds * MOST_PER_SECOND, Date.now())
      const asked = { port: node.port, connections: CONNECTIONS, seconds: forSeconds, file, again: false }
      const { refused, broken } = await (findWrk() === undefined ? loadByDriver(asked) : loadByWrk(asked))
      if (refused + broken > 0) throw new Error(`${refused} votes were refused and ${broken} requests broke`)
    }
    const read = async (): Promise<Reading> => await cluster.look(url, async (pool) => ({
      votes: (await pool.query<{ n: number }>('select count(*)::int as n from votes')).rows[0]?.n ?? 0, log: await readLog(pool), shared: await readShared(memory),
    }))
    try {
      await load(WARM_UP_S)
      // As after each checkpoint: every page that changes next is written whole once.
      await cluster.look(url, (pool) => pool.query('checkpoint'))
      const before = await read()
      await load(seconds)
      const after = await read()
      const { faults } = await cluster.look(url, findTallyFaults)
      if (faults.length > 0) throw new Error(`${faults.length} tallies differ from their recount`)
      return { ...figuresOf(before, after), bytesPerEvent: await cluster.look(await cluster.empty('events'), eventBytes) }
    } finally {
      node.kill('SIGTERM')
      await node.ended
    }
  } finally {
    await memory.stop()
  }
}

/** Per vote, of what happened between the two readings. */
function figuresOf(before: Reading, after: Reading): Record<string, number> {
  const votes = after.votes - before.votes
  const each = (pick: (reading: Reading) => number): number => Number(((pick(after) - pick(before)) / votes).toPrecision(3))
  return {
    votes, votesPerCommit: Math.round(1 / each(({ log }) => log.commits)),
    logBytesPerVote: Math.round(each(({ log }) => log.bytes)), wholePagesPerVote: each(({ log }) => log.wholePages), syncsPerVote: each(({ log }) => log.syncs),
    commandsPerVote: each(({ shared }) => shared.commands), sentToRedisPerVote: Math.round(each(({ shared }) => shared.bytesIn)),
    redisKeysPerVote: each(({ shared }) => shared.keys), redisBytesPerKey: Math.round((after.shared.memory - before.shared.memory) / (after.shared.keys - before.shared.keys)),
  }
}

execFileSync(process.execPath, [join(ROOT, 'server', 'build.mjs')], { cwd: ROOT, stdio: 'inherit' })
const directory = await mkdtemp(join(tmpdir(), 'truetally-scaling-'))
try {
  const cluster = await startCluster(directory)
  try {
    const figures = await run(directory, cluster)
    const results = { command: 'npx tsx test/bench/scaling/main.ts', at: new Date().toISOString(), machine: describeMachine(cluster.version, findWrk() ?? 'our own driver'), seconds, figures }
    print(JSON.stringify(results, undefined, 2))
    const out = values.out ?? join(ROOT, 'test/bench/scaling/results.json')
    if (out !== 'none') await writeFile(out, `${JSON.stringify(results, undefined, 2)}\n`)
  } finally {
    await cluster.stop()
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}
