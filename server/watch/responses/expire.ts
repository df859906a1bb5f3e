/** Ends what has had its time, exactly: votes go back to the state they had, unless something else keeps them out. */
import type { PoolClient } from 'pg'
import { undoInvalidation } from '../../../db/queries/invalidations.ts'
import { type ResponseRow, endResponse, endTakenBackResponses, lockExpiredResponses } from '../../../db/queries/responses.ts'
import type { Tally } from '../../../db/queries/tallies.ts'
import { withinSavepoint } from '../../../db/queryable.ts'
import type { TimelineEntry } from '../alerts/alert.ts'
import { EXPIRY } from './plan.ts'

export interface EndedResponses {
  ended: ResponseRow[]
  tallies: Tally[]
  /** Of the kind `response_ended`. */
  timeline: TimelineEntry[]
}

/** What is left over is ended by the next call: one tick must not take long because an attack was broad. */
const MOST = 500
const UNDO_TIMEOUT_MS = 8000

/**
 * Inside the caller’s transaction. Blocks end by themselves, to the millisecond: this only writes it down. An action on votes
 * stands on where the alert’s disposition is `true_positive`. Responses whose block or action a person took back elsewhere are
 * ended as well, in that person’s name.
 */
export async function expireResponses(
  client: PoolClient, now: number, onError: (error: unknown, row: ResponseRow) => void = (error) => { throw error },
): Promise<EndedResponses> {
  const ended = await endTakenBackResponses(client)
  const tallies: Tally[] = []
  for (const row of await lockExpiredResponses(client, now, MOST)) {
    try {
      const undone = await withinSavepoint(client, UNDO_TIMEOUT_MS, async () => {
        const votes = row.invalidationId === null ? null
          : await undoInvalidation(client, row.detail.onProject, row.invalidationId, { reason: 'its time is over', actor: EXPIRY })
        return { votes, row: await endResponse(client, row, { at: row.expiresAt, by: EXPIRY, reason: null }) }
      })
      if (typeof undone.votes === 'object' && undone.votes !== null) tallies.push(...undone.votes.tallies)
      ended.push(undone.row)
    } catch (error) {
      onError(error, row)
    }
  }
  return { ended, tallies, timeline: ended.map((row) => endingOf(row, now)) }
}

export const endingOf = ({ projectId, alertId, id, action, target, mode, endedBy, endReason }: ResponseRow, at: number): TimelineEntry => ({
  projectId, alertId, at, kind: 'response_ended', actor: endedBy ?? EXPIRY,
  detail: { responseId: String(id), action, target, mode, ...(endReason === null ? {} : { reason: endReason }) },
})
