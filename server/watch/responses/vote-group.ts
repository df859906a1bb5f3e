/** The votes an alert’s group means. A field that votes cannot be told apart by would take in others: then none are meant. */
import { isLocal, normaliseAddress, normaliseNetwork, spansMore } from '../../gate/network.ts'

/** Every given field must match. All but item, voter and tier are those the vote was last cast with. */
export interface VoteGroup {
  item?: number
  voter?: string
  tier?: string
  ip?: string
  network?: string
  fingerprint?: string
  core?: string
  device?: string
  endUser?: string
  userAgent?: string
  asn?: number
  country?: string
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const WHOLE = /^\d{1,10}$/
const LARGEST = 2_147_483_647

const whole = (value: string): number | undefined => (WHOLE.test(value) && Number(value) <= LARGEST ? Number(value) : undefined)
const uuid = (value: string): string | undefined => (UUID.test(value) ? value : undefined)

/** How each field of a group narrows votes; undefined: the value is none. */
const NARROW: Readonly<Record<string, (value: string) => VoteGroup | undefined>> = {
  itemId: (value) => given('item', whole(value)),
  voter: (value) => given('voter', uuid(value)),
  tier: (value) => given('tier', value === 'verified' || value === 'device' ? value : undefined),
  // Of IPv6 the /64, as rules count it.
  ipAddress: (value) => (value.includes(':') ? given('network', normaliseNetwork(`${value}/64`)) : given('ip', normaliseAddress(value))),
  network: (value) => given('network', normaliseNetwork(value)),
  fingerprint: (value) => given('fingerprint', value),
  core: (value) => given('core', value),
  device: (value) => given('device', uuid(value)),
  endUser: (value) => given('endUser', value),
  userAgent: (value) => given('userAgent', value),
  asn: (value) => given('asn', whole(value)),
  country: (value) => given('country', value),
  projectId: () => ({}),
}

function given<Name extends keyof VoteGroup>(name: Name, value: VoteGroup[Name] | undefined): VoteGroup | undefined {
  return value === undefined ? undefined : { [name]: value }
}

export function voteGroupOf(group: ReadonlyMap<string, string>): { votes: VoteGroup; unable?: string } {
  const votes: VoteGroup = {}
  for (const [field, value] of group) {
    const narrowed = Object.hasOwn(NARROW, field) ? NARROW[field]?.(value) : undefined
    if (narrowed === undefined) return { votes, unable: `votes cannot be told apart by ${field} ${value}` }
    Object.assign(votes, narrowed)
  }
  if (Object.keys(votes).length === 0) return { votes, unable: 'the group names no votes' }
  if (votes.network !== undefined && spansMore(votes.network)) return { votes, unable: `${votes.network} is wider than what one subscriber has` }
  const line = votes.ip ?? votes.network
  const somebody = votes.fingerprint ?? votes.core ?? votes.voter ?? votes.device ?? votes.endUser
  if (line !== undefined && somebody === undefined && isLocal(line)) return { votes, unable: `${line} is this host, or one that hides who is behind it` }
  return { votes }
}

const WORDS: readonly [keyof VoteGroup, string][] = [
  ['item', 'on item'], ['tier', 'of tier'], ['voter', 'of voter'], ['endUser', 'of user'], ['ip', 'from'], ['network', 'from'], ['device', 'by device'],
  ['fingerprint', 'with fingerprint'], ['core', 'with core'], ['userAgent', 'by'], ['asn', 'from AS'], ['country', 'from'],
]

/** `votes on item 3 from 203.0.113.7` */
export const nameVotes = (votes: VoteGroup): string =>
  ['votes', ...WORDS.flatMap(([field, words]) => (votes[field] === undefined ? [] : `${words} ${votes[field]}`))].join(' ')
