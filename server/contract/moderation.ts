/** Moderation API: take votes out with a reason, put them back exactly, stop a source for a while. */
import { type Static, Type } from 'typebox'
import {
  BlockKind, CohortKind, Cursor, FeedbackKind, FeedbackState, HeldFor, Id, Instant, ItemStatus, NextCursor, PageSize, ProjectRef, Reason,
  Tier, Uuid, VoteState,
} from './primitives.ts'

const Address = Type.String({ maxLength: 45, description: 'An IPv4 or IPv6 address.' })
const FingerprintFilter = Type.String({ minLength: 1, maxLength: 64 })
const CoreFilter = Type.String({ pattern: '^[0-9a-f]{16,64}$', description: 'Hash of the machine, whatever its browser’s profile.' })

/** What selects votes: every given field must match. ip, network, fingerprint, core, device, country and asn look at how the vote was last cast. */
const voteFilterFields = {
  item: Type.Optional(Id),
  state: Type.Optional(VoteState),
  tier: Type.Optional(Tier),
  ip: Type.Optional(Address),
  network: Type.Optional(Type.String({ maxLength: 49, description: 'CIDR, such as 203.0.113.0/24.' })),
  fingerprint: Type.Optional(FingerprintFilter),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
  heldFor: Type.Optional(HeldFor),
  core: Type.Optional(CoreFilter),
  cohort: Type.Optional(Type.String({ ...Id, description: 'Held votes that this cohort is a reason for.' })),
  voter: Type.Optional({ ...Uuid, description: 'The voter’s key in this project.' }),
  device: Type.Optional(Uuid),
  country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.' })),
  asn: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Autonomous system of the address.' })),
}
export const VoteFilter = Type.Object(voteFilterFields, { additionalProperties: false, $id: 'VoteFilter' })
export type VoteFilter = Static<typeof VoteFilter>

export const VotesQuery = Type.Object(
  { project: ProjectRef, ...voteFilterFields, cursor: Type.Optional(Cursor), limit: Type.Optional(PageSize) },
  { additionalProperties: false },
)
export type VotesQuery = Static<typeof VotesQuery>

/** One vote as moderators see it. `id` names it in this API; it reveals nothing about the person. */
export const Vote = Type.Object(
  {
    id: Type.String({ description: '`<itemId>:<voter>`' }),
    itemId: Id,
    voter: Uuid,
    tier: Tier,
    state: VoteState,
    value: Type.Integer({ minimum: 0, maximum: 1 }),
    castAt: Instant,
    supersededBy: Type.Union([Uuid, Type.Null()]),
    ipAddress: Type.Union([Type.String(), Type.Null()]),
    fingerprint: Type.Union([Type.String(), Type.Null()]),
    device: Type.Union([Uuid, Type.Null()]),
    endUser: Type.Union([Type.String(), Type.Null()], { description: 'Masked.' }),
    userAgent: Type.Union([Type.String(), Type.Null()]),
    score: Type.Union([Type.Number(), Type.Null()]),
    policy: Type.Union([Type.String(), Type.Null()]),
    breakdown: Type.Any({ description: 'Why the score is what it is: detectors with their weights, and missing evidence.' }),
    reasons: Type.Array(Type.String(), {
      description: 'The same in sentences: what holds it, then what its score was made of, the heaviest first. Empty where nothing spoke against it.',
    }),
    heldFor: Type.Union([HeldFor, Type.Null()], { description: 'What holds it, the latest reason first; null unless it is held.' }),
    cohortId: Type.Union([Id, Type.Null()], { description: 'Where that is a cohort.' }),
    core: Type.Union([Type.String(), Type.Null()]),
    asn: Type.Union([Type.Integer(), Type.Null()]),
    country: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'Vote' },
)
export type Vote = Static<typeof Vote>
export const VotesAnswer = Type.Object({ votes: Type.Array(Vote), nextCursor: NextCursor })

/** Which votes an action means. Exactly one of the two is given; an empty filter is refused, it is everything. */
const selection = {
  project: ProjectRef,
  filter: Type.Optional(VoteFilter),
  voteIds: Type.Optional(Type.Array(Type.String({ pattern: '^[1-9][0-9]{0,9}:[0-9a-f-]{36}$' }), { minItems: 1, maxItems: 1000 })),
  reason: Reason,
  dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Show what would change and change nothing.' })),
}
export const InvalidationRequest = Type.Object(selection, { additionalProperties: false, $id: 'InvalidationRequest' })
export type InvalidationRequest = Static<typeof InvalidationRequest>
export const HoldRequest = Type.Object(selection, { additionalProperties: false, $id: 'HoldRequest' })
export type HoldRequest = Static<typeof HoldRequest>
export const ReleaseRequest = Type.Object(selection, { additionalProperties: false, $id: 'ReleaseRequest' })
export type ReleaseRequest = Static<typeof ReleaseRequest>

