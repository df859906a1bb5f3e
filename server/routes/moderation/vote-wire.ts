/** Votes as the API shows them, with the reasons in words. */
import type { FastifyInstance } from 'fastify'
import { type CohortRow, findCohorts } from '../../../db/queries/cohorts.ts'
import type { ListedVote } from '../../../db/queries/vote-list.ts'
import type { Vote } from '../../contract/moderation.ts'
import type { StateCode } from '../../gate/settle.ts'
import { type ToldVote, reasonsOf } from '../../gate/words/vote-words.ts'

type Told = Pick<ListedVote, 'heldFor' | 'cohortId' | 'score' | 'breakdown' | 'signals' | 'policy' | 'tier'>

/** Sentences for one of the project’s votes, or for one time it was cast. */
export function reasonsIn(app: FastifyInstance, cohorts: ReadonlyMap<number, CohortRow>, { cohortId, policy, ...told }: Told): string[] {
  const { policy: current } = app.gate
  const cohort: ToldVote['cohort'] = cohortId === null ? undefined : cohorts.get(cohortId)
  return reasonsOf({ ...told, cohort, windows: policy === current.version ? current.windows : undefined })
}

export async function cohortsById(app: FastifyInstance, projectId: number, rows: readonly { cohortId: number | null }[]): Promise<Map<number, CohortRow>> {
  const ids = [...new Set(rows.flatMap(({ cohortId }) => (cohortId === null ? [] : [cohortId])))]
  return new Map((await findCohorts(app.db, projectId, ids)).map((cohort) => [cohort.id, cohort]))
}

export async function tellVotes(app: FastifyInstance, projectId: number, rows: readonly ListedVote[]): Promise<Vote[]> {
  const cohorts = await cohortsById(app, projectId, rows)
  return rows.map((row) => {
    const { itemId, voter, cohortId, signals: _signals, ...rest } = row
    return {
      ...rest, id: `${itemId}:${voter}`, itemId: String(itemId), voter, cohortId: cohortId === null ? null : String(cohortId),
      reasons: reasonsIn(app, cohorts, row),
    }
  })
}

const EFFECTS = { i: 'invalidate', h: 'hold', c: 'release' } as const
export const effectOf = (effect: StateCode): 'invalidate' | 'hold' | 'release' => EFFECTS[effect]
