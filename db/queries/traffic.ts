/** What was asked of a node, in ten-second steps. A node writes whole counts of its own lines, so repeating a write changes nothing. */
import type { TrafficLine } from '../../server/ledger/traffic-counter.ts'
import type { Queryable } from '../queryable.ts'

/** A write whose connection broke may still commit, after a newer one: counts only ever grow, so the smaller is the older. */
export async function writeTraffic(db: Queryable, node: string, lines: readonly TrafficLine[]): Promise<void> {
  if (lines.length === 0) return
  const column = <T>(pick: (line: TrafficLine) => T): T[] => lines.map((line) => pick(line))
  await db.query({
    name: 'traffic-write',
    text: `
      insert into traffic (project_id, occurred_at, node, endpoint, status, actor, ip_address, requests, records, duration_ms)
      select project_id, to_timestamp(occurred_at / 1000.0), $1, endpoint, status, actor, ip_address::inet, requests, records, duration_ms
      from unnest($2::int[], $3::float8[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::int[], $9::int[], $10::float8[])
        as t (project_id, occurred_at, endpoint, status, actor, ip_address, requests, records, duration_ms)
      on conflict (project_id, occurred_at, node, endpoint, status, actor) do update
      set requests = excluded.requests, records = excluded.records, duration_ms = excluded.duration_ms, ip_address = excluded.ip_address,
        recorded_at = clock_timestamp()
      where traffic.requests < excluded.requests`,
    values: [
      node, column((line) => line.projectId), column((line) => line.occurredAt), column((line) => line.endpoint), column((line) => line.status),
      column((line) => line.actor), column((line) => line.ipAddress), column((line) => line.requests), column((line) => line.records),
      column((line) => line.durationMs),
    ],
  })
}
