/** Gathers what is known of one vote: the request’s facts, what was counted of it, and the signs it bears. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Signals } from '../../contract/signals.ts'
import type { VoteRequest } from '../../contract/widget.ts'
import type { Evidence } from '../../gate/evidence.ts'
import { type NetworkFacts, clientHeaders, gather, rateOf } from '../../gate/gather.ts'
import { signsOf } from '../../gate/signs.ts'
import type { Identified } from './identification.ts'
import { examineWork } from './proof-of-work.ts'
import type { VoteCounts } from './vote-counts.ts'

export interface VoteFacts {
  evidence: Evidence
  network: NetworkFacts
}

export function gatherVote(
  app: FastifyInstance, request: FastifyRequest, identified: Identified, itemId: number, body: VoteRequest, counts: VoteCounts, now: number,
): VoteFacts {
  const { voter, session, fingerprint, account, sub } = identified
  const { gate } = app
  const { policy } = gate
  const projectId = request.project.id
  // Whoever takes a vote back has nothing to prove.
  const given = body.value === 1
  const network = app.networks.find(request.clientAddress)

  const arrives = given && voter.tier === 'd' && counts.voter === 1 && session.votedBefore !== true
  const sequence = sub === undefined ? account?.sequence : gate.users.show(projectId, sub, now)
  const work = given ? examineWork(app, request, session, itemId, body.solution, now) : { proof: undefined, stepUp: undefined }
  const signs = signsOf({
    tier: voter.tier, network: request.clientNetwork, prefix: request.clientPrefix, fingerprint,
    core: fingerprint === undefined ? undefined : body.signals?.core, hosting: network.hosting === true, signals: body.signals, newcomer: session.votedBefore !== true,
  })
  return {
    network,
    evidence: gather({
      tier: voter.tier,
      signals: body.signals,
      signalsExpected: given,
      userAgent: request.headers['user-agent'],
      headers: clientHeaders(request.headers),
      fingerprintChanged: noteFingerprint(app, request, identified),
      gestureSeen: counts.gestureSeen,
      deviceSince: session.deviceSince,
      ...work,
      demandedStepUp: given && app.blocks.demands('step_up', projectId, { ip: request.clientAddress, device: voter.device }, now) ? true : undefined,
      sessionIssuedAt: session.issuedAt,
      // The dwell belongs to the challenge: a session without one promised nothing.
      leastDwellMs: given && session.difficulty !== undefined ? policy.challenge?.minimumDwellMs : undefined,
      network,
      arrivals: arrives ? gate.arrivals.arrive(projectId, request.clientNetwork, now) : undefined,
      accountSince: account?.accountSince,
      userTokenIssuedAt: account?.tokenIssuedAt,
      userSequence: sequence,
      cohort: given ? app.cohorts.find(projectId, itemId, signs, now) : undefined,
      rates: {
        voter: rateOf(counts.voter, request.windowNow(policy.windows.voter)),
        network: request.networkRate,
        prefix: request.prefixRate,
        item: rateOf(counts.item, policy.windows.item),
      },
    }, now),
  }
}

/** As a vote’s, without what only votes have: work, windows, gestures and cohorts. */
export function gatherFeedback(
  app: FastifyInstance, request: FastifyRequest, identified: Identified, signals: Signals | undefined, now: number,
): Evidence {
  const { voter, session, account } = identified
  return gather({
    tier: voter.tier, signals, userAgent: request.headers['user-agent'],
    headers: clientHeaders(request.headers), fingerprintChanged: noteFingerprint(app, request, identified), deviceSince: session.deviceSince,
    sessionIssuedAt: session.issuedAt, network: app.networks.find(request.clientAddress), accountSince: account?.accountSince,
    userTokenIssuedAt: account?.tokenIssuedAt, rates: { voter: undefined, network: undefined, item: undefined },
  }, now)
}

function noteFingerprint(app: FastifyInstance, request: FastifyRequest, { voter, session, fingerprint }: Identified): boolean | undefined {
  if (fingerprint === undefined) return undefined
  const changed = app.gate.fingerprints.show(voter.device, fingerprint, session.knownFingerprint)
  if (changed) {
    request.report({
      eventType: 'fingerprint_change', fingerprint, errorMessage: 'A device showed another fingerprint than before',
      detail: { device: voter.device },
    })
  }
  return changed
}
