/** One measurement: a fresh process, a warm-up whose figures nobody sees, then the load, with what everybody used meanwhile. */
import { rm } from 'node:fs/promises'
import { type Answered, type Load, loadByDriver, loadByWrk } from './closed-loop.ts'
import type { Cluster } from './cluster.ts'
import { type Counts, countAll, findCountFaults } from './counts.ts'
import { fetchEtags } from './etags.ts'
import type { Percentiles } from './percentiles.ts'
import { cpuOf, cpuOfFamily, cpuOfMachine, residentOf } from './processes.ts'
import { type RequestKind, type Requests, isWritten } from './requests.ts'
import { type BuiltServer, type PlainKind, type Subject, startOurs, startPlain } from './subject.ts'

export interface Case {
  name: string
  server: PlainKind | 'ours'
  requests: RequestKind
  connections: number
  /** Which ledger it meets. */
  ledger: 'empty' | 'million' | 'largest'
}
export interface Figures {
  perSecond: number
  /** Microseconds of processor time an answer. */
  nodeUs: number
  postgresUs: number
  /** Shares of one core. */
  node: number
  postgres: number
  generator: number
  /** Of everybody else on the machine: where it is much, the rates say little. */
  others: number
  /** Most memory of ours resident while it was under load, in bytes. NaN of the plain ones, which carry a TypeScript loader. */
  resident: number
  latency: Percentiles
  /** What limits the figure, where it is not the server. */
  note: string
}
export interface Bench {
  cluster: Cluster
  requests: Requests
  built: BuiltServer
  wrk: boolean
  seconds: number
  warmUpSeconds: number
  ledgers: Record<'million' | 'largest', string | undefined>
  /** By case: answers a second so far, for how many votes to prepare. */
  pace: Map<string, number>
  /** By case: the ledger it wrote to last. */
  latest: Map<string, string>
  faults: string[]
  /** Over all runs that write, warm-ups included. Written may be more by what was on its way when a generator left. */
  counts: { acknowledged: number; written: number }
}

const FIRST_GUESS: Partial<Record<RequestKind, number>> = { 'vote': 8000, 'hot vote': 8000, 'lean': 6000 }
/** Of requests that are sent again and again: readers from that many addresses, or the limits on one network would answer. */
const PREPARED = 20_000
const ROOM = 1.5
const SAMPLE_MS = 200
const FULL = 0.9
/** A server just started spends most of its time in code that is not compiled yet: five times what a vote costs later (measured). */
const WARM = { share: 0.95, calm: 2, most: 8 }
/** Of one core. */
const DISTURBED = 0.3

let databases = 0

/** Counts that are wrong go to `bench.faults`. */
export async function measure(bench: Bench, task: Case): Promise<Figures> {
  const { cluster } = bench
  const url = task.ledger === 'empty' ? await cluster.empty(`run_${(databases += 1)}`) : bench.ledgers[task.ledger]
  if (url === undefined) throw new Error(`the ledger of ${task.name} was not loaded`)
  bench.latest.set(task.name, url)
  const before = await cluster.look(url, countAll)
  const subject = task.server === 'ours' ? await startOurs(bench.built, url) : await startPlain(task.server, url)
  const run: Run = { task, subject, accepted: 0, refused: 0, leftUnderWay: 0 }
  let figures: Figures | undefined
  try {
    await warmUp(bench, run)
    for (let room = ROOM; figures === undefined; room *= 2) figures = await runLoad(bench, run, bench.seconds, room)
  } finally {
    await subject.stop()
  }
  // Now that it has ended: until then what a generator left behind may still be on its way into the ledger.
  checkCounts(bench, run, before, await cluster.look(url, countAll))
  return figures
}

interface Run {
  task: Case
  subject: Subject
  /** Answers below 400, and others, of all its loads. */
  accepted: number
  refused: number
  /** At most so many requests had no answer yet when a generator left. */
  leftUnderWay: number
}

