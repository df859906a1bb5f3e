/** `PUT …/items/{itemId}/vote`: River 1 in the order of its steps: identify, gather, judge, record, respond. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ItemStatus } from '../../contract/primitives.ts'
import { ItemParams, VoteAnswer, VoteRequest } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import type { Rate } from '../../gate/evidence.ts'
import { type Verdict, judge } from '../../gate/judge.ts'
import { respond } from '../../gate/respond.ts'
import type { Ballot } from '../../gate/settle.ts'
import { disagreement } from '../../gate/shadow.ts'
import { userAgentFamily } from '../../gate/user-agent.ts'
import type { Project } from '../../plugins/projects.ts'
import { mintReceipt } from '../../tokens/receipt.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { type Identified, identifyVoter } from './identification.ts'
import { stepUpFor } from './proof-of-work.ts'
import { type Excess, countNetwork, countVote } from './vote-counts.ts'
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
  const { shadow } = app.gate
  app.decorateRequest('networkRate', undefined)
  app.decorateRequest('prefixRate', undefined)

  app.put(
    '/:projectKey/items/:itemId/vote',
    {
      // Its own windows: see plugins/rate-limits.ts. The network’s are counted before anything else is looked at.
      config: { rateLimit: false },
      // Called back, not awaited: without REDIS_URL the answer is there at once, and a promise on every vote would be paid for nothing.
      onRequest: (request, _reply, done) => {
        const counting = countNetwork(app, request, app.clock())
        const settle = (excess: Excess | undefined): void => done(excess === undefined ? undefined : tooMany(request, excess.scope, excess.retryAfter))
        if (counting instanceof Promise) counting.then(settle, done)
        else settle(counting)
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
      if (item === undefined) throw await goneProblem(project, itemId)
      if (CLOSED.has(item.status)) throw new Problem('voting_closed', { detail: `“${item.title}” is ${item.status}.` })

      const { policy } = app.gate
      const counting = countVote(app, request, identified, itemId, body, now)
      const facts = gatherVote(app, request, identified, itemId, body, counting instanceof Promise ? await counting : counting, now)
      const verdict = judge(facts.evidence, policy, now)
      if (verdict.retryAfter !== undefined) throw tooMany(request, 'voter', verdict.retryAfter)
      reportVerdict(request, verdict)
      if (verdict.action === 'throttle') throw new Problem('rate_limited', { retryAfter: 60 })
      if (verdict.action === 'block') throw new Problem('blocked')
      if (verdict.action === 'challenge' && policy.challenge !== null && body.value === 1) {
        throw new Problem('challenge_required', { challenge: stepUpFor(app, request, identified.session, itemId, policy.challenge, now) })
      }

      const trial = shadow === undefined ? null : disagreement(verdict, judge(facts.evidence, shadow, now))
      const ballot = ballotOf(request, identified, itemId, body.value, verdict, now)
      const outcome = await app.recorder.record({
        ballot, first: body.value === 1 && identified.session.votedBefore !== true,
        decide: (recorded) => decisionOf(request, { identified, facts, verdict, shadow: trial, ballot }, recorded, body, policy),
      })

      const shown = await app.boards.item(project, itemId)
      const answer = respond(outcome, { without: shown?.counted ?? 0, with: shown?.withOneMore[identified.voter.tier] ?? 1 })
      if ('refused' in answer) {
        // It was merged while this vote was on its way, perhaps by another node.
        if (answer.refused === 'voting_closed') await app.boards.refresh(project.id)
        throw answer.refused === 'voting_closed' ? await goneProblem(project, itemId) : new Problem(answer.refused)
      }
      const receipt = mintReceipt(app.keys.receipt, {
        projectId: project.id, itemId, voter: ballot.voter, value: answer.value, at: now,
      })
      return reply.header('cache-control', 'no-store').send({ itemId: String(itemId), value: answer.value, votes: answer.votes, receipt })
    },
  )

  async function goneProblem(project: Project, itemId: number): Promise<Problem> {
    const present = await app.boards.mergedInto(project, itemId)
    if (present === undefined) return new Problem('unknown_item', { detail: `The board has no item ${itemId}.` })
    return new Problem('voting_closed', { detail: `It was merged into “${present.title}”, item ${present.id}.` })
  }

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
      seat: bucket === null ? null : { bucket, limit: app.gate.policy.bucketSeats, whenTaken: project.dedup },
      supersedes: voter.tier === 'v' ? voter.device : null,
    }
  }
}
export default votes

/** Tells the ledger, and is what the voter is told. */
function tooMany(request: FastifyRequest, scope: 'voter' | 'network' | 'prefix', retryAfter: number): Problem {
  request.report({
    eventType: 'rate_limit_exceeded',
    errorMessage: `Too many votes from one ${scope === 'prefix' ? 'IPv6 /48' : scope}`,
    detail: { kind: `vote-${scope}`, network: scope === 'prefix' ? request.clientPrefix : request.clientNetwork },
  })
  return new Problem('rate_limited', { retryAfter })
}
