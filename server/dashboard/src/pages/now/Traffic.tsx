/** Requests, votes and denials of the last hour, beside the hour before. */
import type { TrafficAnswer } from '../../../../contract/pictures.ts'
import { get } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { figure, percent } from '../../app/time.ts'
import { Ready } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { TimeChart } from '../../components/TimeChart.tsx'

const SPAN_MS = 3_600_000

export function Traffic({ project }: { project: string | undefined }) {
  const traffic = useLoad((signal) => get<TrafficAnswer>('/security/v1/traffic', { project, since: Date.now() - SPAN_MS, bucket: '1m' }, signal), [project], { everyMs: 30_000 })
  return (
    <Panel title="The last hour" actions={<a href="/dashboard/pictures">Pictures</a>}>
      <Ready of={traffic}>
        {({ total, before, buckets, bucketMs }) => (
          <>
          <TimeChart
            label="Requests, votes and denials of the last hour, by minute" whole format={figure} at={buckets.map(({ at }) => at)} bucketMs={bucketMs} empty="Nobody has asked for anything."
            series={[
              { label: 'Requests', color: '--series-1', shape: 'area', values: buckets.map(({ requests }) => requests) },
              { label: 'Votes', color: '--series-2', shape: 'line', values: buckets.map(({ votes }) => votes) },
              { label: 'Denied', color: '--series-3', shape: 'line', values: buckets.map(({ denied }) => denied) },
            ]}
          />
          <ul class="health">
            <li><span>Requests of pages</span><Compared now={total.requests} before={before.requests} /></li>
            <li><span>Votes</span><Compared now={total.votes} before={before.votes} /></li>
            <li><span>Denied</span><Compared now={total.denied} before={before.denied} /></li>
            <li><span>Answered with an error of ours</span><Compared now={total.errors} before={before.errors} /></li>
          </ul>
          </>
        )}
      </Ready>
    </Panel>
  )
}

function Compared({ now, before }: { now: number; before: number }) {
  const change = before === 0 ? (now === 0 ? '' : 'new') : now === before ? '' : `${now > before ? '+' : '−'}${percent(Math.abs(now - before) / before)}`
  return <span class="number">{figure(now)} {change !== '' && <span class="muted small">{change}</span>}</span>
}