function checkCounts({ faults, counts }: Bench, { task, accepted, refused, leftUnderWay }: Run, before: Counts, after: Counts): void {
  if (refused > 0) faults.push(`${task.name}: ${refused} requests were refused`)
  const kind = writesTo(task)
  if (kind === undefined) return
  counts.acknowledged += accepted
  counts.written += after[kind] - before[kind]
  faults.push(...findCountFaults(kind, before, after, { accepted, leftUnderWay }).map((fault) => `${task.name}: ${fault}`))
}

/** Without a database nobody notices who votes twice. */
const writesTo = ({ server, requests }: Case): 'votes' | 'bare' | undefined =>
  (server === 'schema' || !isWritten(requests) ? undefined : server === 'ours' ? 'votes' : 'bare')

/** Until an answer has not got cheaper twice in a row: once is what a neighbour on a shared machine does as well. */
async function warmUp(bench: Bench, run: Run): Promise<void> {
  let least = Infinity
  let calm = 0
  for (let turn = 0; turn < WARM.most && calm < WARM.calm; turn += 1) {
    const figures = await runLoad(bench, run, bench.warmUpSeconds)
    if (figures === undefined) continue
    calm = figures.nodeUs < WARM.share * least ? 0 : calm + 1
    least = Math.min(least, figures.nodeUs)
  }
}

/** undefined: it ran out of prepared requests. */
async function runLoad(bench: Bench, run: Run, seconds: number, room = ROOM): Promise<Figures | undefined> {
  const { cluster, requests, wrk, pace, faults } = bench
  const { task, subject } = run
  const guess = pace.get(task.name) ?? FIRST_GUESS[task.requests] ?? 0
  const etags = task.requests === 'unchanged board' ? await fetchEtags(subject.port, cluster.boards) : undefined
  const again = writesTo(task) === undefined
  const file = requests.write(task.requests, again ? PREPARED : Math.ceil(guess * room * (seconds + 0.5)), Date.now(), etags)

  const cpu = { node: cpuOf(subject.pid), postgres: cpuOfFamily(cluster.pid), machine: cpuOfMachine() }
  const memory = watchMemory(subject.pid)
  const load: Load = { port: subject.port, connections: task.connections, seconds, file, again }
  const answered = await (wrk ? loadByWrk(load) : loadByDriver(load))
  const used = {
    node: cpuOf(subject.pid) - cpu.node, postgres: cpuOfFamily(cluster.pid) - cpu.postgres, machine: cpuOfMachine() - cpu.machine,
  }
  const resident = memory.stop()
  await rm(file)

  const { answers, refused, broken, exhausted } = answered
  run.accepted += answers - refused
  run.refused += refused
  run.leftUnderWay += task.connections
  if (broken > 0) faults.push(`${task.name}: ${broken} connections failed or were not answered in time`)
  pace.set(task.name, Math.max(answers / answered.seconds, exhausted ? guess * 1.5 : 0))
  return exhausted ? undefined : figuresOf(answered, used, task.server === 'ours' ? resident : Number.NaN)
}

function figuresOf(answered: Answered, used: Record<'node' | 'postgres' | 'machine', number>, resident: number): Figures {
  const { answers, seconds, generatorCpuSeconds, latency } = answered
  const [node, postgres, generator] = [used.node / seconds, used.postgres / seconds, generatorCpuSeconds / seconds]
  const others = Math.max(0, used.machine / seconds - node - postgres - generator)
  return {
    perSecond: answers / seconds, nodeUs: (used.node * 1e6) / answers, postgresUs: (used.postgres * 1e6) / answers, node, postgres, generator, others, resident,
    latency, note: answers === 0 ? 'nothing was answered' : noteOf(node, generator, others),
  }
}

function noteOf(node: number, generator: number, others: number): string {
  if (generator >= FULL) return 'the generator is the limit'
  if (node >= FULL) return ''
  const spare = `the server had ${Math.round((1 - node) * 100)} % of its core to spare`
  return others >= DISTURBED ? `${spare}; others took ${Math.round(others * 100)} %` : spare
}

function watchMemory(pid: number): { stop(): number } {
  let most = residentOf(pid)
  const timer = setInterval(() => (most = Math.max(most, residentOf(pid))), SAMPLE_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return most
    },
  }
}
