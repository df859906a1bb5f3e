/** `GET …/traffic` and `…/authentication`: what was asked for, how it was answered, who proved to be who they said. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readHourlyPosition } from '../../../db/queries/hourly.ts'
import { type EventSum, type TrafficSum, type VoteSum, inSnapshot, sumEvents, sumTraffic, sumVotes } from '../../../db/queries/pictures.ts'
import { type AuthenticationAnswer, AuthenticationAnswer as Authentication, SpanQuery, TrafficAnswer, type TrafficFigures } from '../../contract/pictures.ts'
import { noLatency, percentileMs } from '../../ledger/latency.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { type Span, bucketsOf, earlierSpan, partsOf, spanOf } from './span.ts'

const KNOWN_SHARE = 0.9

interface Sums {
  traffic: TrafficSum[]
  votes: VoteSum[]
  events: EventSum[]
}

const traffic: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/traffic',
    {
      schema: {
        tags: ['security'], summary: 'Requests, votes and security events over time', querystring: SpanQuery,
        response: { 200: TrafficAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const scope = projectAsked(request, request.query.project)
      const span = spanOf(request.query, app.clock())
      const { since, until, bucketMs } = span
      await Promise.all([app.traffic.flush(), app.ledger.flush()])
      const { shown, earlier } = await inSnapshot(app.db, async (client) => {
        const countedUntil = (await readHourlyPosition(client))?.until ?? null
        const sums = async (within: Span): Promise<Sums> => {
          const parts = partsOf(within, countedUntil)
          return {
            traffic: await sumTraffic(client, scope, parts, within.bucketMs), votes: await sumVotes(client, scope, parts, within.bucketMs),
            events: await sumEvents(client, scope, parts, within.bucketMs),
          }
        }
        return { shown: await sums(span), earlier: await sums(earlierSpan(span)) }
      })
      const of = sumsByTime(shown)
      return {
        since, until, bucketMs,
        buckets: bucketsOf(span).map((at) => ({ at, ...figuresOf(of(at)) })),
        total: figuresOf(shown), before: figuresOf(earlier),
      }
    },
  )

  app.get(
    '/authentication',
    {
      schema: {
        tags: ['security'], summary: 'Who proved to be who they said, over time', querystring: SpanQuery,
        response: { 200: Authentication, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const scope = projectAsked(request, request.query.project)
      const span = spanOf(request.query, app.clock())
      await app.traffic.flush()
      const sums = await inSnapshot(app.db, async (client) =>
        await sumTraffic(client, scope, partsOf(span, (await readHourlyPosition(client))?.until ?? null), span.bucketMs))
      const of = groupByTime(sums)
      return {
        ...span,
        buckets: bucketsOf(span).map((at) => ({ at, ...proofsOf(of.get(at) ?? [], scope) })),
        total: proofsOf(sums, scope),
      }
    },
  )
}
export default traffic

function groupByTime<Sum extends { at: number }>(sums: readonly Sum[]): ReadonlyMap<number, Sum[]> {
  const groups = new Map<number, Sum[]>()
  for (const sum of sums) {
    const group = groups.get(sum.at)
    if (group === undefined) groups.set(sum.at, [sum])
    else group.push(sum)
  }
  return groups
}

function sumsByTime({ traffic: asked, votes, events }: Sums): (at: number) => Sums {
  const [trafficAt, votesAt, eventsAt] = [groupByTime(asked), groupByTime(votes), groupByTime(events)]
  return (at) => ({ traffic: trafficAt.get(at) ?? [], votes: votesAt.get(at) ?? [], events: eventsAt.get(at) ?? [] })
}

function figuresOf({ traffic: asked, votes, events }: Sums): TrafficFigures {
  const pages = asked.filter(({ area }) => area === 'page')
  const requests = total(pages, 'requests')
  const latency = noLatency().map((_, index) => pages.reduce((sum, line) => sum + (line.latency[index] ?? 0), 0))
  const ofSeverity = (severity: string): number => total(events.filter((event) => event.severity === severity), 'events')
  return {
    requests, denied: total(pages, 'denied'), errors: total(pages, 'errors'),
    meanMs: requests === 0 ? null : total(pages, 'durationMs') / requests,
    // Lines older than the bounds have none: of the few that do, nothing follows for all.
    p95Ms: sumOf(latency) < KNOWN_SHARE * requests ? null : percentileMs(latency, 0.95),
    otherRequests: total(asked.filter(({ area }) => area !== 'page'), 'requests'),
    votes: total(votes, 'votes'), held: total(votes, 'held'),
    events: { low: ofSeverity('low'), medium: ofSeverity('medium'), high: ofSeverity('high'), critical: ofSeverity('critical') },
  }
}

function proofsOf(sums: readonly TrafficSum[], scope: number | null): AuthenticationAnswer['total'] {
  const of = (area: TrafficSum['area']): { accepted: number; refused: number } => {
    const lines = sums.filter((line) => line.area === area)
    return { accepted: total(lines, 'accepted'), refused: total(lines, 'refused') }
  }
  // What operators ask for belongs to no project.
  return { users: of('page'), signIns: scope === null ? of('sign_in') : null, operators: scope === null ? of('operator') : null }
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
const total = <Key extends string>(lines: readonly Record<Key, number>[], key: Key): number => lines.reduce((sum, line) => sum + line[key], 0)
