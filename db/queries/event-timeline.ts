/** The history of a source or a user: events and votes together, newest first. */
import type { StateCode, ValueCode } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'
import type { EventRow } from './event-columns.ts'
import { listEvents } from './event-lists.ts'

export interface Subject {
  /** null: any. */
  projectIds: readonly number[] | null
  /** What a vote has to have; of an event it is the field of the same name. */
  by: 'ip' | 'fingerprint' | 'user'
  value: string
}
export interface VoteEntry {
  id: string
  at: number
  projectId: number
  itemId: number
  itemTitle: string
  value: ValueCode
  state: StateCode
  score: number
  heldFor: string | null
  ipAddress: string
  fingerprint: string | null
}
export type TimelineEntry = { at: number; id: string } & ({ event: EventRow } | { vote: VoteEntry })

const OF_VOTE = {
  ip: 'd.ip_address = $2::inet',
  fingerprint: 'd.fingerprint = $2::text',
  user: 'd.end_user = $2::text',
} as const

/** Recorded changes of votes. Their indexes begin with the project, so each of them is asked by itself. */
async function listVoteEntries(db: Queryable, subject: Subject & { projectIds: readonly number[] }, page: TimelinePage): Promise<VoteEntry[]> {
  const { rows } = await db.query<VoteEntry>(
    `select v.*, i.title as "itemTitle" from unnest($1::int[]) as p (project_id) cross join lateral (
       select d.decision_id as id, d.decided_at as at, d.project_id as "projectId", d.item_id as "itemId", d.value::text::int as value, d.state,
         d.score::float8 as score, d.held_for as "heldFor", host(d.ip_address) as "ipAddress", d.fingerprint
       from decisions d
       where d.project_id = p.project_id and ${OF_VOTE[subject.by]}
         and ($3::float8 is null or d.decided_at <= to_timestamp($3 / 1000.0))
         and ($3::float8 is null or (d.decided_at, d.decision_id) < (to_timestamp($3 / 1000.0), $4::uuid))
       order by d.decided_at desc, d.decision_id desc limit $5
     ) v join items i on i.project_id = v."projectId" and i.item_id = v."itemId"
     order by v.at desc, v.id desc limit $5`,
    [subject.projectIds, subject.value, page.after?.at ?? null, page.after?.id ?? null, page.limit],
  )
  return rows
}

export interface TimelinePage {
  after: { at: number; id: string } | null
  limit: number
}

/** @param everyProject ids to look for votes in where `subject.projectIds` is null */
export async function listTimelineOf(db: Queryable, subject: Subject, everyProject: readonly number[], page: TimelinePage): Promise<TimelineEntry[]> {
  const { projectIds, by, value } = subject
  const [own] = projectIds ?? []
  const after = page.after === null ? null : { occurredAt: page.after.at, id: page.after.id }
  const [events, votes] = await Promise.all([
    listEvents(db, { [by]: value, ...(own === undefined ? {} : { projectId: own }) }, { sort: 'newest', after, limit: page.limit }),
    listVoteEntries(db, { by, value, projectIds: projectIds ?? everyProject }, page),
  ])
  const entries: TimelineEntry[] = [
    ...events.map((event) => ({ at: event.occurredAt, id: event.id, event })), ...votes.map((vote) => ({ at: vote.at, id: vote.id, vote })),
  ]
  return entries.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, page.limit)
}
