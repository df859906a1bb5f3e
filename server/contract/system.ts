/** Security API: how the server itself does. */
import { type Static, Type } from 'typebox'
import { Instant } from './primitives.ts'

const Count = Type.Integer({ minimum: 0 })
const OfAll = Type.Union([Count, Type.Null()], { description: 'Of all projects together: null for an operator of one project.' })
const Ms = Type.Number({ minimum: 0, description: 'Milliseconds.' })

export const SystemAnswer = Type.Object(
  {
    version: Type.String(),
    startedAt: { ...Instant, description: 'When this node started. Milliseconds since the epoch.' },
    at: { ...Instant, description: 'This node’s clock. Milliseconds since the epoch.' },
    underPressure: Type.Boolean({ description: 'Limits are tighter, and what can wait answers 503.' }),
    sharedLimits: Type.Union([Type.Literal('off'), Type.Literal('up'), Type.Literal('away')], {
      description: 'Whether Redis answers and limits hold for all nodes together; off: there is no REDIS_URL, and this node keeps them by itself, as it does while away.',
    }),
    database: Type.Object({
      answersInMs: { ...Ms, description: 'One question and its answer, asked for this very request.' },
      connections: Type.Object({ used: Count, max: Count, waiting: { ...Count, description: 'Queries waiting for one.' } }),
    }),
    recorder: Type.Object({ queued: { ...Count, description: 'Votes waiting to be written.' }, max: Count, refused: { ...Count, description: 'For want of room, since the start.' } }),
    ledger: Type.Object({ open: { ...Count, description: 'Kinds of security events being folded.' }, max: Count, folded: { ...Count, description: 'Events that lost a row of their own, since the start.' } }),
    watch: Type.Object({ behindMs: Ms, voters: Count }, { description: 'The watch over votes, which finds cohorts.' }),
    alerts: Type.Object(
      { behindMs: Ms, lookMs: { ...Ms, description: 'How long the last look of the rules took.' }, errors: OfAll, folded: OfAll },
      { description: 'The rules’ watch over the ledger.' },
    ),
    figures: Type.Object({ behindMs: Ms }, { description: 'The counts by the hour behind the pictures. What is not counted yet is read from the ledger: right, and slower.' }),
    notifications: Type.Union(
      [
        Type.Object({
          pending: Count,
          failing: { ...Count, description: 'Of those, tried in vain at least once.' },
          dead: { ...Count, description: 'Given up.' },
          oldestAt: Type.Union([Instant, Type.Null()], { description: 'Since when the oldest waits.' }),
        }),
        Type.Null(),
      ],
      { description: 'null for an operator of one project: they are the installation’s.' },
    ),
    probes: Type.Array(Type.Object({ target: Type.String(), state: Type.String({ description: 'up, slow or down.' }) })),
    limits: Type.Array(
      Type.Object({ name: Type.String(), used: Count, max: Count }),
      { description: 'Whatever this server holds in memory is bounded: how much of each bound is used.' },
    ),
    memory: Type.Object({ rss: { ...Count, description: 'Bytes the operating system counts.' }, heapUsed: Count, heapTotal: Count }),
    eventLoop: Type.Object({ delayMs: { ...Ms, description: 'Mean delay of a turn, over about a second.' }, utilization: Type.Number({ minimum: 0, description: 'Share of the time it was busy.' }) }),
  },
  { $id: 'System' },
)
export type SystemAnswer = Static<typeof SystemAnswer>
