/** What must be known before a rule acts by itself: who the voter is, whose origin it is, and which votes are meant. */
import type { TierCode } from '../../server/gate/settle.ts'
import type { VoteGroup } from '../../server/watch/responses/vote-group.ts'
import type { Queryable } from '../queryable.ts'
import { Parameters, selectionSql } from './vote-filter.ts'

/** By the voter’s last decision; undefined: there is none. `projectId` 0: of any project. */
export async function tierOfVoter(db: Queryable, projectId: number, voter: string): Promise<TierCode | undefined> {
  const { rows } = await db.query<{ tier: TierCode }>(
    `select tier from decisions where project_id = any(select p.project_id from projects p where $1 = 0 or p.project_id = $1) and voter = $2
     order by decided_at desc limit 1`,
    [projectId, voter],
  )
  return rows[0]?.tier
}

/** Of the project, or for 0 of all of them. */
export async function loadOrigins(db: Queryable, projectId: number): Promise<string[]> {
  const { rows } = await db.query<{ origin: string }>('select distinct origin from allowed_origins where $1 = 0 or project_id = $1', [projectId])
  return rows.map(({ origin }) => origin)
}

/** Counted and held votes of the group, cast since then, without those from an allowed source, and those the alert has met already. In key order. */
export async function findGroupVotes(
  db: Queryable, projectId: number, group: VoteGroup, since: number, now: number, alert: { projectId: number; id: string },
): Promise<{ itemIds: number[]; voters: string[] }> {
  const { endUser, userAgent, tier, ...cast } = group
  const parameters = new Parameters()
  // The last decision is joined for what only rules ask by, and for the address.
  const { joins, where } = selectionSql(
    projectId, { since, ...cast, ...(tier === undefined ? {} : { tier: tier === 'verified' ? 'verified' : 'device' }) }, null, parameters, { last: true })
  const project = parameters.add(projectId)
  const { rows } = await db.query<{ itemId: number; voter: string }>(
    `select v.item_id as "itemId", v.voter
     from votes v ${joins}
     where ${where} and v.state in ('c', 'h')
       ${endUser === undefined ? '' : `and d.end_user = ${parameters.add(endUser)}::text`}
       ${userAgent === undefined ? '' : `and d.user_agent = ${parameters.add(userAgent)}::text`}
       and not exists (
         select from allowed_sources a
         where a.project_id in (${project}::int, 0) and a.ended_at is null and (a.expires_at is null or a.expires_at > ${parameters.instant(now)})
           and d.ip_address <<= a.network
       )
       and not exists (
         select from responses r join invalidated_votes i on i.project_id = ${project}::int and i.invalidation_id = r.invalidation_id
         where r.project_id = ${parameters.add(alert.projectId)}::int and r.alert_id = ${parameters.add(alert.id)}::uuid and r.ended_at is null
           and i.item_id = v.item_id and i.voter = v.voter and not i.ended
       )
     order by v.item_id, v.voter`,
    parameters.values,
  )
  return { itemIds: rows.map((row) => row.itemId), voters: rows.map((row) => row.voter) }
}