export const TallyChange = Type.Object({ itemId: Id, before: Type.Integer(), after: Type.Integer() })
export type TallyChange = Static<typeof TallyChange>
export const ActionAnswer = Type.Object(
  {
    id: Type.Union([Id, Type.Null()], { description: 'null for a dry run' }),
    matched: Type.Integer({ description: 'Votes that change state.' }),
    tallyChanges: Type.Array(TallyChange, { description: 'What the board shows, with the project’s cap on anonymous votes.' }),
  },
  { $id: 'ActionAnswer' },
)
export type ActionAnswer = Static<typeof ActionAnswer>
export const ActionParams = Type.Object({ id: Id })
export const UndoRequest = Type.Union([
  Type.Object({ project: Type.Optional(ProjectRef), reason: Type.Optional(Reason) }, { additionalProperties: false }),
  Type.Null(),
])
export const ProjectQuery = Type.Object({ project: ProjectRef }, { additionalProperties: false })
export const PageQuery = Type.Object(
  { project: ProjectRef, cursor: Type.Optional(Cursor), limit: Type.Optional(PageSize) },
  { additionalProperties: false },
)

export const Invalidation = Type.Object({
  id: Id,
  reason: Type.String(),
  actor: Type.String(),
  effect: Type.Enum(['invalidate', 'hold', 'release']),
  cohortId: Type.Union([Id, Type.Null()], { description: 'The cohort the action was taken for.' }),
  matched: Type.Integer(),
  createdAt: Instant,
  undoneAt: Type.Union([Instant, Type.Null()]),
  undoneBy: Type.Union([Type.String(), Type.Null()]),
  undoable: Type.Boolean({ description: 'Whether it can still be undone. Releases from before there was a way back cannot.' }),
})
export type Invalidation = Static<typeof Invalidation>
export const InvalidationsAnswer = Type.Object({
  invalidations: Type.Array(Invalidation),
  nextCursor: NextCursor,
})

export const Cohort = Type.Object(
  {
    id: Id,
    kind: CohortKind,
    matches: Type.String({ description: 'The value its votes share; `*` for a surge.' }),
    itemId: Id,
    evidence: Type.Any({ description: 'The numbers that say so.' }),
    words: Type.String({ description: 'The same in a sentence: what its votes share.' }),
    actor: Type.String(),
    firstSignAt: Instant,
    openedAt: Instant,
    expiresAt: Type.Integer({ ...Instant, description: 'Until then further votes with the same sign are held.' }),
    liftedAt: Type.Union([Instant, Type.Null()]),
    liftedBy: Type.Union([Type.String(), Type.Null()], {
      description: '`expiry`: a newer cohort with the same sign took its place; its votes are still held.',
    }),
    votesHeld: Type.Integer({ description: 'Votes it holds now.' }),
  },
  { $id: 'Cohort' },
)
export type Cohort = Static<typeof Cohort>
export const CohortsAnswer = Type.Object({ cohorts: Type.Array(Cohort), nextCursor: NextCursor })
export const LiftQuery = Type.Object({ project: ProjectRef, reason: Type.Optional(Reason) }, { additionalProperties: false })
export const CohortInvalidationRequest = Type.Object(
  { project: ProjectRef, reason: Reason, dryRun: selection.dryRun },
  { additionalProperties: false, $id: 'CohortInvalidationRequest' },
)
export type CohortInvalidationRequest = Static<typeof CohortInvalidationRequest>

export const SpikeRequest = Type.Object(
  {
    project: ProjectRef,
    itemId: Type.Optional(Id),
    startsAt: Type.Integer({ ...Instant, description: 'May be in the past: the crowd that has come since is then expected too.' }),
    endsAt: Type.Integer({ ...Instant, description: 'At most 14 days after it starts.' }),
    reason: Reason,
  },
  { additionalProperties: false, $id: 'SpikeRequest' },
)
export type SpikeRequest = Static<typeof SpikeRequest>
export const ExpectedSpike = Type.Object(
  {
    id: Id,
    itemId: Type.Union([Id, Type.Null()], { description: 'null: every item' }),
    startsAt: Instant,
    endsAt: Instant,
    reason: Type.String(),
    actor: Type.String(),
    createdAt: Instant,
    endedAt: Type.Union([Instant, Type.Null()], { description: 'When somebody ended it early.' }),
    endedBy: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'ExpectedSpike' },
)
export type ExpectedSpike = Static<typeof ExpectedSpike>
export const SpikesAnswer = Type.Object({ spikes: Type.Array(ExpectedSpike) })
export type SpikesAnswer = Static<typeof SpikesAnswer>

