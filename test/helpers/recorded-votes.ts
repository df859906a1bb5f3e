/** Votes as the gate hands them to the recorder, with the facts and the verdict a test wants; and cohorts as a rule opens them. */
import { randomUUID } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { type CohortRow, type NewCohort, insertCohort } from '../../db/queries/cohorts.ts'
import type { DecisionRow } from '../../db/queries/decisions.ts'
import { holdVotes } from '../../db/queries/invalidations.ts'
import type { ActionResult } from '../../db/queries/vote-moves.ts'
import { inTransaction } from '../../db/queryable.ts'
import type { Outcome } from '../../server/gate/settle.ts'
import type { TestApp, TestProject } from './app.ts'

export interface VoteDraft {
  itemId: string
  voter?: string
  tier?: 'd' | 'v'
  value?: 0 | 1
  /** The verdict is to hold it, for this. */
  heldFor?: DecisionRow['heldFor']
  cohortId?: number
  facts?: Partial<Pick<DecisionRow, 'ipAddress' | 'network' | 'fingerprint' | 'core' | 'asn' | 'country' | 'signals'>>
}

/** Its id in the moderation API, and what came of it. */
export async function recordVote(
  test: TestApp, project: TestProject, { itemId, voter = randomUUID(), tier = 'd', value = 1, heldFor = null, cohortId, facts = {} }: VoteDraft,
): Promise<{ id: string; outcome: Outcome }> {
  const at = test.clock.now
  const outcome = await test.app.recorder.record({
    ballot: { projectId: project.id, itemId: Number(itemId), voter, tier, value, castAt: at, hold: heldFor !== null, seat: null, supersedes: null },
    decide: ({ state }) => ({
      projectId: project.id, decisionId: uuidv7({ msecs: at }), decidedAt: at, itemId: Number(itemId), voter, tier, value, state,
      score: 0, action: 'allow', wouldHave: null, policy: 'test', breakdown: {}, ipAddress: '203.0.113.7', network: '203.0.113.0/24',
      fingerprint: null, device: voter, userAgent: null, origin: 'https://shop.example', endUser: null, signals: null,
      core: null, asn: null, country: null, shadow: null, heldUntil: null, newcomer: true, hosting: null,
      heldFor: state === 'h' ? heldFor : null, cohortId: state === 'h' ? (cohortId ?? null) : null, ...facts,
    }),
  })
  return { id: `${itemId}:${voter}`, outcome }
}

/** As a rule does it: the cohort stands, and its votes so far are held, in one transaction. */
export async function openCohort(
  test: TestApp, project: TestProject, draft: Pick<NewCohort, 'kind' | 'matches'> & { itemId: string; standsMs?: number }, voteIds: readonly string[],
): Promise<{ cohort: CohortRow; held: ActionResult }> {
  const { kind, matches, itemId, standsMs = 3_600_000 } = draft
  const now = test.clock.now
  const opened = await inTransaction(test.app.db, async (client) => {
    const evidence = { voters: voteIds.length }
    const cohort = await insertCohort(client, {
      projectId: project.id, kind, matches, itemId: Number(itemId), evidence, actor: `rule:cohort-${kind}`,
      firstSignAt: now - 60_000, openedAt: now, expiresAt: now + standsMs,
    })
    if (cohort === null) throw new Error('such a cohort stands already')
    const pairs = voteIds.map((id) => id.split(':') as [string, string])
    const held = await holdVotes(
      client, project.id, { filter: {}, named: { itemIds: pairs.map(([item]) => Number(item)), voters: pairs.map(([, voter]) => voter) } },
      { reason: 'they are one', actor: cohort.actor, request: { cohortId: cohort.id }, dryRun: false, cohort: { id: cohort.id, evidence } })
    return { cohort, held }
  })
  test.app.boards.apply(opened.held.tallies)
  await test.app.cohorts.announce()
  return opened
}

/** Votes whose state is not that of their uppermost layer, or whose layers do not lie on each other. Empty is the only right answer. */
export async function findLayerFaults(test: TestApp): Promise<unknown[]> {
  const { rows } = await test.app.db.query(`
    select v.item_id, v.voter, v.state, l.effects, l.priors
    from votes v
    join lateral (
      select array_agg(a.effect::text order by i.invalidation_id) as effects, array_agg(i.prior_state::text order by i.invalidation_id) as priors
      from invalidated_votes i join invalidations a using (project_id, invalidation_id)
      where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended
    ) l on l.effects is not null
    where l.effects[cardinality(l.effects)] <> v.state::text
      or l.effects[1:cardinality(l.effects) - 1] <> l.priors[2:cardinality(l.priors)]`)
  const { rows: undone } = await test.app.db.query(`
    select i.invalidation_id from invalidated_votes i join invalidations a using (project_id, invalidation_id)
    where a.undone_at is not null and not i.ended`)
  return [...rows, ...undone]
}
