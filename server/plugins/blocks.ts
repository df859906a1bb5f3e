/**
 * `app.blocks`: standing blocks in memory, the same on every node within a second of a change. What the server set by itself
 * does not hold for an allowed source; what a person set does.
 */
import fp from 'fastify-plugin'
import { loadBlocks } from '../../db/queries/blocks.ts'
import type { BlockCoverage } from '../contract/moderation.ts'
import { Problem } from '../errors.ts'
import { type BlockEntry, type BlockSubject, Blocklist } from '../gate/blocklist.ts'

declare module 'fastify' {
  interface FastifyInstance {
    blocks: {
      /** `within`: the project the request is for, whose allowed sources count; that of the blocks unless it says otherwise. */
      find(projectId: number, subject: BlockSubject, now: number, covers?: BlockCoverage, within?: number): BlockEntry | undefined
      /** Whether limits are tightened, or work is asked for, in this project or in every one. */
      demands(covers: 'limits' | 'step_up', projectId: number, subject: BlockSubject, now: number): boolean
      /** Sessions that began before this are over. */
      sessionsEndedAt(projectId: number, subject: BlockSubject, now: number): number | undefined
      findLockout(projectId: number, user: string, ip: string, now: number): BlockEntry | undefined
      /** In force on this node from now on, until it expires or is dropped: for what is being written and does not stand yet. */
      hold(entry: BlockEntry): void
      /** The next reload goes by what is written. */
      drop(entry: BlockEntry): void
      reload(): Promise<void>
    }
  }
}

export default fp(
  async (app) => {
    const held = new Set<BlockEntry>()
    let list = new Blocklist([])
    /** Without those that an allowed source need not heed: looked at when one of them is met. */
    let heeded = new Blocklist([])
    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const now = app.clock()
      const rows = await loadBlocks(app.db, now)
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      list = new Blocklist(rows)
      heeded = new Blocklist(rows.filter(({ automatic, kind, source }) => !automatic || (kind === 'api_key' && source === '')))
      for (const entry of held) {
        if (entry.expiresAt > now) list.add(entry)
        else held.delete(entry)
      }
    }
    const allowed = (projectId: number, ip: string | undefined, now: number): boolean =>
      ip !== undefined && app.allowedSources.includes(projectId, ip, now)
    const find = (
      projectId: number, subject: BlockSubject, now: number, covers: BlockCoverage = 'widget', within = projectId,
    ): BlockEntry | undefined => {
      const entry = list.find(projectId, subject, now, covers)
      if (entry === undefined || !entry.automatic || !allowed(within, subject.ip, now)) return entry
      return heeded.find(projectId, subject, now, covers)
    }
    app.decorate('blocks', {
      find,
      findLockout: (projectId, user, ip, now) => {
        const entry = list.findLockout(projectId, user, ip, now)
        return entry === undefined || allowed(projectId, ip, now) ? undefined : entry
      },
      demands: (covers, projectId, subject, now) =>
        (find(projectId, subject, now, covers) ?? find(0, subject, now, covers, projectId)) !== undefined,
      sessionsEndedAt: (projectId, subject, now) => {
        const own = list.sessionsEndedAt(projectId, subject, now)
        const everywhere = list.sessionsEndedAt(0, subject, now)
        if (own === undefined && everywhere === undefined) return undefined
        return allowed(projectId, subject.ip, now) ? undefined : Math.max(own ?? 0, everywhere ?? 0)
      },
      hold: (entry) => {
        held.add(entry)
        list.add(entry)
      },
      drop: (entry) => void held.delete(entry),
      reload,
    })
    app.changes.on('blocks', reload)
    await reload()
  },
  { name: 'blocks', dependencies: ['database', 'changes', 'clock', 'allowed-sources'] },
)

/** Throws the problem `blocked` where there is a block. Of one the server set by itself it says when to come back. */
export function refuseBlocked(block: BlockEntry | undefined, now: number): void {
  if (block !== undefined) throw new Problem('blocked', block.automatic ? { retryAfter: secondsLeft(block, now) } : {})
}

export const secondsLeft = ({ expiresAt }: Pick<BlockEntry, 'expiresAt'>, now: number): number => Math.max(1, Math.ceil((expiresAt - now) / 1000))
