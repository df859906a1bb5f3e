/** `POST …/feedback`: an idea, a bug, praise; nobody but moderators sees it before they say so. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { insertFeedback } from '../../../db/queries/feedback.ts'
import { storable } from '../../../db/storable.ts'
import { FeedbackAnswer, FeedbackRequest, ProjectParams } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import { judge } from '../../gate/judge.ts'
import { refusals } from '../refusals.ts'
import { identifyVoter } from './identification.ts'
import { reportVerdict } from './vote-decision.ts'
import { gatherFeedback } from './vote-evidence.ts'

/** Letters of one voter, whatever networks they come from. */
const LETTERS_PER_HOUR = 10
const HOUR_MS = 3_600_000

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
      await limitVoter(request, voter.key)
      const verdict = judge(gatherFeedback(app, request, identified, body.signals, now), app.gate.policy, now, { endpoint: 'POST feedback' })
      reportVerdict(request, verdict, 'Feedback')
      // Whatever else a band says, moderators read it before anybody does.
      if (verdict.action === 'block') throw new Problem('blocked')
      const id = await insertFeedback(app.votersDb, {
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

  async function limitVoter(request: FastifyRequest, voter: string): Promise<void> {
    const retryAfter = await app.routeLimits.countLetter(`${request.project.id} ${voter}`, request.limitNow(LETTERS_PER_HOUR), HOUR_MS)
    if (retryAfter === undefined) return
    request.report({ eventType: 'rate_limit_exceeded', errorMessage: 'Too much feedback from one voter', detail: { kind: 'feedback-voter' } })
    throw new Problem('rate_limited', { retryAfter })
  }
}
export default feedback
