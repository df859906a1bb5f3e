/**
 * Evidence in, verdict out. Pure: the same evidence, policy and time give the same verdict, so that any decision in the
 * ledger can be explained and judged again under another policy.
 */
import { detectors as registered } from './detectors/registry.ts'
import type { Detector, Group } from './detector.ts'
import type { Evidence, Fact, Rate } from './evidence.ts'
import type { Band, BandRule, Endpoint, Policy } from './policies/policy.ts'

export interface Contribution {
  detector: string
  group: Group
  value: number
  weight: number
}
export interface Breakdown {
  found: Contribution[]
  credits: { name: string; value: number }[]
  missing: string[]
}
/** Why a vote is held, apart from its fingerprint’s seat, which only the ballots of others decide (settle.ts). */
export type HeldFor = 'score' | 'cohort' | 'age'

export interface Verdict {
  action: 'allow' | Band
  /** What a band in log mode would have done, where that differs. */
  wouldHave?: Band
  score: number
  policy: string
  breakdown: Breakdown
  /** For throttle: seconds until it is worth asking again. */
  retryAfter?: number
  /** For hold. */
  heldFor?: HeldFor
  /** The standing cohort that held it. */
  cohortId?: number
  /** A rule’s demand alone makes it a challenge: what follows from a detection is no evidence for another. */
  demanded?: true
}

export interface JudgeOptions {
  endpoint?: Endpoint
  detectors?: readonly Detector[]
}

export function judge(evidence: Evidence, policy: Policy, now: number, { endpoint = 'PUT vote', detectors = registered }: JudgeOptions = {}): Verdict {
  const breakdown = weigh(evidence, policy, detectors)
  const asked = passedStepUp(evidence) && bandOf(total(breakdown, policy), policy.bands[endpoint]).action === 'challenge'
  // Solved work lifts a vote out of the band that asks for it, and out of no other: whoever has more against them would buy it off.
  if (asked) breakdown.credits.push({ name: 'step-up', value: policy.credits.stepUp })
  const score = total(breakdown, policy)
  const base = { score, policy: policy.version, breakdown }

  const waits = [evidence.voterRate, evidence.networkRate, evidence.prefixRate]
    .flatMap((rate) => (rate.state === 'known' ? [secondsUntilFree(rate.value, now)] : []))
  const retryAfter = Math.max(0, ...waits)
  if (retryAfter > 0) return { ...base, action: 'throttle', retryAfter }

  const verdict: Verdict = { ...base, ...bandOf(score, policy.bands[endpoint], asked) }
  if (verdict.action === 'hold') verdict.heldFor = 'score'
  return endpoint === 'PUT vote' ? askForWork(holdForOthers(verdict, evidence, policy), evidence, policy) : verdict
}

/** `passed`: the step-up is asked once, and whoever solved it is not asked again. */
function bandOf(score: number, bands: readonly BandRule[], passed = false): Pick<Verdict, 'action' | 'wouldHave'> {
  let action: Verdict['action'] = 'allow'
  let wouldHave: Band | undefined
  for (const rule of bands) {
    if (score < rule.from) break
    if (rule.band === 'challenge' && passed) continue
    if (rule.mode === 'enforce') {
      action = rule.band
      wouldHave = undefined
    } else {
      wouldHave = rule.band
    }
  }
  return wouldHave === undefined ? { action } : { action, wouldHave }
}

const passedStepUp = ({ stepUp }: Evidence): boolean => stepUp.state === 'known' && stepUp.value
const STRICTNESS: readonly Verdict['action'][] = ['allow', 'log', 'throttle', 'challenge', 'hold', 'block']

/** Held for what the vote belongs to or how young its voter is, where nothing stricter has been decided yet. */
function holdForOthers(verdict: Verdict, evidence: Evidence, policy: Policy): Verdict {
  if (STRICTNESS.indexOf(verdict.action) >= STRICTNESS.indexOf('hold')) return verdict
  if (evidence.cohort.state === 'known') {
    if (policy.cohorts.mode === 'log') return { ...verdict, wouldHave: strictest(verdict.wouldHave, 'hold') }
    return { ...verdict, action: 'hold', heldFor: 'cohort', cohortId: evidence.cohort.value }
  }
  const { deviceMs, accountMs } = policy.minimumAge
  const young = youngerThan(evidence.deviceAgeMs, deviceMs) && !isVerified(evidence) || youngerThan(evidence.accountAgeMs, accountMs)
  return young ? { ...verdict, action: 'hold', heldFor: 'age' } : verdict
}

/** At least a challenge where a rule demands one, and never more than that. Whoever solved it has given what was asked. */
function askForWork(verdict: Verdict, evidence: Evidence, policy: Policy): Verdict {
  const { demandedStepUp: demanded } = evidence
  if (demanded.state !== 'known' || !demanded.value || policy.challenge === null || passedStepUp(evidence)) return verdict
  if (STRICTNESS.indexOf(verdict.action) >= STRICTNESS.indexOf('challenge')) return verdict
  return { ...verdict, action: 'challenge', demanded: true }
}

const strictest = (one: Band | undefined, other: Band): Band =>
  one !== undefined && STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other
const youngerThan = (age: Fact<number>, least: number): boolean => age.state === 'known' && age.value < least
const isVerified = ({ tier }: Evidence): boolean => tier.state === 'known' && tier.value === 'verified'

function weigh(evidence: Evidence, policy: Policy, detectors: readonly Detector[]): Breakdown {
  const breakdown: Breakdown = { found: [], credits: [], missing: [] }
  for (const { name, group, detect } of detectors) {
    const finding = detect(evidence)
    if ('missing' in finding) {
      if (!breakdown.missing.includes(finding.missing)) breakdown.missing.push(finding.missing)
    } else if (finding.value > 0) {
      breakdown.found.push({ detector: name, group, value: round(finding.value), weight: policy.weights[name] ?? 0 })
    }
  }
  if (isVerified(evidence)) breakdown.credits.push({ name: 'verified', value: policy.credits.verified })
  return breakdown
}

function total(breakdown: Breakdown, policy: Policy): number {
  const groups = new Map<Group, number>()
  for (const { group, value, weight } of breakdown.found) groups.set(group, (groups.get(group) ?? 0) + value * weight)
  let raw = 0
  for (const [group, sum] of groups) raw += Math.min(policy.caps[group], sum)
  for (const credit of breakdown.credits) raw -= credit.value
  return round(Math.min(1, Math.max(0, raw)))
}

/**
 * 0 within the limit. Otherwise until the aligned window ends, and then until enough of it has faded: windows slide
 * (gate/windows.ts), so the end of one does not forgive what was counted in it.
 */
export function secondsUntilFree({ count, limit, windowMs }: Rate, now: number): number {
  if (count <= limit) return 0
  // The first whole second after that, not the one it falls on: the next vote counts as well.
  return Math.floor((windowMs - (now % windowMs) + windowMs * (1 - limit / count)) / 1000) + 1
}

const round = (value: number): number => Math.round(value * 1000) / 1000
