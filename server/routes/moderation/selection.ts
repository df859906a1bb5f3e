/** From the wire’s filter or vote ids to what the queries select by. */
import type { VoteFilterRow } from '../../../db/queries/votes.ts'
import type { Selection } from '../../../db/queries/invalidations.ts'
import type { VoteFilter } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { normaliseAddress, normaliseNetwork } from '../../gate/network.ts'

export function filterRow(filter: VoteFilter): VoteFilterRow {
  const { item, ip, network, ...rest } = filter
  return {
    ...rest,
    ...(item === undefined ? {} : { item: Number(item) }),
    ...(ip === undefined ? {} : { ip: addressOf(ip) }),
    ...(network === undefined ? {} : { network: networkIn(network) }),
  }
}

/** Throws `invalid_selection` for neither, both, or an empty filter: that would be every vote. */
export function selectionOf(given: { filter?: VoteFilter; voteIds?: string[] }): Selection {
  if ((given.filter === undefined) === (given.voteIds === undefined)) throw new Problem('invalid_selection')
  if (given.voteIds !== undefined) {
    const pairs = given.voteIds.map((id) => id.split(':') as [string, string])
    return { filter: {}, named: { itemIds: pairs.map(([item]) => Number(item)), voters: pairs.map(([, voter]) => voter) } }
  }
  const filter = filterRow(given.filter ?? {})
  if (Object.keys(filter).length === 0) throw new Problem('invalid_selection', { detail: 'An empty filter would select every vote.' })
  return { filter, named: null }
}

export function addressOf(ip: string): string {
  const address = normaliseAddress(ip)
  if (address === undefined) throw new Problem('invalid_request', { errors: [{ pointer: '/ip', detail: 'is not an IP address' }] })
  return address
}

function networkIn(text: string): string {
  const network = normaliseNetwork(text)
  if (network === undefined) throw new Problem('invalid_request', { errors: [{ pointer: '/network', detail: 'is not a CIDR' }] })
  return network
}
