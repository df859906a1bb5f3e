/** Where votes and events came from: the map with its list, networks, and browsers. */
import { useState } from 'preact/hooks'
import type { SourcesAnswer } from '../../../../contract/pictures.ts'
import { get, searchOf } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { count, figure, percent } from '../../app/time.ts'
import { Bars } from '../../components/Bars.tsx'
import { Ready } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { WorldMap } from '../../components/WorldMap.tsx'
import { MEASURES, type Measure, readSources } from './readings.ts'

type By = 'country' | 'asn' | 'network' | 'userAgent'
type Source = SourcesAnswer['sources'][number]

const LISTED = 12
const WHAT: Record<By, readonly [string, string]> = {
  country: ['country', 'countries'], asn: ['autonomous system', 'autonomous systems'], network: ['network', 'networks'], userAgent: ['kind of browser', 'kinds of browsers'],
}

export interface Shown {
  since: number
  until: number | undefined
  measure: Measure
}

/** Loads with the span, not with the clock: `key` changes when somebody chose another. */
function useSources(by: By, { since, until, measure }: Shown, key: string) {
  const { project } = useProject()
  return useLoad((signal) => get<SourcesAnswer>('/security/v1/sources', { by, project, since, until, sort: by === 'userAgent' && measure === 'events' ? 'votes' : measure, limit: by === 'country' ? 300 : LISTED }, signal),
    [project, by, measure, key])
}

function useLinks(shown: SourcesAnswer | undefined): (by: By, key: string) => string | undefined {
  const { required } = useProject()
  if (shown === undefined) return () => undefined
  const { since, until } = shown
  return (by, key) => (by === 'userAgent' ? undefined : `/dashboard/votes${searchOf({ project: required, [by]: key, since, until })}`)
}

export function CountryMap({ shown, stamp }: { shown: Shown; stamp: string }) {
  const countries = useSources('country', shown, stamp)
  const link = useLinks(countries.data)
  const [lit, setLit] = useState<string | undefined>()
  const [all, setAll] = useState(false)
  const { measure } = shown
  return (
    <Panel title="Countries">
      <Ready of={countries}>
        {(answer) => {
          const listed = answer.sources.filter((source) => (source[measure] ?? 0) > 0)
          const values = new Map(listed.map((source) => [source.key, source[measure] ?? 0]))
          const describe = (code: string): string => {
            const source = answer.sources.find(({ key }) => key === code)
            return source === undefined ? `${nameOf(code)}: none` : `${source.label}: ${figuresOf(source)}`
          }
          return (
            <>
              <p>{readSources(answer, measure, WHAT.country)}</p>
              <div class="wide-narrow">
                <WorldMap label={`World map of ${MEASURES[measure][1]} by country; the list beside it has the figures`} values={values} describe={describe} lit={lit} onLight={setLit} />
                <div class="stack">
                  <Bars label="Countries" bars={(all ? listed : listed.slice(0, LISTED)).map((source) => barOf(source, measure, answer, link('country', source.key)))} lit={lit} onLight={setLit} />
                  {listed.length > LISTED && <button type="button" class="button small" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Fewer' : `All ${listed.length} countries`}</button>}
                  <Rest answer={answer} measure={measure} />
                </div>
              </div>
            </>
          )
        }}
      </Ready>
    </Panel>
  )
}

export function SourceBars({ by, title, shown, stamp, actions }: { by: By; title: string; shown: Shown; stamp: string; actions?: preact.ComponentChildren }) {
  const sources = useSources(by, shown, stamp)
  const link = useLinks(sources.data)
  // Events bear no user agent.
  const measure = by === 'userAgent' && shown.measure === 'events' ? 'votes' : shown.measure
  return (
    <Panel title={title} actions={actions}>
      <Ready of={sources}>
        {(answer) => (
          <>
            <p>{readSources(answer, measure, WHAT[by])}</p>
            {by === 'userAgent' && shown.measure === 'events' && <p class="small muted">Security events do not say with which browser; these are votes.</p>}
            <Bars label={title} bars={answer.sources.filter((source) => (source[measure] ?? 0) > 0).map((source) => barOf(source, measure, answer, link(by, source.key)))} />
            <Rest answer={answer} measure={measure} />
          </>
        )}
      </Ready>
    </Panel>
  )
}

function barOf(source: Source, measure: Measure, { total }: SourcesAnswer, href: string | undefined) {
  const value = source[measure] ?? 0
  return { key: source.key, label: source.label, value, part: measure === 'votes' ? source.held : 0, href, text: `${figuresOf(source, measure)} · ${percent(value / Math.max(1, total[measure] ?? 0))}` }
}

/** `34 votes (2 held), 5 security events`, or one of them. */
function figuresOf({ votes, held, events }: Source, measure?: Measure): string {
  const ofVotes = `${count(votes, 'vote')}${held === 0 ? '' : ` (${figure(held)} held)`}`
  if (measure === 'votes') return ofVotes
  if (measure === 'held') return count(held, 'held vote')
  const ofEvents = count(events ?? 0, 'event')
  return measure === 'events' ? ofEvents : `${ofVotes}, ${ofEvents}`
}

function Rest({ answer: { others, unknown }, measure }: { answer: SourcesAnswer; measure: Measure }) {
  const [small, none] = [others[measure] ?? 0, unknown[measure] ?? 0]
  if (small === 0 && none === 0) return null
  return <p class="small muted">{[small > 0 && `Smaller ones together: ${figure(small)}.`, none > 0 && `Not known: ${figure(none)}.`].filter(Boolean).join(' ')}</p>
}

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })
const nameOf = (code: string): string => regions.of(code) ?? code
