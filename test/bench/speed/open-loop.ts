/**
 * A fixed number of requests a second, sent when they are due whether or not earlier ones have been answered, as people come.
 * Each is timed from the moment it was due, so a server that stalls is charged for everybody who came meanwhile (a closed loop
 * would only charge it for those already waiting: coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { type Percentiles, percentilesOf } from './percentiles.ts'

export interface Arrivals {
  port: number
  perSecond: number
  seconds: number
  /** One for each arrival. */
  wires: readonly string[]
  /** At most so many on their way at once; those beyond wait for a connection, and their time runs. */
  connections: number
}
export interface Served {
  sent: number
  answered: number
  refused: number
  broken: number
  latency: Percentiles
  /** How late the driver itself was in sending: part of the latency above, and no fault of the server’s. */
  lateness: Percentiles
}

/** How long stragglers are waited for. Who is not answered then counts with the time waited so far. */
const PATIENCE_MS = 10_000

export async function serveArrivals({ port, perSecond, seconds, wires, connections }: Arrivals): Promise<Served> {
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  const all = [...idle]
  const total = Math.min(wires.length, Math.floor(perSecond * seconds))
  const latencies: number[] = []
  const lateness: number[] = []
  const waiting: { wire: string; due: number }[] = []
  const underWay = new Set<number>()
  let [refused, broken] = [0, 0]

  const serve = async (connection: Connection, first: { wire: string; due: number }): Promise<void> => {
    for (let request: typeof first | undefined = first; request !== undefined; request = waiting.shift()) {
      try {
        const { status, at } = await connection.send(request.wire)
        if (status >= 400) refused += 1
        latencies.push(at - request.due)
        underWay.delete(request.due)
      } catch {
        broken += 1
        return
      }
    }
    idle.push(connection)
  }

  const served: Promise<void>[] = []
  const begun = performance.now() + 50
  for (let sent = 0; sent < total;) {
    const now = performance.now()
    for (let due = begun + (sent * 1000) / perSecond; due <= now && sent < total; due = begun + (sent * 1000) / perSecond) {
      const wire = wires[sent] as string
      sent += 1
      underWay.add(due)
      lateness.push(now - due)
      const connection = idle.pop()
      if (connection === undefined) waiting.push({ wire, due })
      else served.push(serve(connection, { wire, due }))
    }
    // A millisecond is the least a timer waits; spinning instead would take from the server the core it runs on.
    await sleep(1)
  }
  await Promise.race([Promise.all(served), sleep(PATIENCE_MS)])
  const answered = latencies.length
  for (const due of underWay) latencies.push(performance.now() - due)
  for (const connection of all) connection.close()
  return { sent: total, answered, refused, broken, latency: percentilesOf(latencies), lateness: percentilesOf(lateness) }
}
