/** Moderation API: what is on the board. Items merged and taken apart again, their order, and feedback made into items. */
import { type Static, Type } from 'typebox'
import { TallyChange } from './moderation.ts'
import { FeedbackKind, FeedbackState, Cursor, Id, Instant, ItemStatus, NextCursor, PageSize, ProjectRef, Reason } from './primitives.ts'

export const MergeRequest = Type.Object(
  {
    project: ProjectRef,
    into: Type.String({ ...Id, description: 'The item that stays.' }),
    reason: Reason,
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Show what would change and change nothing.' })),
  },
  { additionalProperties: false, $id: 'MergeRequest' },
)
export type MergeRequest = Static<typeof MergeRequest>

const figures = {
  moved: Type.Integer({ description: 'Votes that follow, in whatever state.' }),
  kept: Type.Integer({ description: 'Votes that stay with the merged item, because their voter has one on the other.' }),
  held: Type.Integer({ description: 'Of the moved, those held because another vote of the same browser and network counts there.' }),
}
export const MergeAnswer = Type.Object(
  {
    id: Type.Union([Id, Type.Null()], { description: 'null for a dry run' }),
    ...figures,
    tallyChanges: Type.Array(TallyChange, { description: 'As the board shows them; the merged item itself leaves it.' }),
  },
  { $id: 'MergeAnswer' },
)
export type MergeAnswer = Static<typeof MergeAnswer>

export const Merge = Type.Object(
  {
    id: Id,
    itemId: Id,
    itemTitle: Type.String(),
    into: Id,
    intoTitle: Type.String(),
    reason: Type.String(),
    actor: Type.String(),
    ...figures,
    createdAt: Instant,
    undoneAt: Type.Union([Instant, Type.Null()]),
    undoneBy: Type.Union([Type.String(), Type.Null()]),
    undoable: Type.Boolean({ description: 'It stands, and no later merge of or into the item it went to does.' }),
  },
  { $id: 'Merge' },
)
export type Merge = Static<typeof Merge>
export const MergesAnswer = Type.Object({ merges: Type.Array(Merge), nextCursor: NextCursor })
export type MergesAnswer = Static<typeof MergesAnswer>

export const ItemOrderRequest = Type.Object(
  {
    project: ProjectRef,
    itemIds: Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'In the order they are to stand. Others follow, as they stood.' }),
  },
  { additionalProperties: false, $id: 'ItemOrderRequest' },
)

export const FeedbackQuery = Type.Object(
  {
    project: ProjectRef,
    state: Type.Optional(FeedbackState),
    kind: Type.Optional(FeedbackKind),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'In the title or the text, whatever the case of its letters.' })),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)

export const FeedbackItemRequest = Type.Object(
  {
    project: ProjectRef,
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'Left out: the feedback’s own.' })),
    description: Type.Optional(Type.String({ maxLength: 2000, description: 'Left out: empty. What people write to you is not published by itself.' })),
    status: Type.Optional(ItemStatus),
    position: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false, $id: 'FeedbackItemRequest' },
)
