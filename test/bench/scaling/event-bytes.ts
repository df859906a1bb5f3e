/** What an event takes in the ledger, its indexes included. */
import type { Pool } from '../../../db/queryable.ts'
import { EVENT_TYPES } from '../../../server/contract/primitives.ts'
import { insertLines } from '../../helpers/ledger-lines.ts'

const EVENTS = 50_000
const AT_ONCE = 5000

/** Of events as a mixed attack leaves them: from many addresses, some with a fingerprint, over the last day. */
export async function eventBytes(pool: Pool): Promise<number> {
  const begin = Date.now() - 86_400_000
  for (let first = 0; first < EVENTS; first += AT_ONCE) {
    await insertLines(pool, begin, Array.from({ length: AT_ONCE }, (_, n) => {
      const number = first + n
      return {
        at: number * 1700, eventType: EVENT_TYPES[number % EVENT_TYPES.length] as string, severity: number % 9 === 0 ? 'high' : 'medium',
        endpoint: 'PUT /api/widget/v1/:projectKey/items/:itemId/vote', origin: 'https://shop.example', ipAddress: `81.${number % 250}.${(number >> 3) % 250}.9`,
        errorMessage: 'Vote limit of a network exceeded', detail: { kind: 'vote-network', network: `81.${number % 250}.${(number >> 3) % 250}.0/24` },
        ...(number % 3 === 0 ? { fingerprint: number.toString(16).padStart(32, '0') } : {}),
      }
    }))
  }
  const { rows: [row] } = await pool.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(relid))::float8 / (select count(*) from security_events) as bytes from pg_partition_tree('security_events')`)
  return Math.round(row?.bytes ?? 0)
}
