/** Security API: read the ledger and say what has been looked at. */
import { type Static, Type } from 'typebox'
import { Cursor, EventType, Id, Instant, NextCursor, PageSize, ProjectRef, Severity, Uuid } from './primitives.ts'

export const SecurityEvent = Type.Object(
  {
    id: Uuid,
    projectId: Type.Union([Id, Type.Null()], { description: 'null: the request named no known project.' }),
    eventType: EventType,
    severity: Severity,
    metadata: Type.Object({
      endpoint: Type.String(),
      origin: Type.Optional(Type.String()),
      ipAddress: Type.Optional(Type.String()),
      fingerprint: Type.Optional(Type.String()),
      errorMessage: Type.Optional(Type.String()),
      endUserEmail: Type.Optional(Type.String({ description: 'Masked: j***e@example.com' })),
      endUserId: Type.Optional(Type.String({ description: 'Masked: usr_1234***' })),
    }),
    timestamp: Instant,
    lastSeenAt: Instant,
    isRead: Type.Boolean(),
    count: Type.Integer({ description: 'Like events folded into this row.' }),
    detail: Type.Record(Type.String(), Type.Any()),
    note: Type.Optional(Type.String()),
  },
  { $id: 'SecurityEvent' },
)
export type SecurityEvent = Static<typeof SecurityEvent>

const eventFilterFields = {
  project: Type.Optional(ProjectRef),
  eventType: Type.Optional(EventType),
  severity: Type.Optional(Severity),
  isRead: Type.Optional(Type.Boolean()),
  ip: Type.Optional(Type.String({ maxLength: 45 })),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
}
export const EventFilter = Type.Object(eventFilterFields, { additionalProperties: false })
export type EventFilter = Static<typeof EventFilter>
export const EventsQuery = Type.Object(
  {
    ...eventFilterFields,
    sort: Type.Optional(Type.Enum(['newest', 'oldest'])),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)
export type EventsQuery = Static<typeof EventsQuery>
export const EventsAnswer = Type.Object({
  events: Type.Array(SecurityEvent),
  nextCursor: NextCursor,
})

/** Exactly one of ids and filter; note replaces the note of every event it touches. */
export const EventsPatch = Type.Object(
  {
    ids: Type.Optional(Type.Array(Uuid, { minItems: 1, maxItems: 1000 })),
    filter: Type.Optional(EventFilter),
    isRead: Type.Optional(Type.Boolean()),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false, $id: 'EventsPatch' },
)
export type EventsPatch = Static<typeof EventsPatch>
export const EventsPatchAnswer = Type.Object({ updated: Type.Integer() })

export const SUMMARY_KEYS = ['ipAddress', 'origin', 'eventType', 'severity', 'fingerprint', 'endpoint'] as const
export const SummaryQuery = Type.Object(
  { groupBy: Type.Enum([...SUMMARY_KEYS]), project: Type.Optional(ProjectRef), since: Type.Optional(Instant) },
  { additionalProperties: false },
)
export type SummaryQuery = Static<typeof SummaryQuery>
export const SummaryAnswer = Type.Object({
  groups: Type.Array(
    Type.Object({
      key: Type.Union([Type.String(), Type.Null()]),
      count: Type.Integer(),
      firstSeen: Instant,
      lastSeen: Instant,
    }),
  ),
})

export const ShadowQuery = Type.Object(
  { project: Type.Optional(ProjectRef), since: Type.Optional(Instant), until: Type.Optional(Instant) },
  { additionalProperties: false },
)
export type ShadowQuery = Static<typeof ShadowQuery>

const Judgement = Type.Object({
  action: Type.String({ description: 'allow, or the band that acted.' }),
  wouldHave: Type.Optional(Type.String({ description: 'What a band in log mode would have done instead.' })),
})
export const ShadowAnswer = Type.Object({
  policy: Type.Union([Type.String(), Type.Null()], { description: 'Version of the policy on trial, or of the last that was; null: there was none.' }),
  since: Type.Union([Instant, Type.Null()], { description: 'The trial’s beginning, or what was asked for if that is later.' }),
  until: Type.Union([Instant, Type.Null()], { description: 'Its end, or what was asked for if that is sooner; null: it goes on.' }),
  compared: Type.Integer({ description: 'Recorded changes of votes that both policies judged. Refused votes are not recorded.' }),
  disagreements: Type.Array(
    Type.Object({
      live: Judgement,
      shadow: Judgement,
      votes: Type.Integer({ description: 'How many of those they judged so.' }),
      examples: Type.Array(Type.String(), { description: 'Ids of the newest such votes.' }),
    }),
  ),
})
export type ShadowAnswer = Static<typeof ShadowAnswer>
