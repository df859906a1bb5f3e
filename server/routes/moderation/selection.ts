/** From the wire’s filter or vote ids to what the queries select by. */
import type { VoteFilterRow } from '../../../db/queries/vote-filter.ts'
import type { Selection } from '../../../db/queries/invalidations.ts'
import type { VoteFilter } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { normaliseNetwork } from '../../gate/network.ts'
import { UUID, addressOf, rowId } from '../wire-values.ts'

/** Throws `invalid_request` for an address, network or fingerprint that is none. */
export function filterRow(filter: VoteFilter): VoteFilterRow {
  const { item, ip, network, fingerprint, cohort, voter, device, ...rest } = filter
  return {
    ...rest,
    ...(item === undefined ? {} : { item: rowId(item) }),
    ...(ip === undefined ? {} : { ip: addressOf(ip) }),
    ...(network === undefined ? {} : { network: networkIn(network) }),
    ...(cohort === undefined ? {} : { cohort: rowId(cohort) }),
    ...(voter === undefined ? {} : { voter: voter.toLowerCase() }),
    ...(device === undefined ? {} : { device: device.toLowerCase() }),
    ...(fingerprint === undefined ? {} : { fingerprint: fingerprintIn(fingerprint) }),
  }
}

/** Throws `invalid_selection` for neither, both, or an empty filter: that would be every vote. */
export function selectionOf(given: { filter?: VoteFilter; voteIds?: string[] }): Selection {
  if ((given.filter === undefined) === (given.voteIds === undefined)) throw new Problem('invalid_selection')
  if (given.voteIds !== undefined) {
    const pairs = given.voteIds.map((id) => id.split(':') as [string, string])
    const wrong = pairs.findIndex(([, voter]) => !UUID.test(voter))
    if (wrong >= 0) throw new Problem('invalid_request', { errors: [{ pointer: `/body/voteIds/${wrong}`, detail: 'is not a vote id' }] })
    return { filter: {}, named: { itemIds: pairs.map(([item]) => rowId(item)), voters: pairs.map(([, voter]) => voter) } }
  }
  const filter = filterRow(given.filter ?? {})
  if (Object.keys(filter).length === 0) throw new Problem('invalid_selection', { detail: 'An empty filter would select every vote.' })
  return { filter, named: null }
}

function networkIn(text: string): string {
  const network = normaliseNetwork(text)
  if (network === undefined) throw new Problem('invalid_request', { errors: [{ pointer: '/network', detail: 'is not a CIDR' }] })
  return network
}

/** As votes carry them; anything else matches nothing, and may be text PostgreSQL does not take. */
function fingerprintIn(text: string): string {
  if (/^[A-Za-z0-9]+$/.test(text)) return text
  throw new Problem('invalid_request', { errors: [{ pointer: '/fingerprint', detail: 'is not a fingerprint' }] })
}
