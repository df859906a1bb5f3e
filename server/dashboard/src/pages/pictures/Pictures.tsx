/** What happened, in pictures: over time, and from where. The URL says of which time, which project, and which network view. */
import { useMemo } from 'preact/hooks'
import type { AuthenticationAnswer, TrafficAnswer } from '../../../../contract/pictures.ts'
import { get } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject, useView } from '../../app/query.ts'
import { exact } from '../../app/time.ts'
import { SelectField } from '../../components/Field.tsx'
import { Ready } from '../../components/Loading.tsx'
import { Page } from '../../components/Page.tsx'
import { MEASURES, type Measure } from './readings.ts'
import { CountryMap, SourceBars } from './Sources.tsx'
import { RANGES, spanOf } from './span.ts'
import { Authentication, Trends } from './Trends.tsx'
import './pictures.css'

const AGAIN_MS = 60_000
const measureOf = (asked: string | undefined): Measure => (asked === 'held' || asked === 'events' ? asked : 'votes')

export default function Pictures() {
  const view = useView()
  const { query, set, href } = view
  const { project } = useProject()
  const stamp = [query['range'], query['since'], query['until']].join(' ')
  // Where the sources begin is not moved by every look at the clock.
  const span = useMemo(() => spanOf(view, Date.now()), [stamp])
  const fresh = () => spanOf(view, Date.now())
  const asked = (): { project: string | undefined; since: number; until: number | undefined } => ({ project, since: fresh().since, until: fresh().until })
  const again = { everyMs: span.until === undefined ? AGAIN_MS : 0 }
  const traffic = useLoad((signal) => get<TrafficAnswer>('/security/v1/traffic', asked(), signal), [project, stamp], again)
  const authentication = useLoad((signal) => get<AuthenticationAnswer>('/security/v1/authentication', asked(), signal), [project, stamp], again)
  const measure = measureOf(query['by'])
  const network = query['network'] === 'asn' ? 'asn' : 'network'
  const shown = { since: span.since, until: span.until, measure }

  return (
    <Page title="Pictures" lead={span.until === undefined ? 'What happened, and what it came to.' : `A closer look: ${exact(span.since)} to ${exact(span.until)}.`}>
      <div class="row spread">
        <nav class="row ranges" aria-label="Time">
          {RANGES.map(({ id, title }) => (
            <a key={id} class="button small" href={href({ range: id, since: null, until: null })} {...(id === span.range ? { 'aria-current': 'true' as const } : {})}>{title}</a>
          ))}
        </nav>
      </div>
      <Ready of={traffic}>
        {(answer) => <Trends traffic={answer} earlier={span.earlier}><Ready of={authentication}>{(proofs) => <Authentication answer={proofs} />}</Ready></Trends>}
      </Ready>
      <div class="row spread sources-head">
        <h2>Where it came from</h2>
        <SelectField label="Show" value={measure} any={null} options={(['votes', 'held', 'events'] as const).map((id) => [id, MEASURES[id][1]] as const)} onChange={(by) => set({ by: by === 'votes' ? null : by })} />
      </div>
      <CountryMap shown={shown} stamp={stamp} />
      <div class="columns">
        <SourceBars
          by={network} title={network === 'asn' ? 'Autonomous systems' : 'Networks'} shown={shown} stamp={stamp}
          actions={<a href={href({ network: network === 'asn' ? null : 'asn' })}>{network === 'asn' ? 'By network' : 'By autonomous system'}</a>}
        />
        <SourceBars by="userAgent" title="Browsers" shown={shown} stamp={stamp} />
      </div>
    </Page>
  )
}
