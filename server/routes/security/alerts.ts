/** Alerts: what the rules found, what happened to it, and what people say of it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { acknowledgeAlert, addNote, disposeAlert, findAlert, listAlerts, listTimeline, lockAlert } from '../../../db/queries/alert-lists.ts'
import { findEventsById } from '../../../db/queries/events.ts'
import { listResponses } from '../../../db/queries/responses.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  AcknowledgeRequest, Alert, AlertAnswer, AlertParams, AlertsAnswer, AlertsQuery, DispositionRequest, NoteRequest,
} from '../../contract/alert.ts'
import { Problem } from '../../errors.ts'
import type { Alert as AlertRow } from '../../watch/alerts/alert.ts'
import { durationMs } from '../../watch/language/duration.ts'
import { isCorrelation } from '../../contract/rule.ts'
import { CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { responseOf } from '../moderation/responses.ts'
import { projectAsked, projectIdOf, projectsReached } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { UUID } from '../wire-values.ts'
import { eventOf } from './event-of.ts'

const LONGEST_TIMELINE = 500
const MOST_RESPONSES = 200
/** Where the rule is gone, evidence is looked for this far back. */
const DAY_MS = 86_400_000

const alerts: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/alerts',
    {
      schema: {
        tags: ['security'], summary: 'Alerts, newest first', querystring: AlertsQuery,
        response: { 200: AlertsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, cursor, limit = DEFAULT_LIMIT, ...filter } = request.query
      const after = readCursor(cursor, CURSOR_MS, CURSOR_UUID)
      const projectId = projectAsked(request, project)
      const rows = await listAlerts(app.db, { ...filter, ...(projectId === null ? {} : { projectId }) }, {
        after: after === null ? null : { startsAt: Number(after[0]), id: String(after[1]) }, limit: limit + 1,
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.startsAt, row.id])
      return { alerts: page.map(alertOf), nextCursor }
    },
  )

  app.get(
    '/alerts/:id',
    {
      schema: {
        tags: ['security'], summary: 'An alert with its timeline, what was done about it, and its evidence', params: AlertParams,
        response: { 200: AlertAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const alert = found(request, await findAlert(app.db, projectsReached(request), request.params.id))
      const within = alert.projectId === 0 ? null : [alert.projectId]
      const [timeline, responses, events] = await Promise.all([
        listTimeline(app.db, alert, LONGEST_TIMELINE),
        listResponses(app.db, { projectIds: [alert.projectId], alertId: alert.id, before: null, limit: MOST_RESPONSES }),
        findEventsById(app.db, within, alert.evidence.filter((id) => UUID.test(id)), {
          since: alert.startsAt - timespanOf(alert.rule), until: alert.endsAt ?? alert.lastAt,
        }),
      ])
      return {
        alert: alertOf(alert), timeline: timeline.map(({ at, kind, actor, detail }) => ({ at, kind, actor, detail })),
        responses: responses.map(responseOf), events: events.map(eventOf),
      }
    },
  )

  app.post(
    '/alerts/:id/acknowledge',
    {
      // To say something of an alert is a change: a viewer may look, not write.
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'Say that somebody sees to an alert',
        description: 'It is not escalated any more, nor told again, and goes no further up by itself. A second time changes nothing.',
        params: AlertParams, body: AcknowledgeRequest,
        response: { 200: Alert, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const said = statementOf(request, request.params.id, request.body?.note)
      return alertOf(await inTransaction(app.db, async (client) => {
        const before = found(request, await lockAlert(client, said))
        const after = found(request, await acknowledgeAlert(client, said))
        await request.audit(client, {
          action: 'alert.acknowledge', target: after.id, projectId: after.projectId,
          before: { acknowledgedBy: before.acknowledgedBy }, after: { acknowledgedBy: after.acknowledgedBy, note: said.note },
        })
        return after
      }))
    },
  )

  app.post(
    '/alerts/:id/disposition',
    {
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'Say what an alert was',
        description: 'Figures count how often a rule is wrong by this. The last word counts; the timeline keeps the others.',
        params: AlertParams, body: DispositionRequest,
        response: { 200: Alert, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { disposition, note } = request.body
      const said = statementOf(request, request.params.id, note)
      return alertOf(await inTransaction(app.db, async (client) => {
        const before = found(request, await lockAlert(client, said))
        const after = found(request, await disposeAlert(client, disposition, said))
        await request.audit(client, {
          action: 'alert.dispose', target: after.id, projectId: after.projectId,
          before: { disposition: before.disposition }, after: { disposition, note: said.note },
        })
        return after
      }))
    },
  )

  app.post(
    '/alerts/:id/notes',
    {
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'], summary: 'Write a note into an alert’s timeline', params: AlertParams, body: NoteRequest,
        response: { 201: Alert, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { note: _note, ...said } = statementOf(request, request.params.id, undefined)
      const alert = await inTransaction(app.db, async (client) => {
        const noted = found(request, await addNote(client, storable(request.body.note), said))
        await request.audit(client, { action: 'alert.note', target: noted.id, projectId: noted.projectId, after: { note: request.body.note } })
        return noted
      })
      return reply.code(201).send(alertOf(alert))
    },
  )

  const statementOf = (request: FastifyRequest, id: string, note: string | undefined) => ({
    projectIds: projectsReached(request), id, actor: request.operator.name, note: note === undefined ? undefined : storable(note), now: app.clock(),
  })

  /** The first lines of an alert lie at most so far before it began. */
  const timespanOf = (name: string): number => {
    if (!app.alerts.library.has(name)) return DAY_MS
    const { document } = app.alerts.library.get(name)
    return isCorrelation(document) ? durationMs(document.correlation.timespan) : DAY_MS
  }
}
export default alerts

/** One of another project is answered as one that is not there. */
function found(request: FastifyRequest, alert: AlertRow | null): AlertRow {
  if (alert === null) throw new Problem('not_found', { detail: `There is no alert ${(request.params as { id: string }).id}.` })
  return alert
}

function alertOf({ projectId, groupKey: _key, ...alert }: AlertRow): Alert {
  return { ...alert, projectId: projectIdOf(projectId) }
}
