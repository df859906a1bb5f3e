/** What must be known before a rule acts by itself: who the voter is, whose origin it is, and which votes are meant. */
import type { TierCode } from '../../server/gate/settle.ts'
import type { VoteGroup } from '../../server/watch/responses/vote-group.ts'
import type { Queryable } from '../queryable.ts'
import { HOLDERS, LAST_DECISION, VOTE_FILTER, filterValues } from './votes.ts'

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
  const { item, voter, tier, ip, network, fingerprint, core, device, endUser, userAgent, asn, country } = group
  const { rows } = await db.query<{ itemId: number; voter: string }>(
    `select v.item_id as "itemId", v.voter
     from votes v ${LAST_DECISION} ${HOLDERS}
     where ${VOTE_FILTER} and v.state in ('c', 'h')
       and ($15::uuid is null or v.voter = $15) and ($16::uuid is null or d.device = $16) and ($17::text is null or d.end_user = $17)
       and ($18::text is null or d.user_agent = $18) and ($19::int is null or d.asn = $19) and ($20::text is null or d.country = $20)
       and ($22::text is null or v.tier::text = $22)
       and not exists (
         select from allowed_sources a
         where a.project_id in ($1, 0) and a.ended_at is null and (a.expires_at is null or a.expires_at > to_timestamp($21 / 1000.0))
           and d.ip_address <<= a.network
       )
       and not exists (
         select from responses r join invalidated_votes i on i.project_id = $1 and i.invalidation_id = r.invalidation_id
         where r.project_id = $23 and r.alert_id = $24 and r.ended_at is null and i.item_id = v.item_id and i.voter = v.voter and not i.ended
       )
     order by v.item_id, v.voter`,
    [
      ...filterValues(projectId, {
        since, ...(item === undefined ? {} : { item }), ...(ip === undefined ? {} : { ip }), ...(network === undefined ? {} : { network }),
        ...(fingerprint === undefined ? {} : { fingerprint }), ...(core === undefined ? {} : { core }),
      }, null),
      voter ?? null, device ?? null, endUser ?? null, userAgent ?? null, asn ?? null, country ?? null, now,
      tier === undefined ? null : tier === 'verified' ? 'v' : 'd', alert.projectId, alert.id,
    ],
  )
  return { itemIds: rows.map((row) => row.itemId), voters: rows.map((row) => row.voter) }
}
