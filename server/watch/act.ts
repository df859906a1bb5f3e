/**
 * What follows from a finding: the cohort stands from now on, and its counted votes since the first sign are held, in one
 * transaction with their tallies. Held, not thrown away: a moderator’s lift, or an undo, puts back exactly what was.
 */
import type { PoolClient } from 'pg'
import { type CohortRow, extendCohort, findCohort, insertCohort } from '../../db/queries/cohorts.ts'
import { holdVotes } from '../../db/queries/invalidations.ts'
import { presentItem } from '../../db/queries/items.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import { type Member, findMembers, wasLifted } from '../../db/queries/watch.ts'
import { type Pool, inTransaction } from '../../db/queryable.ts'
import type { CohortPolicy } from '../gate/policies/policy.ts'
import { denseNetworks } from './cohorts/lines.ts'
import { lastRun } from './cohorts/runs.ts'
import type { Finding } from './watch.ts'

export interface Action {
  /** null: it stands already, a moderator took it back, or the policy only writes down. */
  cohortId: number | null
  /** Whose votes the finding is about. */
  members: Member[]
  held: number
  tallies: Tally[]
}

const DAY_MS = 86_400_000
/** No request takes longer from its date to its commit. */
const LATE_MS = 60_000

/** The finding, or where a machine is found on a few lines only, one for each of those that are odd by themselves. */
export async function narrow(pool: Pool, finding: Finding, isOdd: (line: Finding) => boolean): Promise<Finding[]> {
  if (finding.kind !== 'core') return [finding]
  const { projectId, itemId, matches, evidence } = finding
  const sharing = await findMembers(pool, { projectId, itemId, kind: 'core', matches, since: finding.since, onlyItem: isFocused(evidence.test) })
  if (sharing.length === 0) return [finding]
  const { since } = lastRun(sharing.map(({ castAt }) => castAt))
  const lines = denseNetworks(sharing.filter(({ castAt }) => castAt >= since))
    .map((network): Finding => ({ ...finding, kind: 'machine', matches: `${matches} ${network}` }))
  // An office on the same model is dense as well, and wants what everybody wants.
  const odd = lines.filter(isOdd)
  return odd.length === 0 ? [finding] : odd
}

export async function actOn(pool: Pool, finding: Finding, policy: CohortPolicy, now: number): Promise<Action> {
  const { projectId, kind, matches, itemId, evidence } = finding
  const onlyItem = isFocused(evidence.test)
  return await inTransaction(pool, async (client) => {
    const sharing = await findMembers(client, { projectId, itemId, kind, matches, since: finding.since, onlyItem })
    if (sharing.length === 0) return { cohortId: null, members: [], held: 0, tallies: [] }
    const { since, pauseMs } = lastRun(sharing.map(({ castAt }) => castAt))
    const found = sharing.filter(({ castAt }) => castAt >= since)
    const idle: Action = { cohortId: null, members: found, held: 0, tallies: [] }
    if (policy.mode === 'log' || await wasLifted(client, { projectId, kind, matches, itemId, since: now - DAY_MS })) return idle
    const stands = kind === 'surge' ? policy.surge.windowMs : Math.min(policy.standsMs, pauseMs)
    const cohort = await insertCohort(client, {
      projectId, kind, matches, itemId, evidence: { ...evidence, standsMs: stands }, actor: `rule:cohort-${kind}`, firstSignAt: since, openedAt: now,
      expiresAt: now + stands,
    })
    if (cohort === null) return idle
    // Those that something else holds already as well: when that ends, this one stands.
    const voters = found.filter(({ state }) => state !== 'i').map(({ voter }) => voter)
    const { held, tallies } = await hold(client, cohort, voters, describe(finding))
    return { cohortId: cohort.id, members: found, held, tallies }
  })
}

/**
 * Votes that were on their way to the ledger while the cohort was found: counted, or held for something that passes, though
 * they bear its sign. Those of the given voters who are members are held for it as well.
 */
export async function holdLate(pool: Pool, projectId: number, cohortId: number, voters: ReadonlySet<string>): Promise<Pick<Action, 'held' | 'tallies'>> {
  return await inTransaction(pool, async (client) => {
    const cohort = await findCohort(client, projectId, cohortId)
    // Locks the cohort: a lift that is under way comes first, and then there is nothing to hold for.
    if (cohort === null || !await extendCohort(client, projectId, cohortId, cohort.expiresAt)) return { held: 0, tallies: [] }
    const { kind, matches, openedAt, evidence } = cohort
    const itemId = await presentItem(client, projectId, cohort.itemId)
    const found = await findMembers(client, { projectId, itemId, kind, matches, since: openedAt - LATE_MS, onlyItem: isFocused(testOf(evidence)) })
    return await hold(client, { ...cohort, itemId }, found.filter(({ voter, state }) => state !== 'i' && voters.has(voter)).map(({ voter }) => voter),
      'Came while the cohort was being found.')
  })
}

async function hold(client: PoolClient, cohort: CohortRow, voters: readonly string[], reason: string): Promise<Pick<Action, 'held' | 'tallies'>> {
  if (voters.length === 0) return { held: 0, tallies: [] }
  const { id, projectId, itemId, evidence, actor } = cohort
  const { matched, tallies } = await holdVotes(client, projectId, { filter: {}, named: { itemIds: voters.map(() => itemId), voters: [...voters] } }, {
    reason, actor, request: { cohortId: id }, dryRun: false, cohort: { id, evidence },
  })
  return { held: matched, tallies }
}

const isFocused = (test: unknown): boolean => test === 'focus' || test === 'surge'

/** Evidence comes back from the database as it is stored. */
const testOf = (evidence: unknown): unknown => (typeof evidence === 'object' && evidence !== null && 'test' in evidence ? evidence.test : undefined)

const SHARED: Record<Finding['kind'], string> = {
  machine: 'voters on one machine and one line', network: 'voters from one network', prefix: 'voters from one IPv6 /48', fingerprint: 'voters with one browser fingerprint',
  core: 'voters on one kind of machine', hosting: 'voters from data centres', gesture: 'clicks alike in every figure',
  surge: 'new visitors within minutes', users: 'signed-in users from one network',
}

/** For a person: `23 of 24 voters from one network want this item and nothing else, where 0.12 of the others do.` */
export function describe({ kind, evidence: { test, voters, forItem, onlyItem, expected } }: Finding): string {
  const shared = SHARED[kind]
  switch (test) {
    case 'focus': return `${onlyItem} of ${voters} ${shared} want this item and nothing else, where ${expected} of the others do.`
    case 'share': return `${forItem} of ${voters} ${shared} want this item, where ${expected} of the others do.`
    case 'identical': return `${forItem} ${shared}.`
    case 'surge': return `${forItem} of ${voters} votes of ${shared} go to this item, whose share was ${expected} before.`
  }
}
