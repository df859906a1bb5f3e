/** `PUT …/items/{itemId}/vote`: River 1 in the order of its steps: identify, gather, judge, record, respond. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import type { DecisionRow } from '../../../db/queries/decisions.ts'
import type { Severity } from '../../contract/primitives.ts'
import type { ItemStatus } from '../../contract/primitives.ts'
import { ItemParams, VoteAnswer, VoteRequest } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import type { Rate } from '../../gate/evidence.ts'
import { gather, rateOf } from '../../gate/gather.ts'
import { type Verdict, judge, secondsUntilFree } from '../../gate/judge.ts'
import { respond } from '../../gate/respond.ts'
import type { Ballot } from '../../gate/settle.ts'
import { userAgentFamily } from '../../gate/user-agent.ts'
import { mintReceipt } from '../../tokens/receipt.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { type Identified, identifyVoter } from './identification.ts'

declare module 'fastify' {
  interface FastifyRequest {
    networkRate: Rate | undefined
  }
}

const CLOSED: ReadonlySet<ItemStatus> = new Set(['shipped', 'declined'])

const votes: FastifyPluginAsyncTypebox = async (app) => {
  const { policy, windows, fingerprints } = app.gate
  app.decorateRequest('networkRate', undefined)

  app.put(
    '/:projectKey/items/:itemId/vote',
    {
      // Its own windows: see plugins/rate-limits.ts. The network’s is counted before anything else is looked at.
      config: { rateLimit: false },
      onRequest: async (request) => {
        const now = app.clock()
        request.networkRate = rateOf(windows.network.hit(request.clientNetwork, now), policy.windows.network)
        const wait = secondsUntilFree(request.networkRate, now)
        if (wait > 0) throttle(request, 'network', wait)
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

      const verdict = judgeVote(request, identified, itemId, body, now)
      if (verdict.action === 'throttle') throttle(request, 'voter', verdict.retryAfter ?? 60)
      reportVerdict(request, verdict)
      if (verdict.action === 'block') throw new Problem('blocked')

      const ballot = ballotOf(request, identified, itemId, body.value, verdict, now)
      const outcome = await app.recorder.record({
        ballot,
        decide: ({ state }) => decisionOf(request, identified, ballot, verdict, state, body),
      })

      const answer = respond(outcome, (await app.boards.item(project, itemId))?.counted ?? 0)
      if ('refused' in answer) throw new Problem(answer.refused)
      const receipt = mintReceipt(app.keys.receipt, {
        projectId: project.id, itemId, voter: ballot.voter, value: answer.value, at: now,
      })
      return reply.header('cache-control', 'no-store').send({ itemId: String(itemId), value: answer.value, votes: answer.votes, receipt })
    },
  )

  function judgeVote(
    request: FastifyRequest, { voter, session, fingerprint }: Identified, itemId: number, body: VoteRequest, now: number,
  ): Verdict {
    const changed = fingerprint === undefined ? undefined : fingerprints.show(voter.device, fingerprint, session.knownFingerprint)
    if (changed === true && fingerprint !== undefined) {
      request.report({
        eventType: 'fingerprint_change', fingerprint, errorMessage: 'A device showed another fingerprint than before',
        detail: { device: voter.device },
      })
    }
    const voterCount = windows.voter.hit(voter.key, now)
    const itemCount = windows.item.hit(`${request.project.id}:${itemId}`, now)
    return judge(
      gather({
        tier: voter.tier,
        signals: body.signals,
        userAgent: request.headers['user-agent'],
        acceptLanguage: request.headers['accept-language'],
        fingerprintChanged: changed,
        deviceSince: session.deviceSince,
        rates: {
          voter: rateOf(voterCount, policy.windows.voter),
          network: request.networkRate,
          item: rateOf(itemCount, policy.windows.item),
        },
      }, now),
      policy,
      now,
    )
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
      seat: bucket === null ? null : { bucket, limit: policy.bucketSeats, whenTaken: project.dedup },
      supersedes: voter.tier === 'v' ? voter.device : null,
    }
  }
}
export default votes

function decisionOf(
  request: FastifyRequest, { voter, fingerprint }: Identified, ballot: Ballot, verdict: Verdict,
  state: DecisionRow['state'], body: VoteRequest,
): DecisionRow {
  return {
    projectId: ballot.projectId, decisionId: uuidv7({ msecs: ballot.castAt }), decidedAt: ballot.castAt,
    itemId: ballot.itemId, voter: ballot.voter, tier: ballot.tier, value: ballot.value, state,
    score: verdict.score, action: verdict.action, wouldHave: verdict.wouldHave ?? null, policy: verdict.policy, breakdown: verdict.breakdown,
    ipAddress: request.clientAddress, network: request.clientNetwork, fingerprint: fingerprint ?? null,
    device: voter.device, userAgent: request.headers['user-agent']?.slice(0, 300) ?? null, origin: request.widgetOrigin,
    endUser: voter.user ?? null, signals: body.signals ?? null,
  }
}

const VERDICT_SEVERITY: Partial<Record<Verdict['action'], Severity>> = { log: 'low', hold: 'medium', block: 'high' }

/** What would have been done counts, not what was: a band in log mode is there to be read about. */
function reportVerdict(request: FastifyRequest, { action, wouldHave, score, policy, breakdown }: Verdict): void {
  const severity = VERDICT_SEVERITY[wouldHave ?? action]
  if (severity === undefined) return
  request.report({
    eventType: 'suspicious_activity',
    severity,
    errorMessage: `A vote scored ${score.toFixed(2)}: ${action}${wouldHave === undefined ? '' : `, would have been ${wouldHave}`}`,
    detail: { kind: 'score', score, policy, detectors: breakdown.found.map((found) => found.detector) },
  })
}

function throttle(request: FastifyRequest, scope: 'voter' | 'network', retryAfter: number): never {
  request.report({
    eventType: 'rate_limit_exceeded',
    errorMessage: `Too many votes from one ${scope}`,
    detail: { kind: `vote-${scope}`, network: request.clientNetwork },
  })
  throw new Problem('rate_limited', { retryAfter })
}
