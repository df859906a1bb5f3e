/** A person takes back what a rule did. Its target is left alone for an hour then. */
import type { PoolClient } from 'pg'
import { liftAutomaticBlock } from '../../../db/queries/blocks.ts'
import { undoInvalidation } from '../../../db/queries/invalidations.ts'
import { type ResponseRow, endResponse, lockResponse } from '../../../db/queries/responses.ts'
import type { ActionResult } from '../../../db/queries/vote-moves.ts'
import type { TimelineEntry } from '../alerts/alert.ts'
import { endingOf } from './expire.ts'

export interface UndoneResponse {
  response: ResponseRow
  /** What became of the votes; null where none were acted on. */
  votes: ActionResult | null
  blocksChanged: boolean
  timeline: TimelineEntry[]
}

/**
 * Inside a transaction. `projectId` undefined: of any project, and of the installation. A block that several rules asked for is
 * lifted for all of them; one that a person set on the same target stays.
 */
export async function undoResponse(
  client: PoolClient, projectId: number | undefined, responseId: number, actor: string, reason: string | null, now: number,
): Promise<UndoneResponse | 'unknown' | 'already_undone'> {
  const row = await lockResponse(client, projectId === undefined ? undefined : [projectId], responseId)
  if (row === null) return 'unknown'
  if (row.endedAt !== null) return 'already_undone'
  const { onProject } = row.detail
  const blocksChanged = row.blockId !== null && await liftAutomaticBlock(client, onProject, row.blockId, actor, now)
  const undone = row.invalidationId === null ? null : await undoInvalidation(client, onProject, row.invalidationId, { reason, actor })
  const response = await endResponse(client, row, { at: now, by: actor, reason })
  return { response, votes: typeof undone === 'string' ? null : undone, blocksChanged, timeline: [endingOf(response, now)] }
}
