/** What rules did by themselves, how it is taken back, and whom nothing automatic acts on. */
import { type Static, Type } from 'typebox'
import { TallyChange } from './moderation.ts'
import { Cursor, Id, Instant, NextCursor, PageSize, ProjectRef, Reason, Uuid } from './primitives.ts'
import { ACTION_TYPES } from './rule.ts'

const ProjectId = Type.Union([Id, Type.Null()], { description: 'null: the installation, every project.' })

export const ResponsesQuery = Type.Object(
  {
    project: Type.Optional({ ...ProjectRef, description: 'Left out: every project your token reaches, and with a token of all projects the installation’s.' }),
    alert: Type.Optional({ ...Uuid, description: 'Only what followed from this alert.' }),
    standing: Type.Optional(Type.Boolean({ description: 'Only what has not ended, or only what has.' })),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)
export const RuleResponse = Type.Object(
  {
    id: Id,
    projectId: ProjectId,
    alertId: Uuid,
    rule: Type.String(),
    action: Type.Enum([...ACTION_TYPES]),
    target: Type.String({ description: 'What it is about: `203.0.113.7`, `votes on item 3 from 203.0.113.7`.' }),
    mode: Type.Enum(['log', 'enforce'], { description: 'log: it says what would have been done, and nothing was.' }),
    reason: Type.String(),
    because: Type.Union([Type.String(), Type.Null()], { description: 'Why it was only written down, where the rule does not say so.' }),
    votes: Type.Union([Type.Integer(), Type.Null()], { description: 'Votes that changed state, or would have; null for what is not about votes.' }),
    appliedAt: Instant,
    expiresAt: Instant,
    blockId: Type.Union([Id, Type.Null()], { description: 'The block it set, or made longer.' }),
    invalidationId: Type.Union([Id, Type.Null()], { description: 'The invalidation or hold it made.' }),
    endedAt: Type.Union([Instant, Type.Null()]),
    endedBy: Type.Union([Type.String(), Type.Null()], { description: '`expiry`, or who took it back.' }),
    endReason: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'RuleResponse' },
)
export type RuleResponse = Static<typeof RuleResponse>
export const ResponsesAnswer = Type.Object({ responses: Type.Array(RuleResponse), nextCursor: NextCursor })
export const ResponseUndoRequest = Type.Union([
  Type.Object({ reason: Type.Optional(Reason) }, { additionalProperties: false }),
  Type.Null(),
])
export const ResponseUndoAnswer = Type.Object(
  { response: RuleResponse, tallyChanges: Type.Array(TallyChange, { description: 'What the board shows, with the project’s cap on anonymous votes.' }) },
  { $id: 'ResponseUndoAnswer' },
)

export const AllowedSourceRequest = Type.Object(
  {
    project: Type.Optional({ ...ProjectRef, description: 'Left out: every project, which takes a token of all projects.' }),
    network: Type.String({ minLength: 1, maxLength: 49, description: 'CIDR, such as 203.0.113.0/24, or one address.' }),
    reason: Reason,
    expiresAt: Type.Optional({ ...Instant, description: 'Left out: until somebody takes it back.' }),
  },
  { additionalProperties: false, $id: 'AllowedSourceRequest' },
)
export type AllowedSourceRequest = Static<typeof AllowedSourceRequest>
export const AllowedSource = Type.Object(
  {
    id: Id,
    projectId: ProjectId,
    network: Type.String(),
    reason: Type.String(),
    actor: Type.String(),
    createdAt: Instant,
    expiresAt: Type.Union([Instant, Type.Null()]),
  },
  { $id: 'AllowedSource' },
)
export type AllowedSource = Static<typeof AllowedSource>
export const AllowedSourcesAnswer = Type.Object({ allowedSources: Type.Array(AllowedSource) })
export const ReachQuery = Type.Object({ project: Type.Optional(ProjectRef) }, { additionalProperties: false })
