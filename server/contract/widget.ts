/** Widget API: what a browser on a customer's site may say, and what it is told. */
import { type Static, Type } from 'typebox'
import { FeedbackKind, FingerprintMode, Id, ItemStatus, ProjectKey, ProjectMode } from './primitives.ts'
import { Challenge } from './challenge.ts'
import { Signals } from './signals.ts'

export const ProjectParams = Type.Object({ projectKey: ProjectKey })
export const ItemParams = Type.Object({ projectKey: ProjectKey, itemId: Id })

const Token = Type.String({ minLength: 1, maxLength: 4096 })
/** A visitorId of FingerprintJS: hex, 32 long today; room for a future one. */
const Fingerprint = Type.String({ pattern: '^[A-Za-z0-9]{8,64}$' })

export const BoardItem = Type.Object({
  id: Id,
  title: Type.String(),
  description: Type.String(),
  status: ItemStatus,
  votes: Type.Integer({ minimum: 0, description: 'Counted votes.' }),
})
export type BoardItem = Static<typeof BoardItem>

export const Board = Type.Object(
  {
    project: Type.Object({ name: Type.String(), mode: ProjectMode, fingerprint: FingerprintMode }),
    items: Type.Array(BoardItem),
  },
  { $id: 'Board' },
)
export type Board = Static<typeof Board>

export const SessionRequest = Type.Object(
  {
    userToken: Type.Optional(Token),
    deviceToken: Type.Optional(Token),
  },
  { additionalProperties: false, $id: 'SessionRequest' },
)
export type SessionRequest = Static<typeof SessionRequest>

export const SessionAnswer = Type.Object(
  {
    session: Type.String({ description: 'Opaque; sent back with every vote and feedback.' }),
    expiresAt: Type.Integer({ description: 'Milliseconds since the epoch.' }),
    deviceToken: Type.String({ description: 'Opaque; keep it first-party and send it when the next session starts.' }),
    challenge: Type.Union([Challenge, Type.Null()], { description: 'null: this policy asks for no proof of work.' }),
    votedItemIds: Type.Array(Id),
    verified: Type.Boolean({ description: 'Whether the user token was accepted for this session.' }),
  },
  { $id: 'SessionAnswer' },
)
export type SessionAnswer = Static<typeof SessionAnswer>

export const VoteRequest = Type.Object(
  {
    value: Type.Union([Type.Literal(1), Type.Literal(0)], { description: 'Set semantics: the vote is now this. A retry changes nothing.' }),
    session: Token,
    solution: Type.Optional(Type.String({ maxLength: 1024, description: '`<nonce>:<counter>`: the answer to a challenge, for this item.' })),
    userToken: Type.Optional(Token),
    fingerprint: Type.Optional(Fingerprint),
    signals: Type.Optional(Signals),
  },
  { additionalProperties: false, $id: 'VoteRequest' },
)
export type VoteRequest = Static<typeof VoteRequest>

export const VoteAnswer = Type.Object(
  {
    itemId: Id,
    value: Type.Union([Type.Literal(1), Type.Literal(0)]),
    votes: Type.Integer({ minimum: 0 }),
    receipt: Type.String({ description: 'Signed by the server: proof that this vote was recorded.' }),
  },
  { $id: 'VoteAnswer' },
)
export type VoteAnswer = Static<typeof VoteAnswer>

export const FeedbackRequest = Type.Object(
  {
    kind: FeedbackKind,
    title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    body: Type.Optional(Type.String({ maxLength: 5000 })),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
    session: Token,
    userToken: Type.Optional(Token),
    fingerprint: Type.Optional(Fingerprint),
    signals: Type.Optional(Signals),
  },
  { additionalProperties: false, $id: 'FeedbackRequest' },
)
export type FeedbackRequest = Static<typeof FeedbackRequest>

export const FeedbackAnswer = Type.Object({ id: Id }, { $id: 'FeedbackAnswer' })
export type FeedbackAnswer = Static<typeof FeedbackAnswer>
