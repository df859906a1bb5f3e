/** The whole of a run, from a fresh cluster to what is printed and kept. */
import { loadavg } from 'node:os'
import { findTallyFaults } from '../../../db/queries/tallies.ts'
import { CASES, FEW_ROUNDS, IN_FEW_ROUNDS, WHAT } from './cases.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { timeJudge } from './judge-alone.ts'
import { measureLatency } from './latency.ts'
import { describeMachine } from './machine.ts'
import { type Bench, type Figures, measure } from './measure.ts'
import { medianOf } from './percentiles.ts'
import { type Ratio, type RatioName, type Round, ratiosOf } from './ratios.ts'
import { latencyTableOf, lineOf, ratioTableOf, sayAlone, sayCounts, sayRules, saySizes, tableOf } from './report.ts'
import { Requests } from './requests.ts'
import { timeRules } from './rules-alone.ts'
import { measureSizes } from './sizes.ts'
import { DIFFICULTY, keepBuild } from './subject.ts'

export interface Settings {
  directory: string
  /** Its version; undefined: our own driver is the generator. */
  wrk: string | undefined
  short: boolean
  rounds: number
  seconds: number
  warmUpSeconds: number
  /** Votes of the largest ledger. */
  largest: number
  only: ReadonlySet<string> | undefined
  print(text: string): void
}

const MILLION = 1_000_000
const LINES = 200_000

export async function runBench(settings: Settings): Promise<{ faults: string[]; results: Record<string, unknown> }> {
  const { directory, wrk, short, rounds, seconds, warmUpSeconds, largest, only, print } = settings
  const wanted = (name: string): boolean => only === undefined || only.has(name)
  const cases = CASES.filter(({ name }) => wanted(name) && !(short && only === undefined && IN_FEW_ROUNDS.has(name)))
  const cluster = await startCluster(directory)
  try {
    const machine = describeMachine(cluster.version, wrk ?? 'our own driver, which may be the limit: install wrk')
    print(`${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}, PostgreSQL ${machine.postgres}; generator: ${machine.generator}`)
    print(`One machine runs the server, PostgreSQL (fsync and synchronous_commit on) and the generator. Shipped policy, enforced, with work of ${DIFFICULTY} bits.`)
    const [load = 0] = loadavg()
    if (load > 0.5) print(`NOTE  the machine is not idle: a load of ${load.toFixed(1)} before anything was measured. Trust processor time, and ratios, more than rates.`)
    const ledgers = await fillLedgers(cluster, settings, cases.map(({ ledger }) => ledger))
    const bench: Bench = {
      cluster, requests: new Requests(directory, cluster.boards), built: await keepBuild(directory), wrk: wrk !== undefined, seconds, warmUpSeconds,
      ledgers, pace: new Map(), faults: [], counts: { acknowledged: 0, written: 0 }, latest: new Map(),
    }
    const measured = await runRounds(bench, cases, rounds, print)
    const ratios = ratiosOf(measured)
    if (measured.length > 0) print(`\nMedians of ${measured.length} round${measured.length === 1 ? '' : 's'}\n${tableOf(measured)}\n\n${ratioTableOf(ratios)}`)

    const capacity = medianOf(measured.flatMap((round) => round.get('ours128')?.perSecond ?? []))
    const latency = wanted('latency') ? await measureLatency(bench, { capacity: short || Number.isNaN(capacity) ? undefined : capacity, seconds: short ? 3 : 10 }) : []
    if (latency.length > 0) print(`\nOpen loop, timed from when each request was due\n${latencyTableOf(latency)}`)
    const alone = wanted('judge') ? timeJudge() : undefined
    if (alone !== undefined) print(`\n${sayAlone(alone)}`)
    const rules = only?.has('rules') ?? !short ? await timeRules(await cluster.empty('rules'), LINES) : undefined
    if (rules !== undefined) print(sayRules(rules))
    if (rules !== undefined && rules.faults > 0) bench.faults.push('rules: a second replay found something else')

    const sizes = await measureSizes(cluster, { votes: ledgers.million ?? ledgers.largest, decisions: bench.latest.get('ours128') })
    if (sizes.votes !== undefined || sizes.decisions !== undefined) print(saySizes(sizes))

    const recount = await recountAll(cluster, bench, ledgers)
    if (bench.counts.acknowledged > 0) print(sayCounts(bench.counts, recount))
    const resident = measured.flatMap((round) => [...round.values()].map((figures) => figures.resident)).filter((bytes) => !Number.isNaN(bytes))
    return {
      faults: bench.faults,
      results: {
        machine, settings: { rounds, seconds, warmUpSeconds, largestLedger: largest, policy: `shipped, enforced, ${DIFFICULTY} bits of work`, short },
        ratios: Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, round3(median)])),
        targets: targetsOf(ratios), figures: figuresOf(measured), latency, judge: alone, rules, sizes, residentMb: round3(Math.max(0, ...resident) / 2 ** 20),
        counts: { ...bench.counts, recounted: recount, faults: bench.faults },
      },
    }
  } finally {
    await cluster.stop()
  }
}

