/** How long a vote takes at a steady pace that people, not the server, set. */
import { countAll, findCountFaults } from './counts.ts'
import type { Bench } from './measure.ts'
import { type Served, serveArrivals } from './open-loop.ts'
import type { Percentiles } from './percentiles.ts'
import { startOurs, startPlain } from './subject.ts'

export interface Pace {
  name: 'ours' | 'bare'
  perSecond: number
  answered: number
  served: Percentiles
  /** Of the driver. */
  lateness: Percentiles
}

const FIXED = 500
const CONNECTIONS = 256

/** At 500 a second, and at half of what ours can do where that is known. */
export async function measureLatency(bench: Bench, { capacity, seconds }: { capacity: number | undefined; seconds: number }): Promise<Pace[]> {
  const { cluster, requests, faults } = bench
  const paces: Pace[] = []
  for (const perSecond of [FIXED, ...(capacity === undefined ? [] : [Math.round(capacity / 2)])]) {
    for (const name of ['ours', 'bare'] as const) {
      const url = await cluster.empty(`pace_${name}_${perSecond}`)
      const kind = name === 'ours' ? 'votes' : 'bare'
      const before = await cluster.look(url, countAll)
      const subject = name === 'ours' ? await startOurs(bench.built, url) : await startPlain('bare', url)
      const total = { accepted: 0, refused: 0, leftUnderWay: 0 }
      try {
        const run = async (span: number): Promise<Served> => {
          const wires = Array.from({ length: perSecond * span }, () => requests.one('vote', Date.now()))
          const served = await serveArrivals({ port: subject.port, perSecond, seconds: span, connections: CONNECTIONS, wires })
          total.accepted += served.answered - served.refused
          total.refused += served.refused
          total.leftUnderWay += served.sent - served.answered
          return served
        }
        await run(2 * bench.warmUpSeconds)
        const { answered, latency, lateness } = await run(seconds)
        paces.push({ name, perSecond, answered, served: latency, lateness })
      } finally {
        await subject.stop()
      }
      if (total.refused > 0) faults.push(`${name} at ${perSecond}/s: ${total.refused} requests were refused`)
      faults.push(...findCountFaults(kind, before, await cluster.look(url, countAll), total).map((fault) => `${name} at ${perSecond}/s: ${fault}`))
    }
  }
  return paces
}
