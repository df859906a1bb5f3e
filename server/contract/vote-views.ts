/** Moderation API: one vote, an item’s votes over time, and what the votes of a cohort share. */
import { type Static, Type } from 'typebox'
import { Cohort, Vote } from './moderation.ts'
import { HeldFor, Id, Instant, ProjectRef, Tier, Uuid, VoteState } from './primitives.ts'
import { BUCKETS } from './pictures.ts'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

export const VoteParams = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,9}:[0-9a-f-]{36}$', description: '`<itemId>:<voter>`' }) })

const Decision = Type.Object(
  {
    at: Instant,
    value: Type.Integer({ minimum: 0, maximum: 1 }),
    state: { ...VoteState, description: 'The state the vote had from then on.' },
    score: Type.Number(),
    action: Type.String({ description: '`allow`, or the band that acted.' }),
    wouldHave: OrNull(Type.String()),
    policy: Type.String(),
    reasons: Type.Array(Type.String()),
    credits: Type.Array(Type.String(), { description: 'What spoke for it.' }),
    missing: Type.Array(Type.String(), { description: 'Facts that were not to be had, and count for nothing.' }),
    heldFor: OrNull(HeldFor),
    cohortId: OrNull(Id),
    ipAddress: Type.String(),
    fingerprint: OrNull(Type.String()),
    core: OrNull(Type.String()),
    asn: OrNull(Type.Integer()),
    country: OrNull(Type.String()),
    userAgent: OrNull(Type.String()),
    origin: Type.String(),
  },
  { $id: 'VoteDecision' },
)
export type VoteDecision = Static<typeof Decision>
const Layer = Type.Object(
  {
    actionId: Id,
    effect: Type.Enum(['invalidate', 'hold', 'release']),
    reason: Type.String(),
    actor: Type.String(),
    createdAt: Instant,
    cohortId: OrNull(Id),
    below: { ...VoteState, description: 'The state of the vote without this action and those above it.' },
    standing: Type.Boolean({ description: 'Whether it still lies over the vote: the newest that does says where the vote is.' }),
    undoneAt: OrNull(Instant),
    undoneBy: OrNull(Type.String()),
  },
  { $id: 'VoteLayer' },
)
export type VoteLayer = Static<typeof Layer>
export const VoteAnswer = Type.Object({
  vote: Vote,
  decisions: Type.Array(Decision, { description: 'Every time it was cast, newest first, as far as retention reaches; at most 50.' }),
  layers: Type.Array(Layer, { description: 'Every action on it, newest first; at most 50.' }),
  cohorts: Type.Array(Type.Object({ id: Id, words: Type.String() }), { description: 'Those that the decisions and the actions name.' }),
})
export type VoteAnswer = Static<typeof VoteAnswer>

export const HistoryQuery = Type.Object(
  {
    project: ProjectRef,
    since: Type.Optional({ ...Instant, description: 'Moved back to where its bucket begins. Left out: 30 days before `until`.' }),
    until: Type.Optional({ ...Instant, description: 'Left out: now.' }),
    bucket: Type.Optional(Type.Enum(Object.keys(BUCKETS) as (keyof typeof BUCKETS)[], {
      description: 'At most 200 of them. Left out: what fits the span. Buckets begin at multiples of themselves, in UTC.',
    })),
  },
  { additionalProperties: false },
)
export type HistoryQuery = Static<typeof HistoryQuery>
export const HistoryAnswer = Type.Object({
  since: Instant,
  until: Instant,
  bucketMs: Type.Integer(),
  buckets: Type.Array(Type.Object({ at: Instant, counted: Type.Integer(), held: Type.Integer(), invalidated: Type.Integer() }), {
    description: 'By when the votes were last cast, in the state they are in now.',
  }),
})
export type HistoryAnswer = Static<typeof HistoryAnswer>

export const SHARED_FIELDS = ['network', 'core', 'fingerprint', 'device', 'gesture', 'userAgent', 'asn', 'minute'] as const
const SharedField = Type.Enum([...SHARED_FIELDS])
const Member = Type.Object(
  {
    voteId: Type.String(),
    itemId: Id,
    voter: Uuid,
    tier: Tier,
    state: VoteState,
    heldFor: OrNull(HeldFor),
    castAt: Instant,
    values: Type.Record(Type.String(), Type.String(), { description: 'By field; a field that is not known is left out. `minute` is in ms.' }),
  },
  { $id: 'CohortMember' },
)
export type CohortMember = Static<typeof Member>
export const CohortMembersAnswer = Type.Object({
  cohort: Cohort,
  counts: Type.Object(
    { counted: Type.Integer(), held: Type.Integer(), invalidated: Type.Integer() },
    { description: 'All votes it ever held, by the state they are in now.' },
  ),
  members: Type.Array(Member, { description: 'The newest 200 of them.' }),
  shared: Type.Array(Type.Object({ field: SharedField, value: Type.String(), votes: Type.Integer() }), {
    description: 'Values that more than one of all its votes has, the commonest first: up to 12 of each field.',
  }),
})
export type CohortMembersAnswer = Static<typeof CohortMembersAnswer>
