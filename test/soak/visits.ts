/** What people do at a board, as the requests of their browsers: each visit is a few votes one after the other. */
import { createHash, createHmac } from 'node:crypto'
import { networkOf } from '../../server/gate/network.ts'
import { userAgentFamily } from '../../server/gate/user-agent.ts'
import { voterKey } from '../../server/tokens/voter-key.ts'
import { type MilledVote, addressOf, millVote } from '../helpers/ballot-mill.ts'
import type { Subject } from './subject.ts'

/** One call of one browser, sent again with the same bytes until it is answered. */
export interface Call {
  request: MilledVote
  itemId: number
  /** The key the vote is recorded under, and that of the device it comes from. */
  voter: string
  device: string
  tier: 'd' | 'v'
  value: 0 | 1
  /** What the next ones of the same kind on the same item are held for. */
  bucket: string
  /** Whose vote it is, however many keys they have: at most one of them may stand on an item. */
  holder: string
}
export type Visit = readonly Call[]

const EVERY = 12

/** Visit number `n`, of one of a dozen kinds in turn. Nobody comes twice. */
export function visitOf(subject: Subject, n: number, now: number): Visit {
  const itemId = subject.items[n % subject.items.length] as number
  const [one, other] = [2 * n, 2 * n + 1]
  const cast = (value: 0 | 1, person = one): Call => callOf(subject, { person, itemId, value, now, holder: `visitor ${n}` })
  const verified = (value: 0 | 1, person = one): Call => asUser(subject, cast(value, person), n, now)
  const vote = cast(1)
  switch (n % EVERY) {
    case 0: return [vote, vote]
    case 1: return [vote, cast(0), vote]
    case 2: return [vote, cast(0), cast(0)]
    case 3: return [cast(0)]
    case 4: return [vote, verified(1), verified(1)]
    case 5: return [vote, verified(1), vote]
    case 6: return [vote, verified(0), verified(1), verified(0)]
    case 7: return [verified(1), verified(1, other)]
    case 8: {
      // Two people of one office with the same machines: the second is held.
      const second = callOf(subject, { person: other, itemId, value: 1, now, holder: `colleague ${n}`, like: one })
      return [vote, second, second]
    }
    default: return [vote]
  }
}

function callOf(
  subject: Subject, { person, itemId, value, now, holder, like = person }: { person: number; itemId: number; value: 0 | 1; now: number; holder: string; like?: number },
): Call {
  const { mill } = subject
  let request = millVote({ ...mill, now }, person, itemId, value)
  const fingerprint = fingerprintOf(like === person ? request : millVote({ ...mill, now }, like, itemId, value))
  const address = addressOf(like)
  if (like !== person) {
    // The bucket is of the browser’s family as well: the same machine has the same.
    const { headers } = millVote({ ...mill, now }, like, itemId, value)
    request = { ...request, headers, body: JSON.stringify({ ...bodyOf(request), fingerprint }) }
  }
  const bucket = voterKey(mill.project.pepper, 'bucket', fingerprint, networkOf(address), userAgentFamily(request.headers['user-agent']))
  return { request, itemId, value, voter: request.voter, device: request.voter, tier: 'd', bucket, holder }
}

/** The same call of somebody who has signed in at the customer’s site. */
function asUser(subject: Subject, call: Call, n: number, now: number): Call {
  // Ids that count up would be a sign of a machine.
  const sub = createHash('sha256').update(`user ${n}`).digest('hex').slice(0, 20)
  const body = JSON.stringify({ ...bodyOf(call.request), userToken: userTokenOf(subject, sub, now) })
  return { ...call, request: { ...call.request, body }, tier: 'v', voter: voterKey(subject.mill.project.pepper, 'verified', sub) }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** As a customer’s backend signs it: HS256, good for ten minutes. */
export function userTokenOf({ identity, mill }: Pick<Subject, 'identity' | 'mill'>, sub: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  const text = `${part({ alg: 'HS256', kid: identity.kid })}.${part({ sub, aud: mill.project.publicKey, iat: seconds, exp: seconds + 600 })}`
  return `${text}.${createHmac('sha256', identity.secret).update(text).digest('base64url')}`
}

const bodyOf = ({ body }: MilledVote): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>
const fingerprintOf = (request: MilledVote): string => String(bodyOf(request)['fingerprint'])
