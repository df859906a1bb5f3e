/** `POST …/escalate`: a person wants others to look now. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { findAlert } from '../../../db/queries/alert-lists.ts'
import { findEvent } from '../../../db/queries/event-lists.ts'
import { noteEscalation } from '../../../db/queries/event-marks.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { AlertParams } from '../../contract/alert.ts'
import { EscalationAnswer, EscalationRequest, EventParams } from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { type Escalation, escalateAlert, escalateEvent } from '../../watch/alerts/escalate.ts'
import { projectsReached } from '../reach.ts'
import { refusals } from '../refusals.ts'

const REFUSALS = refusals(400, 401, 403, 404, 409, 413, 415, 429, 503)

/** A person tells others a few times; whoever does it more often rings every telephone there is. */
const PER_MINUTE = 20

const escalations: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/alerts/:id/escalate',
    {
      config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'Tell the channels of an alert now',
        description: 'Every channel that serves its project and takes its rule, whatever severity it asks for and however long its group would wait. It stands in the alert’s timeline. Twice within a minute is told once.',
        params: AlertParams, body: EscalationRequest, response: { 200: EscalationAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const { id } = request.params
      const told = await inTransaction(app.db, async (client) => {
        const alert = await findAlert(client, projectsReached(request), id)
        if (alert === null) throw new Problem('not_found', { detail: `There is no alert ${id}.` })
        const said = statementOf(request)
        const channels = await escalateAlert(client, alert, app.alerts.library, said)
        if (channels.length === 0) throw new Problem('no_channel')
        await request.audit(client, { action: 'alert.escalate', target: id, projectId: alert.projectId, after: { note: said.note, channels } })
        return channels
      })
      app.notifications.poke()
      return { told }
    },
  )

  app.post(
    '/events/:id/escalate',
    {
      config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'Tell the channels of an event now',
        description: 'Every channel that serves its project and takes all rules. The note is added to the event’s, and `detail.escalated` says who was told when. Twice within a minute is told once.',
        params: EventParams, body: EscalationRequest, response: { 200: EscalationAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const { id } = request.params
      const told = await inTransaction(app.db, async (client) => {
        const event = await findEvent(client, request.operator.projectId ?? null, id.toLowerCase())
        if (event === null) throw new Problem('not_found', { detail: `There is no event ${id}.` })
        const said = statementOf(request)
        const channels = await escalateEvent(client, event, said)
        if (channels.length === 0) throw new Problem('no_channel')
        const escalated = { at: said.now, by: storable(said.actor), channels }
        await noteEscalation(client, event, { note: said.note, escalated })
        await request.audit(client, { action: 'event.escalate', target: id, projectId: event.projectId, after: { note: said.note, channels } })
        return channels
      })
      app.notifications.poke()
      return { told }
    },
  )

  const statementOf = (request: FastifyRequest<{ Body: { note: string } }>): Escalation => ({
    actor: request.operator.name, note: storable(request.body.note), now: app.clock(), pageOf: app.alerts.pageOf,
    projectName: (projectId) => app.projects.byId(projectId)?.name ?? (projectId === 0 ? 'this installation' : `project ${projectId}`),
  })
}
export default escalations
