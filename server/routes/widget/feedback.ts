/** `POST …/feedback`: an idea, a bug, praise; nobody but moderators sees it before they say so. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { insertFeedback } from '../../../db/queries/feedback.ts'
import { storable } from '../../../db/storable.ts'
import { FeedbackAnswer, FeedbackRequest, ProjectParams } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import { judge } from '../../gate/judge.ts'
import { refusals } from '../refusals.ts'
import { identifyVoter } from './identification.ts'
import { reportVerdict } from './vote-decision.ts'
import { gatherFeedback } from './vote-evidence.ts'

const feedback: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/:projectKey/feedback',
    {
      // A form filled by a person; one network of many people still fits.
      config: { rateLimit: { max: (request) => request.limitNow(60), timeWindow: 60_000 } },
      schema: {
        tags: ['widget'],
        summary: 'Send feedback',
        params: ProjectParams,
        body: FeedbackRequest,
        response: { 201: FeedbackAnswer, ...refusals(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project, body } = request
      const title = storable(body.title).trim()
      if (title === '') throw new Problem('invalid_request', { errors: [{ pointer: '/body/title', detail: 'has nothing to read' }] })
      const now = app.clock()
      const identified = await identifyVoter(app, request, body, now)
      const { voter, fingerprint } = identified
      const verdict = judge(gatherFeedback(app, request, identified, body.signals, now), app.gate.policy, now, { endpoint: 'POST feedback' })
      reportVerdict(request, verdict, 'Feedback')
      // Whatever else a band says, moderators read it before anybody does.
      if (verdict.action === 'block') throw new Problem('blocked')
      const id = await insertFeedback(app.db, {
        projectId: project.id,
        kind: body.kind,
        title,
        body: storable(body.body ?? '').trim(),
        email: body.email ?? null,
        voter: voter.key,
        tier: voter.tier,
        ipAddress: request.clientAddress,
        fingerprint: fingerprint ?? null,
      })
      return reply.code(201).header('cache-control', 'no-store').send({ id: String(id) })
    },
  )
}
export default feedback
