/** Ends what has had its time, exactly: votes go back to the state they had, unless something else keeps them out. */
import type { PoolClient } from 'pg'
import { undoInvalidation } from '../../../db/queries/invalidations.ts'
import { type ResponseRow, endResponse, endTakenBackResponses, lockExpiredResponses } from '../../../db/queries/responses.ts'
import type { Tally } from '../../../db/queries/tallies.ts'
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

/**
 * Inside the caller’s transaction. Blocks end by themselves, to the millisecond: this only writes it down. An action on votes
 * stands on where the alert’s disposition is `true_positive`. Responses whose block or action a person took back elsewhere are
 * ended as well, in that person’s name.
 */
export async function expireResponses(client: PoolClient, now: number): Promise<EndedResponses> {
  const ended = await endTakenBackResponses(client)
  const tallies: Tally[] = []
  for (const row of await lockExpiredResponses(client, now, MOST)) {
    if (row.invalidationId !== null) {
      const undone = await undoInvalidation(client, row.detail.onProject, row.invalidationId, { reason: 'its time is over', actor: EXPIRY })
      if (typeof undone === 'object') tallies.push(...undone.tallies)
    }
    ended.push(await endResponse(client, row, { at: row.expiresAt, by: EXPIRY, reason: null }))
  }
  return { ended, tallies, timeline: ended.map((row) => endingOf(row, now)) }
}

export const endingOf = ({ projectId, alertId, id, action, target, mode, endedBy, endReason }: ResponseRow, at: number): TimelineEntry => ({
  projectId, alertId, at, kind: 'response_ended', actor: endedBy ?? EXPIRY,
  detail: { responseId: String(id), action, target, mode, ...(endReason === null ? {} : { reason: endReason }) },
})