export const BLOCK_COVERAGES = ['widget', 'writes', 'operator', 'sessions', 'limits', 'step_up'] as const
export const BlockCoverage = Type.Enum([...BLOCK_COVERAGES], {
  description: '`widget` stops every widget endpoint, `writes` those that write (they are told to wait), `operator` those that take an '
    + 'operator token. `sessions` ends the sessions that began before it, `limits` halves limits, `step_up` asks for work before a vote.',
})
export type BlockCoverage = Static<typeof BlockCoverage>
export const BlockRequest = Type.Object(
  {
    project: ProjectRef,
    kind: BlockKind,
    value: Type.String({ minLength: 1, maxLength: 200 }),
    covers: Type.Optional(Type.Enum(['widget', 'writes', 'limits', 'step_up'], {
      default: 'widget',
      description: '`widget` stops everything. `limits` halves the limits of an address or a network, `step_up` asks for work before a vote there; '
        + '`writes` tells those that write to wait.',
    })),
    reason: Reason,
    expiresAt: Instant,
  },
  { additionalProperties: false, $id: 'BlockRequest' },
)
export type BlockRequest = Static<typeof BlockRequest>
export const Block = Type.Object(
  {
    id: Id,
    kind: BlockKind,
    value: Type.String({ description: 'User ids are masked.' }),
    covers: BlockCoverage,
    reason: Type.String(),
    actor: Type.String(),
    createdAt: Instant,
    expiresAt: Instant,
  },
  { $id: 'Block' },
)
export type Block = Static<typeof Block>
export const BlocksAnswer = Type.Object({ blocks: Type.Array(Block) })

const ItemTitle = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const itemDetails = {
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  status: Type.Optional(ItemStatus),
  position: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
}
export const ItemRequest = Type.Object(
  { project: ProjectRef, title: ItemTitle, ...itemDetails },
  { additionalProperties: false, $id: 'ItemRequest' },
)
export type ItemRequest = Static<typeof ItemRequest>
export const ItemPatch = Type.Object(
  { project: ProjectRef, title: Type.Optional(ItemTitle), ...itemDetails },
  { additionalProperties: false, $id: 'ItemPatch' },
)
export type ItemPatch = Static<typeof ItemPatch>
const voteCounts = { counted: Type.Integer(), held: Type.Integer(), invalidated: Type.Integer() }
export const ModeratedItem = Type.Object(
  {
    id: Id,
    title: Type.String(),
    description: Type.String(),
    status: ItemStatus,
    position: Type.Integer(),
    mergedInto: Type.Union([Id, Type.Null()], { description: 'Its votes went there, and it is not on the board; those that stayed are its own.' }),
    votes: Type.Object({ ...voteCounts, byTier: Type.Object({ verified: Type.Object(voteCounts), device: Type.Object(voteCounts) }) }),
  },
  { $id: 'ModeratedItem' },
)
export type ModeratedItem = Static<typeof ModeratedItem>
export const ItemsAnswer = Type.Object({ items: Type.Array(ModeratedItem) })
export type ItemsAnswer = Static<typeof ItemsAnswer>

export const FeedbackPatch = Type.Object(
  { project: ProjectRef, state: FeedbackState, note: Type.Optional(Type.String({ maxLength: 1000 })) },
  { additionalProperties: false, $id: 'FeedbackPatch' },
)
export const Feedback = Type.Object(
  {
    id: Id,
    kind: FeedbackKind,
    title: Type.String(),
    body: Type.String(),
    email: Type.Union([Type.String(), Type.Null()]),
    state: FeedbackState,
    note: Type.Union([Type.String(), Type.Null()]),
    tier: Tier,
    itemId: Type.Union([Id, Type.Null()], { description: 'The item that was made of it.' }),
    createdAt: Instant,
  },
  { $id: 'Feedback' },
)
export type Feedback = Static<typeof Feedback>
export const FeedbackListAnswer = Type.Object({
  feedback: Type.Array(Feedback),
  nextCursor: NextCursor,
})
export type FeedbackListAnswer = Static<typeof FeedbackListAnswer>
