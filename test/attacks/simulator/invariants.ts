/** What must hold after any attack, however badly it went. Each fault is a sentence. */
import type { ModeratedItem, Vote } from '../../../server/contract/moderation.ts'
import type { Observed } from './measure.ts'
import { type Truth, voteId } from './truth.ts'

export function findFaults(truth: Truth, observed: Observed, items: readonly ModeratedItem[], wireFaults: readonly string[]): string[] {
  return [...lostVotes(truth, observed), ...wrongTallies(observed, items), ...strangeAddresses(truth, observed), ...tellingAnswers(truth), ...wireFaults]
}

/** What an attacker is told of a vote says as much as what anybody is told. */
function tellingAnswers({ answers: { honest, attacking } }: Truth): string[] {
  return honest.size === 0 ? [] : [...attacking].filter((shape) => !honest.has(shape)).map((shape) => `only attackers were ever answered with ${shape}`)
}

/** A vote as it was given and as it is when every action has been undone and every cohort lifted. */
export interface UndoneVote {
  id: string
  /** The states it was given by each ballot that changed it, oldest first. */
  given: readonly Vote['state'][]
  /** Whether it was held because a cohort stood: lifting the cohort counts it. */
  heldForCohort: boolean
  /** The state under whatever had been done to it since. */
  base: Vote['state']
  now: Vote['state']
}

/** @param released how many votes releases let in, at most */
export function findUndoFaults(votes: readonly UndoneVote[], released: number): string[] {
  const faults = votes.flatMap(({ id, given, heldForCohort, base, now }) => {
    if (now === 'invalidated') return [`vote ${id} is still invalidated when everything is undone`]
    if (given.every((state) => state === 'counted') && now !== 'counted') return [`vote ${id} was counted when it was cast, and is ${now} when everything is undone`]
    const expected = heldForCohort ? 'counted' : base
    return now === expected ? [] : [`vote ${id} was ${base} before anything was done to it, and is ${now} when everything is undone`]
  })
  const freed = votes.filter(({ given, heldForCohort, now }) => given.at(-1) === 'held' && !heldForCohort && now === 'counted').length
  if (freed > released) faults.push(`${freed} votes that were held when they were cast are counted, and only ${released} were ever released`)
  return faults
}

/** A vote that was acknowledged is there, with the value that was acknowledged last. */
function lostVotes(truth: Truth, { votes }: Observed): string[] {
  const byId = new Map(votes.map((vote) => [vote.id, vote]))
  return [...truth.wishes.values()].flatMap(({ person, itemId, acknowledged }) =>
    [...acknowledged].flatMap(([voter, value]) => {
      const vote = byId.get(voteId(itemId, voter))
      if (vote === undefined) return value === 0 ? [] : [`${person.id} was told that their vote on item ${itemId} is recorded, and it is not there`]
      if (vote.supersededBy !== null || vote.value === value || truth.attackIds.has(vote.id)) return []
      return [`${person.id} was told that their vote on item ${itemId} is ${value}, and it is ${vote.value}`]
    }))
}

/** The stored tallies are the recount of the votes, and the public ones are the counted ones. */
export function wrongTallies({ board, votes }: Observed, items: readonly ModeratedItem[]): string[] {
  const shown = new Map(board.items.map((item) => [item.id, item.votes]))
  return items.flatMap(({ id, votes: stored }) => {
    const recount = { counted: 0, held: 0, invalidated: 0 }
    for (const vote of votes) if (vote.itemId === id && vote.value === 1 && vote.supersededBy === null) recount[vote.state] += 1
    return [
      ...(['counted', 'held', 'invalidated'] as const).flatMap((state) =>
        stored[state] === recount[state] ? [] : [`item ${id} stores ${stored[state]} ${state} votes, and a recount finds ${recount[state]}`]),
      ...(shown.get(id) === stored.counted ? [] : [`item ${id} shows ${shown.get(id)} votes, and ${stored.counted} are counted`]),
    ]
  })
}

/** Every vote came from an address that was played; otherwise the server does not trust the proxy, and nothing was measured. */
function strangeAddresses(truth: Truth, { votes }: Observed): string[] {
  const strange = votes.find(({ ipAddress }) =>
    ipAddress !== null && !truth.honestAddresses.has(ipAddress) && !truth.attackAddresses.has(ipAddress))
  return strange === undefined
    ? []
    : [`a vote is recorded as coming from ${strange.ipAddress ?? ''}, where nobody is: the server must run with TRUSTED_PROXIES=127.0.0.1/32`]
}
