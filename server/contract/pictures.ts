/** Security API: figures over a span of time, for pictures. */
import { type Static, Type } from 'typebox'
import { Instant, ProjectRef } from './primitives.ts'

/** All of them divide a UTC day. */
export const BUCKETS = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '6h': 21_600_000, '1d': 86_400_000 } as const
export type BucketName = keyof typeof BUCKETS
export const SOURCE_DIMENSIONS = ['country', 'asn', 'network', 'userAgent'] as const

const Count = Type.Integer({ minimum: 0 })
const Ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()])

const spanFields = {
  project: Type.Optional({ ...ProjectRef, description: 'Left out: every project, and what names none. With a token of one project: that.' }),
  since: Type.Optional({ ...Instant, description: 'Moved back to where its bucket begins. Left out: a day before `until`.' }),
  until: Type.Optional({ ...Instant, description: 'Left out: now.' }),
}
export const SpanQuery = Type.Object(
  {
    ...spanFields,
    bucket: Type.Optional(Type.Enum(Object.keys(BUCKETS) as BucketName[], {
      description: 'Under an hour for at most two days. Left out: what fits the span. Buckets begin at multiples of themselves, in UTC.',
    })),
  },
  { additionalProperties: false },
)
export type SpanQuery = Static<typeof SpanQuery>

const span = { since: Instant, until: Instant, bucketMs: Type.Integer() }

const trafficFigures = {
  requests: { ...Count, description: 'Of pages: the widget API.' },
  denied: { ...Count, description: 'Of those, answered 401, 403 or 429.' },
  errors: { ...Count, description: 'Of those, answered 5xx.' },
  meanMs: { ...Ms, description: 'Mean time to answer them, in milliseconds. null: there were none.' },
  p95Ms: { ...Ms, description: 'What 95 in 100 took at most, estimated from counts under fixed bounds; 2000 means 2000 or more. null: there were none, or most were counted before there were bounds.' },
  otherRequests: { ...Count, description: 'Everything else: operators, assets, health checks, paths that do not exist.' },
  votes: { ...Count, description: 'Votes set, as often as they changed; not those taken back.' },
  held: { ...Count, description: 'Of those, held on arrival.' },
  events: Type.Object({ low: Count, medium: Count, high: Count, critical: Count }, { description: 'Security events, each as often as it happened.' }),
}
export const TrafficFigures = Type.Object(trafficFigures)
export type TrafficFigures = Static<typeof TrafficFigures>
export const TrafficAnswer = Type.Object({
  ...span,
  buckets: Type.Array(Type.Object({ at: Instant, ...trafficFigures })),
  total: TrafficFigures,
  before: { ...TrafficFigures, description: 'The same over as long a time before. It ends less than a bucket before `since`; where it is longer than half a day, less than an hour or a bucket.' },
})
export type TrafficAnswer = Static<typeof TrafficAnswer>

const Proofs = Type.Object({ accepted: Count, refused: Count })
const Operators = Type.Union([Proofs, Type.Null()])
const authenticationFigures = {
  users: { ...Proofs, description: 'Identity tokens of users, as pages sent them.' },
  signIns: { ...Operators, description: 'Operators’ passwords and codes. null: one project was asked for, and these are the installation’s.' },
  operators: { ...Operators, description: 'Operators’ tokens and sessions. null: one project was asked for.' },
}
export const AuthenticationAnswer = Type.Object({
  ...span,
  buckets: Type.Array(Type.Object({ at: Instant, ...authenticationFigures })),
  total: Type.Object(authenticationFigures),
})
export type AuthenticationAnswer = Static<typeof AuthenticationAnswer>

export const SourcesQuery = Type.Object(
  {
    by: Type.Enum([...SOURCE_DIMENSIONS], { description: 'network: /24 of IPv4, /48 of IPv6. userAgent: browser and platform, such as firefox/linux.' }),
    ...spanFields,
    since: Type.Optional({ ...Instant, description: 'Moved back to where its hour begins, or its day for more than three days. Left out: a day before `until`.' }),
    sort: Type.Optional(Type.Enum(['votes', 'held', 'events'], { default: 'votes' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 300, default: 50 })),
  },
  { additionalProperties: false },
)
export type SourcesQuery = Static<typeof SourcesQuery>
const sourceFigures = {
  votes: Count,
  held: { ...Count, description: 'Of the votes, held on arrival.' },
  events: Type.Union([Count, Type.Null()], { description: 'null: security events do not say that.' }),
}
const SourceFigures = Type.Object(sourceFigures)
export const SourcesAnswer = Type.Object({
  since: Instant,
  until: Instant,
  sources: Type.Array(Type.Object({ key: Type.String({ description: 'GB, 16509, 203.0.113.0/24, firefox/linux' }), label: Type.String({ description: 'The same for a person.' }), ...sourceFigures })),
  others: { ...SourceFigures, description: 'Smaller ones together: past `limit`, or past the 100 largest of an hour.' },
  unknown: { ...SourceFigures, description: 'Of which it is not known.' },
  total: SourceFigures,
})
export type SourcesAnswer = Static<typeof SourcesAnswer>
