/** What must hold after any attack, however badly it went. Each fault is a sentence. */
import type { ModeratedItem } from '../../../server/contract/moderation.ts'
import type { Observed } from './measure.ts'
import { type Truth, voteId } from './truth.ts'

export function findFaults(truth: Truth, observed: Observed, items: readonly ModeratedItem[], wireFaults: readonly string[]): string[] {
  return [...lostVotes(truth, observed), ...wrongTallies(observed, items), ...strangeAddresses(truth, observed), ...wireFaults]
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
function wrongTallies({ board, votes }: Observed, items: readonly ModeratedItem[]): string[] {
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
