/** What these pages ask the server for. */
import type {
  ActionAnswer, CohortsAnswer, InvalidationsAnswer, ItemsAnswer, ModeratedItem, Vote, VoteFilter, VotesAnswer,
} from '../../../../contract/moderation.ts'
import type { CohortMembersAnswer, HistoryAnswer, VoteAnswer } from '../../../../contract/vote-views.ts'
import type { Static } from 'typebox'
import { type Query, del, get, post } from '../../app/api.ts'
import { queryOf } from './vote-filter.ts'

export type ActionKind = 'invalidate' | 'hold' | 'release'
/** Which votes an action means. */
export type Selected = { filter: VoteFilter } | { voteIds: string[] }

const PATHS: Record<ActionKind, string> = { invalidate: '/moderation/v1/invalidations', hold: '/moderation/v1/holds', release: '/moderation/v1/votes/release' }

export const loadItems = async (project: string, signal: AbortSignal): Promise<ModeratedItem[]> =>
  (await get<Static<typeof ItemsAnswer>>('/moderation/v1/items', { project }, signal)).items

export async function loadVotes(project: string, filter: VoteFilter, cursor: string | undefined, signal: AbortSignal): Promise<{ rows: Vote[]; nextCursor: string | null }> {
  const { votes, nextCursor } = await get<Static<typeof VotesAnswer>>('/moderation/v1/votes', { project, ...queryOf(filter), cursor }, signal)
  return { rows: votes, nextCursor }
}

export const loadVote = (project: string, id: string, signal: AbortSignal): Promise<VoteAnswer> =>
  get(`/moderation/v1/votes/${encodeURIComponent(id)}`, { project }, signal)

export const loadHistory = (project: string, item: string | null, query: Query, signal: AbortSignal): Promise<HistoryAnswer> =>
  get(item === null ? '/moderation/v1/votes/history' : `/moderation/v1/items/${item}/history`, { project, ...query }, signal)

export async function loadCohorts(project: string, cursor: string | undefined, signal: AbortSignal) {
  const { cohorts, nextCursor } = await get<Static<typeof CohortsAnswer>>('/moderation/v1/cohorts', { project, cursor }, signal)
  return { rows: cohorts, nextCursor }
}

export const loadCohort = (project: string, id: string, signal: AbortSignal): Promise<CohortMembersAnswer> =>
  get(`/moderation/v1/cohorts/${encodeURIComponent(id)}/members`, { project }, signal)

export async function loadActions(project: string, cursor: string | undefined, signal: AbortSignal) {
  const { invalidations, nextCursor } = await get<Static<typeof InvalidationsAnswer>>('/moderation/v1/invalidations', { project, cursor }, signal)
  return { rows: invalidations, nextCursor }
}

/** What would change; nothing does. */
export const previewAction = (project: string, kind: ActionKind, selected: Selected): Promise<ActionAnswer> =>
  post(PATHS[kind], { project, ...selected, reason: 'only a preview', dryRun: true })

export const applyAction = (project: string, kind: ActionKind, selected: Selected, reason: string): Promise<ActionAnswer> =>
  post(PATHS[kind], { project, ...selected, reason })

export const undoAction = (project: string, id: string, reason: string): Promise<ActionAnswer> =>
  post(`/moderation/v1/invalidations/${id}/undo`, { project, reason })

export const previewCohort = (project: string, id: string): Promise<ActionAnswer> =>
  post(`/moderation/v1/cohorts/${id}/invalidate`, { project, reason: 'only a preview', dryRun: true })

export const invalidateCohort = (project: string, id: string, reason: string): Promise<ActionAnswer> =>
  post(`/moderation/v1/cohorts/${id}/invalidate`, { project, reason })

export const liftCohort = (project: string, id: string, reason: string): Promise<ActionAnswer> =>
  del(`/moderation/v1/cohorts/${id}`, { project, reason })
