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
      insert into traffic (project_id, occurred_at, node, endpoint, status, actor, ip_address, requests, records, duration_ms,
        denied, accepted, refused, latency)
      select project_id, to_timestamp(occurred_at / 1000.0), $1, endpoint, status, actor, ip_address::inet, requests, records, duration_ms,
        denied, accepted, refused, latency::int[]
      from unnest($2::int[], $3::float8[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::int[], $9::int[], $10::float8[],
        $11::int[], $12::int[], $13::int[], $14::text[])
        as t (project_id, occurred_at, endpoint, status, actor, ip_address, requests, records, duration_ms, denied, accepted, refused, latency)
      on conflict (project_id, occurred_at, node, endpoint, status, actor) do update
      set requests = excluded.requests, records = excluded.records, duration_ms = excluded.duration_ms, ip_address = excluded.ip_address,
        denied = excluded.denied, accepted = excluded.accepted, refused = excluded.refused, latency = excluded.latency,
        recorded_at = clock_timestamp()
      where traffic.requests < excluded.requests`,
    values: [
      node, column((line) => line.projectId), column((line) => line.occurredAt), column((line) => line.endpoint), column((line) => line.status),
      column((line) => line.actor), column((line) => line.ipAddress), column((line) => line.requests), column((line) => line.records),
      column((line) => line.durationMs), column((line) => line.denied), column((line) => line.accepted), column((line) => line.refused),
      // unnest() would take an array of arrays apart altogether.
      column((line) => `{${line.latency.join(',')}}`),
    ],
  })
}
