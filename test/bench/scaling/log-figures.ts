/** What PostgreSQL has written to its log and synced so far. Of the whole cluster, so nobody else may use it meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../../../db/queryable.ts'

export interface LogFigures {
  bytes: number
  /** A page is written whole the first time it changes after a checkpoint. */
  wholePages: number
  /** Transactions that wrote. */
  commits: number
  syncs: number
}

/** Backends tell their figures when they have been idle for a second. */
const TOLD_MS = 1500

export async function readLog(pool: Pool): Promise<LogFigures> {
  await sleep(TOLD_MS)
  const { rows: [row] } = await pool.query<LogFigures>(`
    select wal_bytes::float8 as bytes, wal_fpi::float8 as "wholePages", pg_current_xact_id()::text::float8 as commits,
      (select sum(fsyncs)::float8 from pg_stat_io where object = 'wal') as syncs
    from pg_stat_wal`)
  if (row === undefined) throw new Error('PostgreSQL says nothing of its log')
  return row
}
