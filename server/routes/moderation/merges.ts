/** Merging items: preview, apply with a reason, list, undo. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type MergeFault, type MergeResult, type MergeRow, listMerges, mergeItem, previewMergeItem } from '../../../db/queries/merges.ts'
import type { SeatTaker } from '../../../db/queries/merge-seats.ts'
import { undoMerge } from '../../../db/queries/merge-undo.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { type Merge, MergeAnswer, MergeRequest, MergesAnswer } from '../../contract/board.ts'
import { ActionParams, PageQuery, UndoRequest } from '../../contract/moderation.ts'
import { ProjectRef } from '../../contract/primitives.ts'
import { Problem } from '../../errors.ts'
import { networkOf } from '../../gate/network.ts'
import { userAgentFamily } from '../../gate/user-agent.ts'
import type { Project } from '../../plugins/projects.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actionAnswer } from './action-answer.ts'

const merges: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/items/:id/merge',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Merge an item into another',
        description: 'Its votes follow, one for each voter, and it leaves the board. With `dryRun` it answers what would change, and changes nothing.',
        params: ActionParams,
        body: MergeRequest,
        response: { 200: MergeAnswer, 201: MergeAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, into, reason, dryRun = false } = request.body
      const project = request.operatedProject(ref)
      const { id } = request.params
      if (rowId(id) === rowId(into)) throw new Problem('invalid_request', { errors: [{ pointer: '/body/into', detail: 'is the item itself' }] })
      const wanted = {
        itemId: rowId(id), into: rowId(into), reason: storable(reason), actor: request.operator.name,
        bucketSeats: app.gate.policy.bucketSeats, bucketOf: (taker: SeatTaker) => bucketOf(project, taker),
      }
      const result = await orBusy(inTransaction(app.db, async (client) => {
        if (dryRun) return refuseFault(await previewMergeItem(client, project.id, wanted), request.params.id)
        const done = refuseFault(await mergeItem(client, project.id, wanted), request.params.id)
        await request.audit(client, {
          action: 'item.merge', target: id, projectId: project.id, after: { into, reason, merge: done.id, ...auditOf(project, done) },
        })
        return done
      }))
      if (!dryRun) await announce(project, result)
      return reply.code(dryRun ? 200 : 201).send(answerOf(project, result))
    },
  )

  app.get(
    '/merges',
    {
      schema: {
        tags: ['moderation'], summary: 'Past merges, newest first', querystring: PageQuery,
        response: { 200: MergesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, cursor, limit = DEFAULT_LIMIT } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listMerges(app.db, project.id, before === null ? null : rowId(String(before[0])), limit + 1)
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { merges: page.map(mergeOf), nextCursor }
    },
  )

  app.post(
    '/merges/:id/undo',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Take a merge back',
        description: 'Every vote that followed goes back, as its voter and moderators have left it since; what was cast on the other item since stays there. '
          + '`project` may stand in the query or in the body; it is needed only where the caller reaches more than one project.',
        params: ActionParams,
        querystring: Type.Object({ project: Type.Optional(ProjectRef) }),
        body: UndoRequest,
        response: { 200: MergeAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { project: named, reason } = request.body ?? {}
      const ref = named ?? request.query.project
      const candidates = ref === undefined
        ? app.projects.all().filter(({ id }) => request.operator.projectId === undefined || id === request.operator.projectId)
        : [request.operatedProject(ref)]
      for (const project of candidates) {
        const result = await orBusy(inTransaction(app.db, async (client) => {
          const undone = await undoMerge(client, project.id, rowId(request.params.id), {
            reason: reason === undefined ? null : storable(reason), actor: request.operator.name,
          })
          if (undone === 'unknown') return null
          if (undone === 'already_undone') throw new Problem('already_undone')
          if ('laterMerge' in undone) throw new Problem('merge_built_upon', { detail: `Merge ${undone.laterMerge} comes first.` })
          await request.audit(client, {
            action: 'merge.undo', target: request.params.id, projectId: project.id,
            before: { itemId: String(undone.itemId), into: String(undone.into) }, after: { reason, ...auditOf(project, undone) },
          })
          return undone
        }))
        if (result === null) continue
        await announce(project, result)
        return answerOf(project, result)
      }
      throw new Problem('not_found', { detail: `There is no merge ${request.params.id}.` })
    },
  )

  /** Off the board, or on it again, everywhere; cohorts and expected crowds are where the votes are cast. */
  async function announce(project: Project, { tallies }: MergeResult): Promise<void> {
    app.boards.apply(tallies)
    await app.boards.refresh(project.id)
    await app.cohorts.announce()
  }
}
export default merges

/** As the gate makes it of the vote that took the seat. */
const bucketOf = ({ pepper }: Project, { fingerprint, ipAddress, userAgent }: SeatTaker): string =>
  voterKey(pepper, 'bucket', fingerprint, networkOf(ipAddress), userAgentFamily(userAgent ?? undefined))

function refuseFault(result: MergeResult | MergeFault, itemId: string): MergeResult {
  if (!('fault' in result)) return result
  if (result.fault === 'unknown') throw new Problem('unknown_item', { detail: `The board has no item ${result.itemId || itemId}.` })
  throw new Problem('already_merged', { detail: `“${result.item.title}” was merged into item ${String(result.item.mergedInto)}.` })
}

/** Something else has held the votes for longer than a merge waits. */
async function orBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if ((error as { code?: unknown }).code === '55P03') throw new Problem('overloaded', { retryAfter: 5, detail: 'Its votes are being changed; try again shortly.' })
    throw error
  }
}

const answerOf = (project: Project, { id, moved, kept, held, moves, tallies }: MergeResult): MergeAnswer => ({
  id: id === null ? null : String(id), moved, kept, held, tallyChanges: actionAnswer(project, { id, matched: moved, moves, tallies }).tallyChanges,
})
const auditOf = (project: Project, result: MergeResult): object => {
  const { moved, kept, held, tallyChanges } = answerOf(project, result)
  return { moved, kept, held, tallyChanges }
}

const mergeOf = ({ id, itemId, into, ...row }: MergeRow): Merge => ({ ...row, id: String(id), itemId: String(itemId), into: String(into) })
