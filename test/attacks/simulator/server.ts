/** The server under attack: the real one in this process for each class, or one that already runs on this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { findTallyFaults } from '../../../db/queries/tallies.ts'
import { buildApp } from '../../../server/app.ts'
import { createOperatorToken } from '../../../server/commands/operator-token.ts'
import { defaultPolicy, enforcingPolicy } from '../../../server/gate/policies/default.ts'
import type { Databases } from './databases.ts'
import { RealTimeline, SimulatedTimeline, type Timeline } from './timeline.ts'
import { loopbackUrl } from './wire.ts'

/** As GATE_MODE: whether the hold band of the score acts. */
export const GATE_MODES = ['log', 'enforce'] as const
export type GateMode = (typeof GATE_MODES)[number]

export interface Server {
  base: string
  /** Of an admin. */
  token: string
  timeline: Timeline
  /** Items whose stored tally is not its recount; undefined where the database is out of reach. */
  findFaults?(): Promise<number>
  close(): Promise<void>
}

const HOUR_MS = 3_600_000
const MASTER_SECRET = 'a master secret that only the simulator uses'

/**
 * On a fresh database and a clock that moves only when somebody acts. The clock begins at the next full hour: windows begin
 * empty, and whatever Postgres compares with its own clock lies ahead.
 */
export async function startServer(databases: Pick<Databases, 'create'>, gate: GateMode): Promise<Server> {
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
      databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir, version: '0.0.0-attack', logLevel: 'silent',
      trustedProxies: ['127.0.0.1/32'], clock: () => timeline.now(), policy: gate === 'enforce' ? enforcingPolicy : defaultPolicy,
    })
    const { db } = app
    await app.listen({ host: '127.0.0.1', port: 0 })
    const token = await createOperatorToken(db, { name: 'simulator', role: 'admin', projectId: 0 })
    const { port } = app.server.address() as AddressInfo
    return {
      base: `http://127.0.0.1:${port}`, token, timeline, close,
      findFaults: async () => (await findTallyFaults(db)).faults.length,
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
  return { base: loopbackUrl(base).origin, token, timeline: new RealTimeline(COMPRESSION), close: async () => undefined }
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
