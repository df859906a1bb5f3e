/** Operator API: people who sign in, their sessions, and their own tokens. */
import { type Static, Type } from 'typebox'
import { Id, Instant, ProjectRef, Role } from './primitives.ts'

const MAX_TYPED = 1000
/** What somebody typed, right or wrong: only what is set anew has rules. */
const TypedPassword = Type.String({ minLength: 1, maxLength: MAX_TYPED })
const NewPassword = Type.String({ minLength: 1, maxLength: MAX_TYPED, description: '12 to 200 characters of any kind, and not the name.' })
const Code = Type.String({ minLength: 1, maxLength: 20, description: 'Six digits of an authenticator app; each code counts once.' })
/** Shown to others: without control characters, nor any that are not seen or turn the direction of text around; two names that look alike are one. */
const SHOWN_NAME = '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]+$'
export const OperatorName = Type.String({ minLength: 1, maxLength: 60, description: 'Compared without case.', pattern: SHOWN_NAME })
const ProjectId = Type.Union([Id, Type.Null()], { description: 'The one project; null: every project.' })
const TimeOrNull = Type.Union([Instant, Type.Null()])
const TokenName = Type.String({ minLength: 1, maxLength: 100, pattern: SHOWN_NAME })

export const SignInRequest = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 200 }), password: TypedPassword, code: Type.Optional(Code) },
  { additionalProperties: false, $id: 'SignInRequest' },
)
export type SignInRequest = Static<typeof SignInRequest>

export const Account = Type.Object(
  {
    id: Type.Union([Id, Type.Null()], { description: 'null: a token that is no person’s.' }),
    name: Type.String({ description: 'Of a person’s own token `Person (token)`.' }),
    actor: Type.String({ description: '`account:<id>`, or `operator:<token id>`: what logs call who did it.' }),
    role: Role,
    projectId: ProjectId,
    projects: Type.Array(Type.Object({ id: Id, publicKey: Type.String(), name: Type.String() }), { description: 'What they reach.' }),
    totp: Type.Boolean({ description: 'Whether a code is asked for.' }),
    passwordIsTemporary: Type.Boolean({ description: 'Nothing else is answered until another one is chosen.' }),
    csrfToken: Type.Union([Type.String(), Type.Null()], { description: 'For `x-csrf-token` of every change; null without a session.' }),
    session: Type.Union([Type.Object({ expiresAt: Instant }), Type.Null()], { description: 'When it ends if nothing is asked any more.' }),
  },
  { $id: 'Account' },
)
export type Account = Static<typeof Account>

export const PasswordChange = Type.Object({ current: TypedPassword, next: NewPassword }, { additionalProperties: false, $id: 'PasswordChange' })
export const TotpProposal = Type.Object(
  { secret: Type.String({ description: 'Base32; shown once.' }), uri: Type.String({ description: '`otpauth://…`, for a QR code.' }) },
  { $id: 'TotpProposal' },
)
export const TotpConfirmation = Type.Object({ code: Code, password: TypedPassword }, { additionalProperties: false, $id: 'TotpConfirmation' })
export const TotpRemoval = Type.Object({ password: TypedPassword }, { additionalProperties: false, $id: 'TotpRemoval' })

export const OperatorSession = Type.Object(
  {
    id: Id, current: Type.Boolean({ description: 'The one that asks.' }), createdAt: Instant, lastSeenAt: Instant, expiresAt: Instant,
    ipAddress: Type.String(), userAgent: Type.String({ description: 'As the browser says; cut to 300 characters.' }),
  },
  { $id: 'OperatorSession' },
)
export const OperatorSessionsAnswer = Type.Object({ sessions: Type.Array(OperatorSession) })
export const AccountParams = Type.Object({ id: Id })

export const OperatorTokenRequest = Type.Object(
  {
    name: TokenName,
    role: Role,
    project: Type.Optional(ProjectRef),
    expiresAt: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000, description: 'At most a year from now.' }),
    password: TypedPassword,
    code: Type.Optional(Code),
  },
  { additionalProperties: false, $id: 'OperatorTokenRequest' },
)
export type OperatorTokenRequest = Static<typeof OperatorTokenRequest>
export const OperatorToken = Type.Object(
  {
    id: Id,
    actor: Type.String(),
    name: Type.String(),
    role: Role,
    projectId: ProjectId,
    owner: Type.Union([Type.Object({ id: Id, name: Type.String() }), Type.Null()], { description: 'Whose own it is. It reaches no further than they do.' }),
    createdAt: Instant,
    createdBy: Type.String({ description: 'Who made it; empty: the command line, or before this was written down.' }),
    expiresAt: TimeOrNull,
    revokedAt: TimeOrNull,
  },
  { $id: 'OperatorToken' },
)
export type OperatorToken = Static<typeof OperatorToken>
export const OperatorTokensAnswer = Type.Object({ tokens: Type.Array(OperatorToken) })
export const OperatorTokenCreated = Type.Object(
  { ...OperatorToken.properties, token: Type.String({ description: 'Shown once.' }) }, { $id: 'OperatorTokenCreated' })

export const Operator = Type.Object(
  {
    id: Id, actor: Type.String(), name: Type.String(), role: Role, projectId: ProjectId, totp: Type.Boolean(), passwordIsTemporary: Type.Boolean(),
    createdAt: Instant, createdBy: Type.String(), disabledAt: TimeOrNull, lastSeenAt: TimeOrNull,
  },
  { $id: 'Operator' },
)
export type Operator = Static<typeof Operator>
export const OperatorsAnswer = Type.Object({ operators: Type.Array(Operator) })
export const OperatorRequest = Type.Object(
  { name: OperatorName, role: Role, project: Type.Optional(ProjectRef) },
  { additionalProperties: false, $id: 'OperatorRequest' },
)
export type OperatorRequest = Static<typeof OperatorRequest>
const OneTimePassword = Type.String({ description: 'Shown once; at the first sign-in another one is chosen.' })
export const OperatorCreated = Type.Object({ ...Operator.properties, password: OneTimePassword }, { $id: 'OperatorCreated' })
export const OperatorPatch = Type.Object(
  {
    role: Type.Optional(Role),
    project: Type.Optional(Type.Union([ProjectRef, Type.Null()], { description: 'null: every project.' })),
    disabled: Type.Optional(Type.Boolean({ description: 'true ends their sessions and their tokens at once.' })),
    resetPassword: Type.Optional(Type.Literal(true)),
    resetTotp: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false, $id: 'OperatorPatch' },
)
export type OperatorPatch = Static<typeof OperatorPatch>
export const OperatorChanged = Type.Object({ ...Operator.properties, password: Type.Optional(OneTimePassword) }, { $id: 'OperatorChanged' })

export const ActorsAnswer = Type.Object({
  actors: Type.Array(Type.Object({ actor: Type.String(), name: Type.String() }), { description: 'People and tokens that may be named by what this caller reads.' }),
})
export type ActorsAnswer = Static<typeof ActorsAnswer>