const round3 = (value: number): number => Number(value.toPrecision(4))

async function fillLedgers(cluster: Cluster, { largest, print }: Settings, needed: readonly string[]): Promise<Bench['ledgers']> {
  const ledgers: Bench['ledgers'] = { million: undefined, largest: undefined }
  if (needed.includes('million')) ledgers.million = await cluster.filled('million', MILLION, print)
  if (needed.includes('largest')) ledgers.largest = await cluster.filled('largest', largest, print)
  return ledgers
}

async function runRounds(bench: Bench, cases: typeof CASES, rounds: number, print: (text: string) => void): Promise<Round[]> {
  const measured: Round[] = []
  for (let number = 1; number <= (cases.length === 0 ? 0 : rounds); number += 1) {
    print(`\nRound ${number} of ${rounds}`)
    const round = new Map<string, Figures>()
    const turn = cases.filter(({ name }) => number <= FEW_ROUNDS || !IN_FEW_ROUNDS.has(name))
    for (const task of number % 2 === 1 ? turn : turn.toReversed()) {
      const figures = await measure(bench, task)
      round.set(task.name, figures)
      print(lineOf(task.name, figures))
    }
    measured.push(round)
  }
  return measured
}

/** Every ledger that was written to, vote by vote. */
async function recountAll(cluster: Cluster, bench: Bench, ledgers: Bench['ledgers']): Promise<{ items: number; votes: number }> {
  const sum = { items: 0, votes: 0 }
  for (const url of new Set([ledgers.million, ledgers.largest, ...bench.latest.values()])) {
    if (url === undefined) continue
    const { items, votes, faults } = await cluster.look(url, findTallyFaults)
    sum.items += items
    sum.votes += votes
    bench.faults.push(...faults.map(({ projectId, itemId, stored, recounted }) =>
      `item ${itemId} of project ${projectId}: ${JSON.stringify(stored)} is stored, ${JSON.stringify(recounted)} is there`))
  }
  return sum
}

const targetsOf = (ratios: Partial<Record<RatioName, Ratio>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(ratios).map(([name, { target, atMost, reached, rounds }]) => [name, { [atMost ? 'atMost' : 'atLeast']: target, reached, rounds: rounds.map((value) => round3(value)) }]))

/** Each figure of each case, round by round. */
function figuresOf(measured: readonly Round[]): Record<string, unknown> {
  return Object.fromEntries(CASES.flatMap(({ name, connections }) => {
    const all = measured.flatMap((round) => round.get(name) ?? [])
    if (all.length === 0) return []
    const series = (pick: (figures: Figures) => number): number[] => all.map((figures) => round3(pick(figures)))
    return [[name, {
      what: WHAT[name], connections, perSecond: series((f) => f.perSecond), nodeUs: series((f) => f.nodeUs), postgresUs: series((f) => f.postgresUs),
      node: series((f) => f.node), postgres: series((f) => f.postgres), generator: series((f) => f.generator), others: series((f) => f.others), residentMb: series((f) => f.resident / 2 ** 20),
      p50: series((f) => f.latency.p50), p90: series((f) => f.latency.p90), p99: series((f) => f.latency.p99), p999: series((f) => f.latency.p999),
      notes: all.map(({ note }) => note),
    }]]
  }))
}
