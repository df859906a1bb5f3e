/** `PUT …/items/{itemId}/vote`: River 1 in the order of its steps: identify, gather, judge, record, respond. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ItemStatus } from '../../contract/primitives.ts'
import { ItemParams, VoteAnswer, VoteRequest } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import type { Rate } from '../../gate/evidence.ts'
import { rateOf } from '../../gate/gather.ts'
import { type Verdict, judge, secondsUntilFree } from '../../gate/judge.ts'
import { respond } from '../../gate/respond.ts'
import type { Ballot } from '../../gate/settle.ts'
import { disagreement } from '../../gate/shadow.ts'
import { userAgentFamily } from '../../gate/user-agent.ts'
import { mintReceipt } from '../../tokens/receipt.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { type Identified, identifyVoter } from './identification.ts'
import { stepUpFor } from './proof-of-work.ts'
import { decisionOf, reportVerdict } from './vote-decision.ts'
import { gatherVote } from './vote-evidence.ts'

declare module 'fastify' {
  interface FastifyRequest {
    networkRate: Rate | undefined
    /** Of the IPv6 /48. */
    prefixRate: Rate | undefined
  }
}

const CLOSED: ReadonlySet<ItemStatus> = new Set(['shipped', 'declined'])

const votes: FastifyPluginAsyncTypebox = async (app) => {
  const { policy, shadow, windows } = app.gate
  app.decorateRequest('networkRate', undefined)
  app.decorateRequest('prefixRate', undefined)

  app.put(
    '/:projectKey/items/:itemId/vote',
    {
      // Its own windows: see plugins/rate-limits.ts. The network’s are counted before anything else is looked at.
      config: { rateLimit: false },
      onRequest: async (request) => {
        const now = app.clock()
        const { clientNetwork, clientPrefix } = request
        request.networkRate = rateOf(windows.network.hit(clientNetwork, now), request.windowNow(policy.windows.network))
        if (clientPrefix !== undefined) request.prefixRate = rateOf(windows.prefix.hit(clientPrefix, now), request.windowNow(policy.windows.prefix))
        const waits = { network: secondsUntilFree(request.networkRate, now), prefix: request.prefixRate === undefined ? 0 : secondsUntilFree(request.prefixRate, now) }
        if (waits.network > 0) throttle(request, 'network', waits.network)
        if (waits.prefix > 0) throttle(request, 'prefix', waits.prefix)
      },
      schema: {
        tags: ['widget'],
        summary: 'Set this voter’s vote on an item',
        description: 'Idempotent: the vote is now `value`. A retry changes nothing and answers the same.',
        params: ItemParams,
        body: VoteRequest,
        response: { 200: VoteAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project, body } = request
      const now = app.clock()
      const itemId = Number(request.params.itemId)

      const identified = await identifyVoter(app, request, body, now)
      const item = await app.boards.item(project, itemId)
      if (item === undefined) throw new Problem('unknown_item', { detail: `The board has no item ${itemId}.` })
      if (CLOSED.has(item.status)) throw new Problem('voting_closed', { detail: `“${item.title}” is ${item.status}.` })

      const facts = gatherVote(app, request, identified, itemId, body, now)
      const verdict = judge(facts.evidence, policy, now)
      if (verdict.retryAfter !== undefined) throttle(request, 'voter', verdict.retryAfter)
      reportVerdict(request, verdict)
      if (verdict.action === 'throttle') throw new Problem('rate_limited', { retryAfter: 60 })
      if (verdict.action === 'block') throw new Problem('blocked')
      if (verdict.action === 'challenge' && policy.challenge !== null && body.value === 1) {
        throw new Problem('challenge_required', { challenge: stepUpFor(app, request, identified.session, itemId, policy.challenge, now) })
      }

      const trial = shadow === undefined ? null : disagreement(verdict, judge(facts.evidence, shadow, now))
      const ballot = ballotOf(request, identified, itemId, body.value, verdict, now)
      const outcome = await app.recorder.record({
        ballot,
        decide: (recorded) => decisionOf(request, { identified, facts, verdict, shadow: trial, ballot }, recorded, body, policy),
      })

      const shown = await app.boards.item(project, itemId)
      const answer = respond(outcome, { without: shown?.counted ?? 0, with: shown?.withOneMore[identified.voter.tier] ?? 1 })
      if ('refused' in answer) throw new Problem(answer.refused)
      const receipt = mintReceipt(app.keys.receipt, {
        projectId: project.id, itemId, voter: ballot.voter, value: answer.value, at: now,
      })
      return reply.header('cache-control', 'no-store').send({ itemId: String(itemId), value: answer.value, votes: answer.votes, receipt })
    },
  )

  function ballotOf(
    request: FastifyRequest, { voter, fingerprint }: Identified, itemId: number, value: 0 | 1, verdict: Verdict, now: number,
  ): Ballot {
    const { project } = request
    const bucket = fingerprint === undefined || voter.tier === 'v'
      ? null
      : voterKey(project.pepper, 'bucket', fingerprint, request.clientNetwork, userAgentFamily(request.headers['user-agent']))
    return {
      projectId: project.id, itemId, voter: voter.key, tier: voter.tier, value, castAt: now,
      hold: verdict.action === 'hold',
      // What a cohort or an age holds is let in some day: not past the others of its bucket.
      holdTakesSeat: verdict.heldFor !== undefined && verdict.heldFor !== 'score',
      seat: bucket === null ? null : { bucket, limit: policy.bucketSeats, whenTaken: project.dedup },
      supersedes: voter.tier === 'v' ? voter.device : null,
    }
  }
}
export default votes

function throttle(request: FastifyRequest, scope: 'voter' | 'network' | 'prefix', retryAfter: number): never {
  request.report({
    eventType: 'rate_limit_exceeded',
    errorMessage: `Too many votes from one ${scope === 'prefix' ? 'IPv6 /48' : scope}`,
    detail: { kind: `vote-${scope}`, network: scope === 'prefix' ? request.clientPrefix : request.clientNetwork },
  })
  throw new Problem('rate_limited', { retryAfter })
}
