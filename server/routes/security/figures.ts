/** `GET …/figures`: how soon alerts are found and answered, how often they are wrong, and what the rules know of. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type AlertCount, countAlerts, countByRule, measureTimes } from '../../../db/queries/figures.ts'
import { type FiguresAnswer, FiguresAnswer as Figures, FiguresQuery } from '../../contract/alert.ts'
import { type CoverageEntry, countCovered, coverageOf } from '../../watch/coverage.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'

const MONTH_MS = 30 * 86_400_000

const figures: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/figures',
    {
      schema: {
        tags: ['security'], summary: 'How well the watch does', querystring: FiguresQuery,
        response: { 200: Figures, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, since = app.clock() - MONTH_MS } = request.query
      const within = projectAsked(request, project)
      const [times, counts, byRule] = await Promise.all([
        measureTimes(app.db, within, since), countAlerts(app.db, within, since), countByRule(app.db, within, since),
      ])
      const disposed = byRule.reduce((sum, row) => sum + row.disposed, 0)
      const wrong = byRule.reduce((sum, row) => sum + row.falsePositives, 0)
      const { owaspApiTop10, owaspAutomatedThreats, attackClasses } = coverageOf(app.alerts.library)
      return {
        since,
        alerts: {
          fired: times.fired,
          bySeverity: { low: sum(counts, 'low'), medium: sum(counts, 'medium'), high: sum(counts, 'high'), critical: sum(counts, 'critical') },
          byState: { pending: sum(counts, 'pending'), firing: sum(counts, 'firing'), resolved: sum(counts, 'resolved') },
        },
        meanTimeToDetectMs: times.meanToDetect, p95TimeToDetectMs: times.p95ToDetect,
        meanTimeToRespondMs: times.meanToRespond, p95TimeToRespondMs: times.p95ToRespond,
        unanswered: times.unanswered,
        falsePositiveRatio: ratio(wrong, disposed),
        rules: byRule.map((row) => ({ ...row, falsePositiveRatio: ratio(row.falsePositives, row.disposed) })),
        coverage: {
          owaspApiTop10: catalogueOf(owaspApiTop10), owaspAutomatedThreats: catalogueOf(owaspAutomatedThreats), attackClasses: catalogueOf(attackClasses),
        },
      }
    },
  )
}
export default figures

const ratio = (part: number, of: number): number | null => (of === 0 ? null : part / of)

const sum = (counts: readonly AlertCount[], which: string): number =>
  counts.filter(({ state, severity }) => state === which || severity === which).reduce((total, { alerts }) => total + alerts, 0)

const catalogueOf = (entries: CoverageEntry[]): FiguresAnswer['coverage']['attackClasses'] => ({ covered: countCovered(entries), of: entries.length, entries })
