/** Requests, denials, latency, events and proofs of who somebody is, over time: each with what it says in a sentence. */
import type { ComponentChildren } from 'preact'
import type { AuthenticationAnswer, TrafficAnswer } from '../../../../contract/pictures.ts'
import { searchOf } from '../../app/api.ts'
import { useView } from '../../app/query.ts'
import { compact, figure } from '../../app/time.ts'
import { Panel } from '../../components/Page.tsx'
import { type ChartSeries, TimeChart } from '../../components/TimeChart.tsx'
import { duration, readAuthentication, readDenials, readEvents, readLatency, readRequests, readVotes, shareText } from './readings.ts'
import { closerLook } from './span.ts'

type Bucket = TrafficAnswer['buckets'][number]

/** Further apart than the badges’ colours, which have their names in them. */
const SEVERITY_COLORS = { low: '--series-5', medium: '--held', high: '--series-3', critical: '--critical' } as const
const isRunning = ({ since, until, bucketMs }: { since: number; until: number; bucketMs: number }): boolean => (until - since) % bucketMs !== 0
const share = (part: number, of: number): number | null => (of === 0 ? null : part / of)

/** @param props.children what stands with the charts */
export function Trends({ traffic, earlier, children }: { traffic: TrafficAnswer; earlier: string; children: ComponentChildren }) {
  const view = useView()
  const { buckets, bucketMs, total, before, since, until } = traffic
  const project = view.query['project']
  const events = (filter: Record<string, string>): string => `/dashboard/events${searchOf({ project, since, until, ...filter })}`
  const chart = { at: buckets.map(({ at }) => at), bucketMs, running: isRunning(traffic), ...withLink(closerLook(view, bucketMs)) }
  const series = (label: string, color: string, value: (bucket: Bucket) => number | null, shape: ChartSeries['shape'] = 'line'): ChartSeries =>
    ({ label, color, shape, values: buckets.map(value) })
  const noted = (one: ChartSeries, part: (bucket: Bucket) => number): ChartSeries =>
    ({ ...one, note: (index) => (buckets[index] === undefined ? '' : `(${figure(part(buckets[index]))} of ${figure(buckets[index].requests)})`) })
  return (
    <div class="columns">
      <Panel title="Requests">
        <p>{readRequests(total, before, earlier)}</p>
        <TimeChart label="Requests of pages" whole format={compact} {...chart} series={[series('Requests', '--series-1', ({ requests }) => requests, 'area')]} />
      </Panel>
      <Panel title="Votes" actions={<a href={`/dashboard/votes${searchOf({ project, since, until })}`}>Votes</a>}>
        <p>{readVotes(total, before, earlier)}</p>
        <TimeChart
          label="Votes" whole format={compact} {...chart} empty="No votes in this time."
          series={[series('Counted at once', '--counted', ({ votes, held }) => votes - held, 'bars'), series('Held on arrival', '--held', ({ held }) => held, 'bars')]}
        />
      </Panel>
      <Panel title="Denials and errors" actions={<a href={events({ eventType: 'rate_limit_exceeded' })}>Rate limits</a>}>
        <p>{readDenials(total, before, earlier)}</p>
        <TimeChart
          label="Denials and errors, as a share of requests" format={shareText} {...chart} empty="Nothing was denied, and nothing failed."
          series={[
            noted(series('Denied', '--series-3', ({ denied, requests }) => share(denied, requests), 'area'), ({ denied }) => denied),
            noted(series('Failed', '--critical', ({ errors, requests }) => share(errors, requests)), ({ errors }) => errors),
          ]}
        />
      </Panel>
      <Panel title="Time to answer">
        <p>{readLatency(total, before, earlier)}</p>
        <TimeChart
          label="Time to answer" format={duration} {...chart}
          series={[series('95 in 100 within', '--series-4', ({ p95Ms }) => p95Ms), series('Mean', '--series-1', ({ meanMs }) => meanMs)]}
        />
      </Panel>
      <Panel title="Security events by severity" actions={<a href={events({})}>Events</a>}>
        <p>{readEvents(total, before, earlier)}</p>
        <TimeChart
          label="Security events by severity" whole format={compact} {...chart} empty="No security events in this time."
          series={(['low', 'medium', 'high', 'critical'] as const).map((severity) => series(severity, SEVERITY_COLORS[severity], (bucket) => bucket.events[severity], 'bars'))}
        />
        <p class="small row">{(['critical', 'high', 'medium', 'low'] as const).map((severity) => (
          <a key={severity} href={events({ severity })}>{severity}: <span class="number">{figure(total.events[severity])}</span></a>
        ))}</p>
      </Panel>
      {children}
    </div>
  )
}

type Proofs = { accepted: number; refused: number } | null

export function Authentication({ answer }: { answer: AuthenticationAnswer }) {
  const view = useView()
  const { buckets, bucketMs, total, since, until } = answer
  const refused = (label: string, color: string, of: (bucket: AuthenticationAnswer['total']) => Proofs): ChartSeries => {
    const proofs = buckets.map(of)
    return {
      label, color, shape: 'line', values: proofs.map((one) => (one === null ? null : share(one.refused, one.accepted + one.refused))),
      note: (index) => (proofs[index] == null ? '' : `(${figure(proofs[index].refused)} of ${figure(proofs[index].accepted + proofs[index].refused)})`),
    }
  }
  const failures = `/dashboard/events${searchOf({ project: view.query['project'], since, until, eventType: 'jwt_validation_failed' })}`
  return (
    <Panel title="Who proved who they are" actions={<a href={failures}>Refused tokens</a>}>
      <p>{readAuthentication(total)}</p>
      <TimeChart
        label="Refused, as a share of attempts" format={shareText} at={buckets.map(({ at }) => at)} bucketMs={bucketMs} running={isRunning(answer)} {...withLink(closerLook(view, bucketMs))}
        empty={<Proved total={total} />}
        series={[
          refused('Identity tokens', '--series-1', ({ users }) => users),
          ...(total.signIns === null ? [] : [refused('Sign-ins', '--series-3', ({ signIns }) => signIns)]),
          ...(total.operators === null ? [] : [refused('Operators’ requests', '--series-5', ({ operators }) => operators)]),
        ]}
      />
    </Panel>
  )
}

function Proved({ total: { users, signIns, operators } }: { total: AuthenticationAnswer['total'] }) {
  const all = users.accepted + (signIns?.accepted ?? 0) + (operators?.accepted ?? 0)
  return <>{all === 0 ? 'Nobody tried in this time.' : 'Nobody was refused in this time.'}</>
}

const withLink = (link: ((at: number) => string) | undefined): { link?: (at: number) => string } => (link === undefined ? {} : { link })
