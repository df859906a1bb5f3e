/** What the ledger says of one vote: the decision row, and an event where the verdict is worth one. */
import type { FastifyRequest } from 'fastify'
import type { DecisionRow } from '../../../db/queries/decisions.ts'
import type { Severity } from '../../contract/primitives.ts'
import type { VoteRequest } from '../../contract/widget.ts'
import type { Verdict } from '../../gate/judge.ts'
import type { Policy } from '../../gate/policies/policy.ts'
import type { Ballot, Outcome } from '../../gate/settle.ts'
import { newDecisionId } from '../../ledger/decision-id.ts'
import type { Identified } from './identification.ts'
import type { VoteFacts } from './vote-evidence.ts'

export interface Judged {
  identified: Identified
  facts: VoteFacts
  verdict: Verdict
  shadow: DecisionRow['shadow']
  ballot: Ballot
}

export function decisionOf(
  request: FastifyRequest, { identified, facts, verdict, shadow, ballot }: Judged, outcome: Extract<Outcome, { state: unknown }>,
  body: VoteRequest, policy: Policy,
): DecisionRow {
  const { voter, fingerprint, session } = identified
  // The first reason stands: whoever takes a held vote back and gives it again must not come by a lighter one.
  // And a cohort weighs more than a seat: it is not over when the bucket looks like people.
  const reason = outcome.seatTaken === true && verdict.heldFor !== 'cohort' ? 'seat' : (verdict.heldFor ?? null)
  const heldFor = outcome.state !== 'h' || outcome.before === true ? null : reason
  // The machine’s hash is part of the fingerprint: one may not be kept where the other may not be taken.
  const { core, ...signals } = body.signals ?? {}
  return {
    projectId: ballot.projectId, decisionId: newDecisionId(ballot.castAt), decidedAt: ballot.castAt,
    itemId: ballot.itemId, voter: ballot.voter, tier: ballot.tier, value: ballot.value, state: outcome.state,
    score: verdict.score, action: verdict.action, wouldHave: verdict.wouldHave ?? null, policy: verdict.policy, breakdown: verdict.breakdown,
    ipAddress: request.clientAddress, network: request.clientNetwork, fingerprint: fingerprint ?? null,
    device: voter.device, userAgent: request.headers['user-agent']?.slice(0, 300) ?? null, origin: request.widgetOrigin,
    endUser: voter.user ?? null, signals: body.signals === undefined ? null : signals,
    core: fingerprint === undefined ? null : core ?? null, asn: facts.network.asn ?? null, hosting: facts.network.hosting ?? null, country: facts.network.country ?? null,
    heldFor, cohortId: heldFor === 'cohort' ? verdict.cohortId ?? null : null,
    heldUntil: heldFor === 'age' ? oldEnoughAt(identified, policy) : null, newcomer: session.votedBefore !== true,
    shadow,
  }
}

function oldEnoughAt({ session, account }: Identified, { minimumAge }: Policy): number {
  return Math.max(session.deviceSince + minimumAge.deviceMs, account?.accountSince === undefined ? 0 : account.accountSince + minimumAge.accountMs)
}

const VERDICT_SEVERITY: Partial<Record<Verdict['action'], Severity>> = { log: 'low', throttle: 'low', challenge: 'low', hold: 'medium', block: 'high' }

const PASSED = { 'A vote': 'counted', 'A session': 'let in', Feedback: 'taken' } as const
type Subject = keyof typeof PASSED
const DONE: Partial<Record<Verdict['action'], string>> = { throttle: 'asked to wait', challenge: 'asked for more work', hold: 'held back', block: 'refused' }
const WOULD: Partial<Record<Verdict['action'], string>> = { throttle: 'asked it to wait', challenge: 'asked it for more work', hold: 'held it back', block: 'refused it', log: 'noted it' }

/** `counted; the policy would have refused it`. */
const outcomeWords = (subject: Subject, action: Verdict['action'], wouldHave: Verdict['wouldHave']): string =>
  `${DONE[action] ?? PASSED[subject]}${wouldHave === undefined ? '' : `; the policy would have ${WOULD[wouldHave] ?? 'let it pass'}`}`

/** What would have been done counts, not what was: a band in log mode is there to be read about. */
export function reportVerdict(
  request: FastifyRequest, { action, wouldHave, heldFor, demanded, score, policy, breakdown }: Verdict, subject: Subject = 'A vote',
): void {
  const severity = VERDICT_SEVERITY[wouldHave ?? action]
  // The cohort that holds it has its own event, as has the rule that demands work; a vote that waits for its voter’s age is no suspicion.
  if (severity === undefined || heldFor === 'cohort' || heldFor === 'age' || demanded === true) return
  request.report({
    eventType: 'suspicious_activity',
    severity,
    errorMessage: `${subject} scored ${score.toFixed(2)}: ${outcomeWords(subject, action, wouldHave)}`,
    detail: { kind: 'score', score, policy, detectors: breakdown.found.map((found) => found.detector) },
  })
}
