/** `GET …/sources`: where votes and security events came from. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readHourlyPosition } from '../../../db/queries/hourly.ts'
import { OTHERS, needsPlaces } from '../../../db/queries/hourly-dimensions.ts'
import { inSnapshot, sumEventsBy, sumVotesBy } from '../../../db/queries/pictures.ts'
import { type SourcesAnswer, SourcesAnswer as Sources, SourcesQuery } from '../../contract/pictures.ts'
import { hostingCompany } from '../../gate/hosting-networks.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { partsOf, wholeSpanOf } from './span.ts'

type Figures = SourcesAnswer['total']

const DEFAULT_SOURCES = 50
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

const sources: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/sources',
    {
      schema: {
        tags: ['security'], summary: 'Where votes and security events came from', querystring: SourcesQuery,
        response: { 200: Sources, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { by, sort = 'votes', limit = DEFAULT_SOURCES, project } = request.query
      const scope = projectAsked(request, project)
      const span = wholeSpanOf(request.query, app.clock())
      await app.ledger.flush()
      const figures = await inSnapshot(app.db, async (client) => {
        const parts = partsOf(span, (await readHourlyPosition(client))?.until ?? null)
        const all = new Map<string, Figures>()
        const of = (key: string): Figures => {
          const known = all.get(key) ?? { votes: 0, held: 0, events: by === 'userAgent' ? null : 0 }
          all.set(key, known)
          return known
        }
        for (const { key, count, held } of await sumVotesBy(client, scope, by, parts)) Object.assign(of(key), { votes: count, held })
        if (by !== 'userAgent') {
          const places = needsPlaces(by) ? await app.hourly.findPlaces(client, parts.live, parts.to) : []
          for (const { key, count } of await sumEventsBy(client, scope, by, parts, places)) of(key).events = count
        }
        return all
      })
      const unknown = sumOf([figures.get('') ?? []].flat(), by)
      const named = [...figures].filter(([key]) => key !== '' && key !== OTHERS)
        .toSorted(([one, a], [other, b]) => (b[sort] ?? 0) - (a[sort] ?? 0) || weight(b) - weight(a) || (one < other ? -1 : 1))
      return {
        ...span,
        sources: named.slice(0, limit).map(([key, sums]) => ({ key, label: labelOf(by, key), ...sums })),
        others: sumOf([...named.slice(limit).map(([, sums]) => sums), ...[figures.get(OTHERS) ?? []].flat()], by),
        unknown, total: sumOf([...figures.values()], by),
      }
    },
  )
}
export default sources

const weight = ({ votes, events }: Figures): number => votes + (events ?? 0)

function sumOf(all: readonly Figures[], by: SourcesQuery['by']): Figures {
  const total = (key: keyof Figures): number => all.reduce((sum, figures) => sum + (figures[key] ?? 0), 0)
  return { votes: total('votes'), held: total('held'), events: by === 'userAgent' ? null : total('events') }
}

const BROWSERS: Readonly<Record<string, string>> = {
  edge: 'Edge', opera: 'Opera', samsung: 'Samsung Internet', firefox: 'Firefox', chrome: 'Chrome', safari: 'Safari', other: 'Another browser',
}
const PLATFORMS: Readonly<Record<string, string>> = {
  android: 'Android', ios: 'iOS', windows: 'Windows', macos: 'macOS', chromeos: 'ChromeOS', linux: 'Linux', other: 'another platform',
}

function labelOf(by: SourcesQuery['by'], key: string): string {
  if (by === 'country') return regions.of(key) ?? key
  if (by === 'asn') return [`AS${key}`, hostingCompany(Number(key)) ?? ''].join(' ').trim()
  if (by === 'network') return key
  if (key === 'other/other') return 'Other clients'
  const [browser = '', platform = ''] = key.split('/')
  return `${BROWSERS[browser] ?? browser} on ${PLATFORMS[platform] ?? platform}`
}
