/** A replay that somebody asks for while the server is at work: it writes nothing, ends in time, and is the only one. */
import { ADVISORY_LOCKS } from '../advisory-locks.ts'
import type { WatchSettings } from '../../server/contract/watch-settings.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { type Pool, inTransaction } from '../queryable.ts'
import { type ReplaySpan, type ReplayedAlert, replay } from './replay.ts'

/**
 * @param timeoutMs for each statement; PostgreSQL’s error 57014 says that one took longer
 * @returns undefined: another one is running, on this node or on another
 */
export async function backtest(
  pool: Pool, library: RuleLibrary, rule: string, span: ReplaySpan, settings: WatchSettings, timeoutMs: number,
): Promise<ReplayedAlert[] | undefined> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    await client.query(`set local statement_timeout = ${Math.floor(timeoutMs)}`)
    const { rows: [lock] } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [ADVISORY_LOCKS.backtest])
    return lock?.taken === true ? await replay(client, library, [rule], span, settings) : undefined
  })
}
