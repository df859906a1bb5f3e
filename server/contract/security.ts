/** Security API: read the ledger and say what has been looked at. */
import { type Static, Type } from 'typebox'
import { Cursor, EVENT_TYPES, EventType, Id, Instant, NextCursor, PageSize, ProjectRef, SEVERITIES, Severity, Uuid } from './primitives.ts'

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
    firstOccurrence: Type.Optional(Type.Boolean({ description: 'The first of its type from its address, in its project, within retention. In lists and of one event.' })),
  },
  { $id: 'SecurityEvent' },
)
export type SecurityEvent = Static<typeof SecurityEvent>

const Severities = Type.String({
  pattern: `^(?:${SEVERITIES.join('|')})(?:,(?:${SEVERITIES.join('|')})){0,3}$`, description: 'One severity, or several with commas between.',
})
const EventTypes = Type.String({
  pattern: `^(?:${EVENT_TYPES.join('|')})(?:,(?:${EVENT_TYPES.join('|')})){0,5}$`, description: 'One type, or several with commas between.',
})
/** What selects events: every given field must match. */
const eventFilterFields = {
  project: Type.Optional(ProjectRef),
  eventType: Type.Optional(EventTypes),
  severity: Type.Optional(Severities),
  isRead: Type.Optional(Type.Boolean()),
  ip: Type.Optional(Type.String({ maxLength: 45 })),
  origin: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  fingerprint: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'As the ledger has it: masked, such as usr_1234***.' })),
  endpoint: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
  errorMessage: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'The whole of it. Takes an eventType beside it: no index finds a message.' })),
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
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Say how many would change, up to 100,000, and change none.' })),
  },
  { additionalProperties: false, $id: 'EventsPatch' },
)
export type EventsPatch = Static<typeof EventsPatch>
export const EventsPatchAnswer = Type.Object({
  updated: Type.Integer({ description: 'Events that are different now, or would be.' }),
  more: Type.Boolean({ description: 'One call changes 2000 at most; there are others that match. Call again.' }),
})

export const SUMMARY_KEYS = ['ipAddress', 'origin', 'eventType', 'severity', 'fingerprint', 'endpoint', 'errorMessage'] as const
export const SummaryQuery = Type.Object(
  { groupBy: Type.Enum([...SUMMARY_KEYS]), ...eventFilterFields }, { additionalProperties: false })
export type SummaryQuery = Static<typeof SummaryQuery>
export const SummaryAnswer = Type.Object({
  since: { ...Instant, description: 'From when on was counted: what was asked for, or, without an address, a fingerprint or a user, as far back as some 150,000 rows reach.' },
  groups: Type.Array(
    Type.Object({
      key: Type.Union([Type.String(), Type.Null()]),
      count: Type.Integer({ description: 'Events, those folded into a row too.' }),
      firstSeen: Instant,
      lastSeen: Instant,
      isNew: Type.Boolean({ description: 'Nothing of it came before `since`, within retention. Not looked for where groups are by error message.' }),
    }),
    { description: 'The hundred most frequent.' },
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

export const EventParams = Type.Object({ id: Uuid })
/** An alert that names the event among its first lines. */
const NamingAlert = Type.Object({
  id: Uuid, rule: Type.String(), title: Type.String(), state: Type.Enum(['pending', 'firing', 'resolved']), severity: Severity, startsAt: Instant,
})
export const EventAnswer = Type.Object({ event: SecurityEvent, alerts: Type.Array(NamingAlert) })

/** Without the name: three in one answer would be three schemas of it. */
const RelatedEvent = Type.Object(SecurityEvent.properties)
const Related = Type.Object({
  events: Type.Array(RelatedEvent, { description: 'The newest twenty.' }),
  total: Type.Integer({ description: 'Rows of the ledger; 10,000 stands for as many or more.' }),
})
export const RelatedAnswer = Type.Object({
  sameAddress: Related,
  sameUser: Related,
  sameWindow: { ...Related, description: 'Five minutes before and after.' },
})
export type RelatedAnswer = Static<typeof RelatedAnswer>

/** Of one source or user: exactly one of ip, user and fingerprint. */
export const TimelineQuery = Type.Object(
  {
    project: Type.Optional(ProjectRef),
    ip: Type.Optional(Type.String({ maxLength: 45 })),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'Masked.' })),
    fingerprint: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)
export type TimelineQuery = Static<typeof TimelineQuery>
const TimelineVote = Type.Object({
  projectId: Id, itemId: Id, itemTitle: Type.String(), value: Type.Integer({ minimum: 0, maximum: 1 }), state: Type.Enum(['counted', 'held']),
  score: Type.Number(), heldFor: Type.Union([Type.String(), Type.Null()]), ipAddress: Type.String(), fingerprint: Type.Union([Type.String(), Type.Null()]),
})
export const TimelineAnswer = Type.Object({
  entries: Type.Array(
    Type.Object({
      id: Uuid, at: Instant, kind: Type.Enum(['event', 'vote']), event: Type.Optional(SecurityEvent),
      vote: Type.Optional({ ...TimelineVote, description: 'What was recorded when it was cast.' }),
    }),
  ),
  nextCursor: NextCursor,
})
export type TimelineAnswer = Static<typeof TimelineAnswer>

const BySeverity = { low: Type.Integer(), medium: Type.Integer(), high: Type.Integer(), critical: Type.Integer() }
export const StatsAnswer = Type.Object({
  since: Instant,
  until: Instant,
  bucketMs: Type.Integer(),
  buckets: Type.Array(Type.Object({ at: Instant, ...BySeverity }), { description: 'All of them, also where nothing happened.' }),
  byType: Type.Array(Type.Object({ eventType: EventType, count: Type.Integer() })),
  newTypes: Type.Array(EventType, { description: 'Nothing of these came before, within retention.' }),
  unread: Type.Object(BySeverity, { description: 'Rows nobody has marked as read, of any time.' }),
  unreadCritical: Type.Integer(),
})
export type StatsAnswer = Static<typeof StatsAnswer>

export const ExportQuery = Type.Object({ ...eventFilterFields, sort: Type.Optional(Type.Enum(['newest', 'oldest'])) }, { additionalProperties: false })
export type ExportQuery = Static<typeof ExportQuery>

export const EscalationRequest = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S', description: 'What the others should know.' }) },
  { additionalProperties: false, $id: 'EscalationRequest' },
)
export const EscalationAnswer = Type.Object({ told: Type.Array(Type.String(), { description: 'Names of the channels whose turn it is now.' }) })

export const SavedViewRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }),
    path: Type.String({ minLength: 1, maxLength: 2000, pattern: '^/dashboard/[^\\s\\\\]*$', description: 'Path and query of a page of the dashboard.' }),
  },
  { additionalProperties: false, $id: 'SavedViewRequest' },
)
export const SavedView = Type.Object({ id: Id, name: Type.String(), path: Type.String(), createdAt: Instant })
export type SavedView = Static<typeof SavedView>
export const SavedViewsAnswer = Type.Object({ views: Type.Array(SavedView) })
export const SavedViewParams = Type.Object({ id: Id })
