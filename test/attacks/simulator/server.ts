/** The server under attack: the real one in this process for each class, or one that already runs on this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { findTallyFaults } from '../../../db/queries/tallies.ts'
import { buildApp } from '../../../server/app.ts'
import { createOperatorToken } from '../../../server/commands/operator-token.ts'
import { defaultPolicy } from '../../../server/gate/policies/default.ts'
import { onlyLogged } from '../../../server/gate/policies/only-logged.ts'
import type { Policy } from '../../../server/gate/policies/policy.ts'
import { shippedRules } from '../../helpers/app.ts'
import type { Databases } from './databases.ts'
import { RealTimeline, SimulatedTimeline, type Timeline } from './timeline.ts'
import { type FiredRule, readAlerts } from './fired-rules.ts'
import { type VoteHistory, readHistories } from './vote-histories.ts'
import { loopbackUrl } from './wire.ts'

/** As GATE_MODE: whether bands and cohorts act. */
export const GATE_MODES = ['enforce', 'log'] as const
export type GateMode = (typeof GATE_MODES)[number]

export interface Server {
  base: string
  /** Of an admin. */
  token: string
  timeline: Timeline
  /** What the work of one vote costs with the shipped policy, from the leading zero bits that this server asked for. */
  shippedBits(difficulty: number): number
  /** Out of reach where the database is. */
  ledger?: {
    /** Items whose stored tally is not its recount. */
    countTallyFaults(): Promise<number>
    /** Votes under whatever was done to them, and how many were released. */
    readHistories(): Promise<{ votes: VoteHistory[]; released: number }>
    /** Alerts of the rules, and what was done about them, most frequent first. */
    readAlerts(): Promise<FiredRule[]>
  }
  /** How often the watch has looked, and the real milliseconds it took. */
  watched?: { looks: number; ms: number }
  close(): Promise<void>
}

const HOUR_MS = 3_600_000
/** The rules look twice a second; here two minutes apart, or a day of votes would take an hour. What they do comes that much later. */
const RULES_MS = 120_000
const MASTER_SECRET = 'a master secret that only the simulator uses'

/** Work is priced, not burnt: low difficulties are asked, each standing for a shipped one. */
const SHIPPED = defaultPolicy.challenge
const CHEAP = { difficulty: 4, suspectDifficulty: 5, stepUpDifficulty: 6 } as const
const cheapPolicy: Policy = SHIPPED === null ? defaultPolicy : { ...defaultPolicy, challenge: { ...SHIPPED, ...CHEAP } }

function shippedBits(difficulty: number): number {
  const names = ['difficulty', 'suspectDifficulty', 'stepUpDifficulty'] as const
  const name = names.find((each) => CHEAP[each] === difficulty)
  return name === undefined || SHIPPED === null ? difficulty : SHIPPED[name]
}

/**
 * On a fresh database and a clock that moves only when somebody acts. The clock begins at the next full hour: windows begin
 * empty, and whatever Postgres compares with its own clock lies ahead.
 */
export async function startServer(databases: Pick<Databases, 'create'>, gate: GateMode, rulesEveryMs = RULES_MS): Promise<Server> {
  const timeline = new SimulatedTimeline(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS)
  const [database, widgetDir] = await Promise.all([databases.create(), mkdtemp(join(tmpdir(), 'truetally-attack-'))])
  // Nobody here loads the widget, and the server wants one to serve: no build is needed for an attack.
  await writeFile(join(widgetDir, 'widget.js'), '')
  const restoreClock = simulateDate(timeline)
  let app: FastifyInstance | undefined
  const close = async (): Promise<void> => {
    await app?.close()
    restoreClock()
    await Promise.all([database.drop(), rm(widgetDir, { recursive: true, force: true })])
  }
  try {
    app = await buildApp({
      rules: await shippedRules(),
      databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir, version: '0.0.0-attack', logLevel: 'silent',
      trustedProxies: ['127.0.0.1/32'], clock: () => timeline.now(), policy: gate === 'log' ? onlyLogged(cheapPolicy) : cheapPolicy,
      // Real load on a simulated clock would tighten limits differently each time; the ledger is watched as simulated time passes.
      pressure: { read: () => false }, watchEveryMs: 0, probeEveryMs: 0, notifyEveryMs: 0, boardEveryMs: 0,
    })
    const { db, watch, ledger, alerts } = app
    const watched = { looks: 0, ms: 0 }
    let ruled = 0
    timeline.watch = async () => {
      const began = performance.now()
      await watch.tick()
      watched.looks += 1
      watched.ms += performance.now() - began
      if (timeline.now() - ruled < rulesEveryMs) return
      ruled = timeline.now()
      await ledger.flush()
      await alerts.tick()
    }
    await app.listen({ host: '127.0.0.1', port: 0 })
    const token = await createOperatorToken(db, { name: 'simulator', role: 'admin', projectId: 0 })
    const { port } = app.server.address() as AddressInfo
    return {
      base: `http://127.0.0.1:${port}`, token, timeline, shippedBits, watched, close,
      ledger: { countTallyFaults: async () => (await findTallyFaults(db)).faults.length, readHistories: () => readHistories(db), readAlerts: () => readAlerts(db) },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Eight hours of arrivals become half a minute; visits keep their length. */
const COMPRESSION = 960

/** @throws RangeError for a host that is not this machine */
export function reachServer(base: string, token: string): Server {
  return {
    base: loopbackUrl(base).origin, token, timeline: new RealTimeline(COMPRESSION), shippedBits: (difficulty) => difficulty, close: async () => undefined,
  }
}

/**
 * @fastify/rate-limit counts by Date.now and takes no clock of ours: left alone, it would see the requests of eight hours
 * within seconds and refuse honest people.
 */
function simulateDate(timeline: Timeline): () => void {
  const { now } = Date
  Date.now = () => timeline.now()
  return () => {
    Date.now = now
  }
}
