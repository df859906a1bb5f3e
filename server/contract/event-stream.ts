/** Security API: what `GET /events/stream` sends. Each is the `data` of a server-sent event of that name. */
import { type Static, Type } from 'typebox'
import { Id, ProjectRef, Severity, Uuid } from './primitives.ts'

export const StreamQuery = Type.Object(
  {
    project: Type.Optional(ProjectRef),
    after: Type.Optional(Type.String({
      maxLength: 4000, description: 'The last `id` that was received, for a client that cannot send it as Last-Event-ID.',
    })),
  },
  { additionalProperties: false },
)
export type StreamQuery = Static<typeof StreamQuery>

/** `event: alert` */
export const StreamedAlert = Type.Object({
  id: Uuid,
  projectId: Type.Union([Id, Type.Null()]),
  state: Type.Enum(['pending', 'firing', 'resolved']),
  severity: Severity,
  acknowledged: Type.Boolean(),
})
export type StreamedAlert = Static<typeof StreamedAlert>

/** `event: status`, at once and every five seconds. */
export const StreamStatus = Type.Object({
  unreadCritical: Type.Integer({ description: 'Critical events nobody has marked as read.' }),
  openAlerts: Type.Integer({ description: 'Pending and firing.' }),
})
export type StreamStatus = Static<typeof StreamStatus>

/** `event: reset`: what lies between the last id and now cannot be told here any more. Load the lists again. */
export const StreamReset = Type.Object({ reason: Type.Enum(['unknown_position', 'too_long_ago']) })
export type StreamReset = Static<typeof StreamReset>

/** `event: end`: the server closes the stream. After `shutdown` and `too_slow` come again with the last id; after the others sign in first. */
export const StreamEnd = Type.Object({ reason: Type.Enum(['session_ended', 'role_changed', 'shutdown', 'too_slow']) })
export type StreamEnd = Static<typeof StreamEnd>
