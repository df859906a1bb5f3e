/** Moderation API: take votes out with a reason, put them back exactly, stop a source for a while. */
import { type Static, Type } from 'typebox'
import {
  BlockKind, Cursor, FeedbackKind, FeedbackState, Id, Instant, ItemStatus, NextCursor, PageSize, ProjectRef, Reason, Tier, Uuid, VoteState,
} from './primitives.ts'

const Address = Type.String({ maxLength: 45, description: 'An IPv4 or IPv6 address.' })
const FingerprintFilter = Type.String({ minLength: 1, maxLength: 64 })

/** What selects votes: every given field must match. ip and fingerprint look at how the vote was last cast. */
const voteFilterFields = {
  item: Type.Optional(Id),
  state: Type.Optional(VoteState),
  tier: Type.Optional(Tier),
  ip: Type.Optional(Address),
  network: Type.Optional(Type.String({ maxLength: 49, description: 'CIDR, such as 203.0.113.0/24.' })),
  fingerprint: Type.Optional(FingerprintFilter),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
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
export const ReleaseRequest = Type.Object(selection, { additionalProperties: false, $id: 'ReleaseRequest' })
export type ReleaseRequest = Static<typeof ReleaseRequest>

export const TallyChange = Type.Object({ itemId: Id, before: Type.Integer(), after: Type.Integer() })
export type TallyChange = Static<typeof TallyChange>
export const ActionAnswer = Type.Object(
  {
    id: Type.Union([Id, Type.Null()], { description: 'null for a dry run' }),
    matched: Type.Integer({ description: 'Votes that change state.' }),
    tallyChanges: Type.Array(TallyChange, { description: 'Public tallies only.' }),
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
  matched: Type.Integer(),
  createdAt: Instant,
  undoneAt: Type.Union([Instant, Type.Null()]),
  undoneBy: Type.Union([Type.String(), Type.Null()]),
})
export type Invalidation = Static<typeof Invalidation>
export const InvalidationsAnswer = Type.Object({
  invalidations: Type.Array(Invalidation),
  nextCursor: NextCursor,
})

export const BlockRequest = Type.Object(
  {
    project: ProjectRef,
    kind: BlockKind,
    value: Type.String({ minLength: 1, maxLength: 200 }),
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
export const ModeratedItem = Type.Object(
  {
    id: Id,
    title: Type.String(),
    description: Type.String(),
    status: ItemStatus,
    position: Type.Integer(),
    votes: Type.Object({ counted: Type.Integer(), held: Type.Integer(), invalidated: Type.Integer() }),
  },
  { $id: 'ModeratedItem' },
)
export type ModeratedItem = Static<typeof ModeratedItem>
export const ItemsAnswer = Type.Object({ items: Type.Array(ModeratedItem) })

export const FeedbackQuery = Type.Object(
  { project: ProjectRef, state: Type.Optional(FeedbackState), cursor: Type.Optional(Cursor), limit: Type.Optional(PageSize) },
  { additionalProperties: false },
)
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
    createdAt: Instant,
  },
  { $id: 'Feedback' },
)
export type Feedback = Static<typeof Feedback>
export const FeedbackListAnswer = Type.Object({
  feedback: Type.Array(Feedback),
  nextCursor: NextCursor,
})
