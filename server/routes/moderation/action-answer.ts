import type { ActionResult } from '../../../db/queries/vote-moves.ts'
import type { ActionAnswer } from '../../contract/moderation.ts'
import { publicTally } from '../../gate/public-tally.ts'
import type { Project } from '../../plugins/projects.ts'

/** What an action on votes changed, for the audit log. */
export function auditedMoves(project: Pick<Project, 'anonymousShare'>, result: ActionResult): Pick<ActionAnswer, 'matched' | 'tallyChanges'> {
  const { matched, tallyChanges } = actionAnswer(project, result)
  return { matched, tallyChanges }
}

/** As the board shows them; items whose number stays the same are left out. */
export function actionAnswer({ anonymousShare }: Pick<Project, 'anonymousShare'>, { id, matched, moves }: ActionResult): ActionAnswer {
  return {
    id: id === null ? null : String(id),
    matched,
    tallyChanges: moves
      .map(({ itemId, before, after, verified }) => ({
        itemId: String(itemId),
        before: publicTally({ counted: before, countedVerified: verified.before }, anonymousShare),
        after: publicTally({ counted: after, countedVerified: verified.after }, anonymousShare),
      }))
      .filter(({ before, after }) => before !== after),
  }
}
