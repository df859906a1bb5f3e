/**
 * Kills node, PostgreSQL, or both, in the middle of votes, and looks at what is stored: before anything is sent again, and after every
 * vote has been acknowledged. Real processes, real signals.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from '../helpers/command.ts'
import { Acknowledged } from './acknowledged.ts'
import { boardAgrees, watchBoard } from './board-watch.ts'
import { compare } from './comparison.ts'
import { Load } from './load.ts'
import type { Subject } from './subject.ts'
import { visitOf } from './visits.ts'

/**
 * node: the server · postgres: all of its processes at once, as when its machine crashes · both: all of that at once · postmaster: its
 * first process only, the others find themselves orphaned · backend: the process of one connection, after which PostgreSQL recovers by itself ·
 * freeze: nothing dies, all of its processes stand still for longer than a voter may be kept waiting
 */
export const KILLS = ['node', 'postgres', 'both', 'postmaster', 'backend', 'freeze'] as const
export type Kill = (typeof KILLS)[number]

const WORDS: Readonly<Record<Kill, string>> = {
  node: 'node killed', postgres: 'postgres killed', both: 'both killed', postmaster: 'postmaster killed', backend: 'backend killed', freeze: 'postgres frozen',
}

export interface KillOptions {
  kills: readonly Kill[]
  connections: number
  /** How long votes come in before something is killed, at least and at most. */
  loadMs: readonly [number, number]
  /** How long PostgreSQL stays away while the server is up. */
  outageMs: readonly [number, number]
  print(line: string): void
}

export interface KillResult {
  /** What has to be stored now. */
  model: Acknowledged
  rounds: number
  acknowledged: number
  lost: number
  double: number
  tallyFaults: number
  /** Answers nobody may get, boards not served, servers that ended by themselves or took too long to come back. */
  otherFaults: string[]
  /** Milliseconds to the first acknowledged vote, from when what was killed was started again. */
  recoveries: number[]
}

const FREEZE_MS = 18_000
const START_ATTEMPTS = 3
/** With everything running again, votes have to go through within this. How long a start takes is the machine’s affair. */
const MAX_WAIT_MS = 10_000
/** Less than the half minute after which every board is read again, whatever was heard or missed. */
const BOARD_WAIT_MS = 20_000
const seconds = (ms: number): string => (ms / 1000).toFixed(1)
const within = ([least, most]: readonly [number, number]): number => least + Math.random() * (most - least)

