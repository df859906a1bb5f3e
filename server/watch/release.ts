/**
 * Held votes that have turned out to be people’s: let into the tally by rule, each with its reason. What a score holds waits
 * for a moderator.
 */
import { liftCohort } from '../../db/queries/cohorts.ts'
import { releaseVotes } from '../../db/queries/invalidations.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import { type HeldVote, claimRelease, readHeldVotes, readJustLifted, readSurges } from '../../db/queries/watch.ts'
import { type Pool, inTransaction } from '../../db/queryable.ts'
import { networkOf } from '../gate/network.ts'
import type { Policy } from '../gate/policies/policy.ts'
import type { Signs } from '../gate/signs.ts'

const BATCH = 1000
const PAGES = 5
/** A bucket with fewer voters than this tells nothing either way. */
const FEW = 5
const LEAST_ITEMS = 3
const PLAUSIBLE = 1e-3
/** In an honest crowd no network, machine or fingerprint has as large a part. */
const LARGEST_SHARE = 0.25
const DAY_MS = 86_400_000
/** Twice the pause between two looks. */
const JUST_MS = 120_000

export interface ReleaseView {
  plausibility(projectId: number, itemId: number, signs: Signs): { chance: number; voters: number; items: number }
  standing(projectId: number, itemId: number, signs: Signs): boolean
  spikeExpected(projectId: number, itemId: number, at: number): boolean
}

/** Where looking through the held votes stopped; null: at their end, the next look begins anew. */
export type ReleasePosition = Pick<HeldVote, 'castAt' | 'itemId' | 'voter'> | null

export interface Released {
  tallies: Tally[]
  position: ReleasePosition
  /** Whether a cohort was lifted. */
  lifted: boolean
}

/** One node at a time; the others find nothing to do. */
export async function releaseProven(pool: Pool, view: ReleaseView, policy: Policy, now: number, from: ReleasePosition): Promise<Released> {
  return await inTransaction(pool, async (client) => {
    const tallies: Tally[] = []
    let lifted = false
    if (!await claimRelease(client)) return { tallies, lifted, position: from }

    for (const surge of await readSurges(client, now - DAY_MS)) {
      const { projectId, itemId, cohortId, openedAt, firstSignAt, largestShare } = surge
      const expected = view.spikeExpected(projectId, itemId, openedAt) || view.spikeExpected(projectId, itemId, firstSignAt)
      if (!expected || largestShare > LARGEST_SHARE) continue
      const result = await liftCohort(client, projectId, cohortId, {
        actor: 'rule:expected-spike', reason: 'A spike was expected, and its voters are as varied as people are.', now,
      })
      if (typeof result === 'string') continue
      tallies.push(...result.tallies)
      lifted = true
    }

    for (const { projectId, cohortId, liftedBy, liftReason } of await readJustLifted(client, now - JUST_MS)) {
      const result = await liftCohort(client, projectId, cohortId, { actor: liftedBy, reason: liftReason, now })
      if (typeof result !== 'string') tallies.push(...result.tallies)
    }

    const { release } = policy
    const proven = new Map<string, HeldVote[]>()
    let position = from
    for (let page = 0; page < PAGES; page += 1) {
      const due = await readHeldVotes(client, now - Math.min(release.seatMs, release.surgeMs), release.returnMs, position, BATCH)
      for (const vote of due) {
        const reason = reasonToRelease(vote, view, policy, now)
        if (reason === null) continue
        const key = `${vote.projectId} ${reason}`
        const votes = proven.get(key)
        if (votes === undefined) proven.set(key, [vote])
        else votes.push(vote)
      }
      position = due.length < BATCH ? null : due.at(-1) ?? null
      if (position === null) break
    }
    for (const [key, votes] of [...proven].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const reason = key.slice(key.indexOf(' ') + 1)
      const { projectId } = votes[0] as HeldVote
      const result = await releaseVotes(client, projectId, {
        filter: {}, named: { itemIds: votes.map((vote) => vote.itemId), voters: votes.map((vote) => vote.voter) },
      }, { reason, actor: 'rule:release', request: { votes: votes.length }, dryRun: false })
      tallies.push(...result.tallies)
    }
    return { tallies, lifted, position }
  })
}

const MORE = 'The voter wanted more than the one item.'
const BACK = 'The device came back later, with what it was given.'

/** Among others who do not look like people, one who wanted several things does, and one who came back. */
const personIn = ({ elsewhere, returned }: HeldVote): string | null => (elsewhere !== null ? MORE : returned ? BACK : null)

/**
 * A minute or a line are shared by people who had nothing to do with it; a machine, a fingerprint and a click are not. On a line
 * only what was wanted before counts: whoever has been held could cast a vote for cover afterwards.
 */
function personInCohort({ cohorts, elsewhere, returned }: HeldVote): string | null {
  if (cohorts.length === 0) return null
  if (cohorts.every((cohort) => cohort === 'surge/surge')) return elsewhere !== null ? MORE : returned ? BACK : null
  const lines = cohorts.every((cohort) => cohort === 'surge/surge' || cohort === 'network/focus' || cohort === 'prefix/focus')
  if (!lines) return null
  return elsewhere === 'before' ? MORE : returned ? BACK : null
}

function reasonToRelease(vote: HeldVote, view: ReleaseView, { release }: Policy, now: number): string | null {
  const { projectId, itemId, castAt } = vote
  if (vote.heldFor === 'cohort') {
    return castAt < now - release.surgeMs ? personInCohort(vote) : null
  }
  if (vote.heldFor === 'age') return vote.heldUntil !== null && vote.heldUntil <= now ? 'The voter is old enough by now.' : null
  if (vote.heldFor !== 'seat' || castAt > now - release.seatMs) return null
  const network = networkOf(vote.ipAddress)
  const signs: Signs = vote.tier === 'v' ? { users: network } : { network, ...(vote.fingerprint === null ? {} : { fingerprint: vote.fingerprint }) }
  if (view.standing(projectId, itemId, signs)) return null
  const { chance, voters, items } = view.plausibility(projectId, itemId, signs)
  // Forgotten by now: nothing can be said of it, and nothing is.
  if (voters === 0) return personIn(vote)
  if (chance < PLAUSIBLE) return personIn(vote)
  const told = voters >= FEW && items >= LEAST_ITEMS
  if (told) return 'Those it shares a sign with want what everybody else wants.'
  return castAt < now - release.fewMs ? 'Nothing has spoken against it since.' : null
}
