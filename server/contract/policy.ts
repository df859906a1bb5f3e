/**
 * What a policy is: numbers and modes, no code. The one source of its types, of what a policy file may say, and of the
 * JSON Schema that editors read. What a schema cannot say (order, caps, names of detectors) is in gate/policies/check.ts.
 */
import { type Static, Type } from 'typebox'

export const BANDS = ['log', 'throttle', 'challenge', 'hold', 'block'] as const

const YEAR_MS = 31_536_000_000
const closed = { additionalProperties: false } as const
const share = Type.Number({ minimum: 0, maximum: 1 })
const chance = Type.Number({
  exclusiveMinimum: 0, exclusiveMaximum: 1, description: 'A chance as small as this, or smaller, of an honest crowd looking like it.',
})
const length = Type.Integer({ minimum: 0, maximum: YEAR_MS, description: 'Milliseconds.' })
const window = Type.Integer({ minimum: 1, maximum: YEAR_MS, description: 'Milliseconds.' })
const many = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
const bits = Type.Integer({ minimum: 0, maximum: 26 })
const mode = Type.Enum(['log', 'enforce'], { description: 'log: write down what would have happened, and let the request through.' })

export const Band = Type.Enum([...BANDS])
export type Band = Static<typeof Band>

export const BandRule = Type.Object({ band: Band, from: { ...share, description: 'The band begins at this score.' }, mode }, closed)
export type BandRule = Immutable<Static<typeof BandRule>>

export const WindowLimit = Type.Object({ limit: many, windowMs: window }, closed)
export type WindowLimit = Immutable<Static<typeof WindowLimit>>

export const ChallengePolicy = Type.Object(
  {
    difficulty: { ...bits, description: 'Of every session: leading zero bits of a SHA-256; each one more doubles the work.' },
    suspectDifficulty: { ...bits, description: 'Of a session that begins in the challenge band.' },
    stepUpDifficulty: { ...bits, description: 'Of a vote in the challenge band.' },
    stepUpTtlMs: window,
    minimumDwellMs: { ...length, description: 'A vote that comes sooner after its session did not pass the widget. Milliseconds.' },
  },
  closed,
)
export type ChallengePolicy = Immutable<Static<typeof ChallengePolicy>>

/** When votes that share something are too much of one mind (server/watch/cohorts). */
export const CohortPolicy = Type.Object(
  {
    mode,
    horizonMs: { ...window, maximum: 86_400_000, description: 'How long votes are looked back at, a day at most. Milliseconds.' },
    leastVoters: Type.Integer({ minimum: 2, maximum: 1_000_000, description: 'Fewer voters than this never make a cohort.' }),
    significance: chance,
    standsMs: { ...window, description: 'How long further votes with the same sign are held after the last one. Milliseconds.' },
    surge: Type.Object(
      { windowMs: window, leastVotes: many, significance: chance },
      { ...closed, description: 'A burst on one item: window, least votes, and how unlikely it is against the item’s own baseline.' },
    ),
  },
  closed,
)
export type CohortPolicy = Immutable<Static<typeof CohortPolicy>>

/** When a held vote is let into the tally without a moderator. */
export const ReleasePolicy = Type.Object(
  {
    seatMs: {
      ...length, description: 'A vote held for its seat waits this long, and is then counted where its bucket looks like people. Milliseconds.',
    },
    fewMs: { ...length, description: 'As long, where there are too few votes to tell. Milliseconds.' },
    surgeMs: { ...length, description: 'After a cohort was found, a voter who did more than vote once for the one item. Milliseconds.' },
    returnMs: { ...length, description: 'A device that comes back so long after its vote is a person’s. Milliseconds.' },
  },
  closed,
)
export type ReleasePolicy = Immutable<Static<typeof ReleasePolicy>>

const bands = Type.Array(BandRule, { maxItems: BANDS.length, description: 'Ascending by `from`.' })

export const Policy = Type.Object(
  {
    version: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$', description: 'Its own name: every verdict stores the version it was judged under.',
    }),
    weights: Type.Record(Type.String(), share, { description: 'What a detector’s finding of 1 adds to its group; 0 turns it off.' }),
    caps: Type.Object(
      { automation: share, network: share, velocity: share, integrity: share, behaviour: share, reputation: share },
      { ...closed, description: 'The most that a group of detectors adds to the score.' },
    ),
    credits: Type.Object({ verified: share, stepUp: share }, { ...closed, description: 'What is taken off the score.' }),
    bands: Type.Object({ 'POST sessions': bands, 'PUT vote': bands, 'POST feedback': bands }, closed),
    challenge: Type.Union([ChallengePolicy, Type.Null()], { description: 'null: no proof of work is asked for.' }),
    windows: Type.Object(
      { voter: WindowLimit, network: WindowLimit, prefix: WindowLimit, item: WindowLimit },
      {
        ...closed,
        description:
          'Above its limit a voter, a network or an IPv6 /48 is asked to wait (429). An item never is: a launch day is not an attack.',
      },
    ),
    minimumAge: Type.Object(
      { deviceMs: length, accountMs: length },
      { ...closed, description: 'Younger ones are held until they are as old; 0: any age will do.' },
    ),
    bucketSeats: {
      ...many, description: 'Counted votes of one fingerprint bucket on one item; the next ones are held (or refused, if the project says so).',
    },
    cohorts: CohortPolicy,
    release: ReleasePolicy,
  },
  { ...closed, $id: 'Policy' },
)
export type Policy = Immutable<Static<typeof Policy>>
export type Endpoint = keyof Policy['bands']

/** A policy is made once, and read by every request. */
type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T