export async function runKillRounds(subject: Subject, options: KillOptions): Promise<KillResult> {
  const { cluster, mill: { project }, port } = subject
  const { print } = options
  const model = new Acknowledged()
  let visits = 0
  const load = new Load({ port, connections: options.connections, model, nextVisit: () => visitOf(subject, visits++, Date.now()) })
  const result: KillResult = { model, rounds: 0, acknowledged: 0, lost: 0, double: 0, tallyFaults: 0, otherFaults: [], recoveries: [] }
  const fault = (round: number, words: string): void => {
    result.otherFaults.push(`round ${round}: ${words}`)
    print(`          ! ${words}`)
  }

  let server = await subject.start()
  let ended = watchEnd(server)
  try {
    for (const [index, kill] of options.kills.entries()) {
      const round = index + 1
      const nodeDies = kill === 'node' || kill === 'both'
      const before = { acknowledged: model.calls, busy: load.statuses.get(503) ?? 0, wrong: load.faults.wrong, hung: load.faults.hung }
      load.run()
      await sleep(within(options.loadMs))
      // What nobody has voted on yet loses nothing: on a machine that is slow to begin, the load comes first.
      while (model.calls - before.acknowledged < options.connections) await load.nextAcknowledgement(60_000)

      const board = watchBoard(subject)
      const thaw = strike(kill, server, cluster)
      const inDoubt = model.inFlight
      let boards = ''
      if (nodeDies) {
        await load.pause()
        await Promise.all([server.ended, board.end()])
      } else {
        await sleep(thaw === undefined ? within(options.outageMs) : FREEZE_MS)
        await load.pause()
        await board.end()
        boards = ` · ${board.read} boards read meanwhile`
        for (const words of board.missed.slice(0, 3)) fault(round, `the board was not served: ${words}`)
        if (board.read === 0) fault(round, 'nobody could read the board')
      }

      const restartedAt = performance.now()
      thaw?.()
      if (kill === 'postgres' || kill === 'both' || kill === 'postmaster') await cluster.restart()
      await cluster.answers()
      await quiet(subject)
      const restartMs = performance.now() - restartedAt
      const atOnce = await compare(cluster.pool, project.id, model)

      const nodeAt = performance.now()
      if (nodeDies) {
        server = await startAgain(subject, (words) => fault(round, words))
        ended = watchEnd(server)
      }
      const nodeMs = performance.now() - nodeAt
      load.run()
      const waited = await load.nextAcknowledgement(60_000)
      const recovery = restartMs + nodeMs + waited
      result.recoveries.push(recovery)
      if (waited > MAX_WAIT_MS) fault(round, `with everything running again, votes went through only after ${Math.round(waited)} ms`)
      await sleep(within([100, 500]))
      await load.settle(60_000)
      const atEnd = await compare(cluster.pool, project.id, model)
      if (!(await boardAgrees(subject, cluster.pool, BOARD_WAIT_MS))) fault(round, 'the board does not show the stored tallies')
      if (ended() !== undefined) fault(round, `the server ended by itself (${ended()}):\n${server.output.err.slice(-2000)}`)

      const lost = atOnce.lost + atEnd.lost
      const double = atOnce.double + atEnd.double
      const faults = atOnce.faults + atEnd.faults
      Object.assign(result, {
        rounds: round, acknowledged: model.calls, lost: result.lost + lost, double: result.double + double, tallyFaults: result.tallyFaults + faults,
      })
      const busy = (load.statuses.get(503) ?? 0) - before.busy
      if (load.faults.wrong > before.wrong) fault(round, `${load.faults.wrong - before.wrong} wrong answers: ${load.faults.examples.join('\n')}`)
      if (load.faults.hung > before.hung) fault(round, `${load.faults.hung - before.hung} votes were kept waiting for more than 15 s`)
      print(`round ${String(round).padStart(2)}  ${WORDS[kill].padEnd(17)} · ${model.calls - before.acknowledged} acknowledged, ${inDoubt} in doubt (${atOnce.recordedInDoubt} recorded), ${lost} lost, `
        + `${double} double, ${faults} tally faults · back after ${seconds(recovery)} s `
        + `(PostgreSQL ${seconds(restartMs)}, server ${seconds(nodeMs)}, first vote ${seconds(waited)}) · 503: ${busy}${boards} · ${atEnd.votes} votes in all`)
      for (const words of [...atOnce.examples, ...atEnd.examples]) print(`          ! ${words}`)
    }
  } finally {
    await load.end()
    server.kill('SIGKILL')
    await server.ended
  }
  return result
}

/** `20 rounds: 0 lost, 0 double, 0 tally faults`, which is what has to come out. */
export function sumUp({ rounds, acknowledged, lost, double, tallyFaults, otherFaults, recoveries }: KillResult): string {
  const other = otherFaults.length === 0 ? '' : `, ${otherFaults.length} other faults`
  return `${rounds} rounds: ${lost} lost, ${double} double, ${tallyFaults} tally faults${other} (${acknowledged} votes acknowledged, back within ${seconds(Math.max(0, ...recoveries))} s)`
}

export const isFaultless = ({ lost, double, tallyFaults, otherFaults }: KillResult): boolean => lost + double + tallyFaults + otherFaults.length === 0

/** Does it. What is frozen is let go on by calling the answer. */
function strike(kill: Kill, server: Command, cluster: Subject['cluster']): (() => void) | undefined {
  if (kill === 'node' || kill === 'both') server.kill('SIGKILL')
  if (kill === 'postgres' || kill === 'both') cluster.crash()
  if (kill === 'postmaster') cluster.killPostmaster()
  if (kill === 'backend') cluster.killBackend()
  return kill === 'freeze' ? cluster.freeze() : undefined
}

/** As a supervisor does: a start that failed is a fault, and is tried again. */
async function startAgain(subject: Subject, fault: (words: string) => void): Promise<Command> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await subject.start()
    } catch (error) {
      if (attempt === START_ATTEMPTS || !(error instanceof Error)) throw error
      fault(error.message)
    }
  }
}

/** How the server ended; undefined: it runs. */
function watchEnd(server: Command): () => number | NodeJS.Signals | undefined {
  let how: number | NodeJS.Signals | undefined
  void server.ended.then((code) => (how = code))
  return () => how
}

/** PostgreSQL may still be at the last transaction of a server that is gone, or gave up waiting. */
async function quiet({ cluster }: Subject): Promise<void> {
  for (const deadline = Date.now() + 15_000; ; await sleep(20)) {
    const { rowCount } = await cluster.pool.query("select 1 from pg_stat_activity where application_name = 'truetally' and xact_start is not null")
    if (rowCount === 0) return
    if (Date.now() > deadline) throw new Error('PostgreSQL is still busy with what was asked of it 15 s ago')
  }
}
