/** What invalidating, holding and releasing votes have in common: everything but what becomes of the votes. */
import type { FastifyRequest } from 'fastify'
import type { invalidateVotes } from '../../../db/queries/invalidations.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import type { ActionAnswer, HoldRequest, InvalidationRequest, ReleaseRequest } from '../../contract/moderation.ts'
import { actionAnswer, auditedMoves } from './action-answer.ts'
import { selectionOf } from './selection.ts'

type Asked = Pick<FastifyRequest, 'server' | 'operator' | 'operatedProject' | 'audit'> & { body: InvalidationRequest | HoldRequest | ReleaseRequest }

/**
 * `act` is done to the votes that the body selects, with an entry of this name in the audit log; a dry run only says what would change.
 * Throws `invalid_selection`, and what `request.operatedProject` throws.
 */
export async function actOnVotes(
  request: Asked, { action, act }: { action: 'vote.invalidate' | 'vote.hold' | 'vote.release'; act: typeof invalidateVotes },
): Promise<ActionAnswer> {
  const { server: app, operator, body: { project: ref, reason, dryRun = false, ...selected } } = request
  const project = request.operatedProject(ref)
  const selection = selectionOf(selected)
  const result = await inTransaction(app.db, async (client) => {
    const done = await act(client, project.id, selection, { reason: storable(reason), actor: operator.name, request: selected, dryRun })
    if (!dryRun) {
      await request.audit(client, { action, target: String(done.id), projectId: project.id, after: { reason, ...selected, ...auditedMoves(project, done) } })
    }
    return done
  })
  app.boards.apply(result.tallies)
  return actionAnswer(project, result)
}
