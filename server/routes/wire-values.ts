/** From the text of a request to what queries take. */
import { Problem } from '../errors.ts'
import { normaliseAddress } from '../gate/network.ts'

/** Lower case, as PostgreSQL writes them: a UUID of this API is compared as text too. */
export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

const LARGEST_ID = 2_147_483_647

/** The row id a wire id names. Ids are 32-bit; a larger one names nothing, as 0 does, and would be an error to PostgreSQL. */
export function rowId(id: string): number {
  const number = Number(id)
  return number <= LARGEST_ID ? number : 0
}

/** The canonical address. Throws `invalid_request` for anything else. */
export function addressOf(ip: string): string {
  const address = normaliseAddress(ip)
  if (address === undefined) throw new Problem('invalid_request', { errors: [{ pointer: '/ip', detail: 'is not an IP address' }] })
  return address
}
