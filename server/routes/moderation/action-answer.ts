import type { ActionResult } from '../../../db/queries/invalidations.ts'
import type { ActionAnswer } from '../../contract/moderation.ts'

/** Items whose public tally stays the same are left out of the changes. */
export function actionAnswer({ id, matched, moves }: ActionResult): ActionAnswer {
  return {
    id: id === null ? null : String(id),
    matched,
    tallyChanges: moves
      .filter(({ before, after }) => before !== after)
      .map(({ itemId, before, after }) => ({ itemId: String(itemId), before, after })),
  }
}
