/** Merges as a moderator makes them, and what votes are then: every row with what lies over it and what was decided about it. */
import type { TestApp, TestProject } from './app.ts'
import { type Operator, expectJson } from './operator.ts'

export interface MergeDone {
  id: string
  moved: number
  kept: number
  held: number
  tallyChanges: { itemId: string; before: number; after: number }[]
}

export async function merge(moderator: Operator, itemId: string, into: string): Promise<MergeDone> {
  return expectJson(await askToMerge(moderator, itemId, into), 201)
}
export async function previewMerge(moderator: Operator, itemId: string, into: string): Promise<Omit<MergeDone, 'id'> & { id: null }> {
  return expectJson(await askToMerge(moderator, itemId, into, { dryRun: true }), 200)
}
export const askToMerge = (moderator: Operator, itemId: string, into: string, extra: object = {}) =>
  moderator.call('POST', `/moderation/v1/items/${itemId}/merge`, { project: moderator.project.key, into, reason: 'they say the same', ...extra })
export const askToUndo = (moderator: Operator, id: string) =>
  moderator.call('POST', `/moderation/v1/merges/${id}/undo`, { project: moderator.project.key, reason: 'they do not' })
export async function undoMerge(moderator: Operator, id: string): Promise<MergeDone> {
  return expectJson(await askToUndo(moderator, id), 200)
}

/** Everything that is stored about the votes of a project, in an order that does not depend on where it lies. */
export async function votesStored(test: TestApp, project: TestProject): Promise<{ votes: unknown[]; layers: unknown[]; decisions: unknown[]; seats: unknown[] }> {
  const ask = async (text: string): Promise<unknown[]> => (await test.app.db.query(text, [project.id])).rows
  return {
    votes: await ask('select item_id, voter, cast_at, tier, state, value, superseded_by from votes where project_id = $1 order by 1, 2'),
    layers: await ask('select invalidation_id, item_id, voter, prior_state, ended from invalidated_votes where project_id = $1 order by 1, 2, 3'),
    decisions: await ask('select decision_id, item_id, voter, recorded_at from decisions where project_id = $1 order by 1'),
    seats: await ask('select item_id, bucket, seats from quotas where project_id = $1 and seats > 0 order by 1, 2'),
  }
}
