/**
 * Evidence in, verdict out. Pure: the same evidence, policy and time give the same verdict, so that any decision in the
 * ledger can be explained and judged again under another policy.
 */
import { detectors as registered } from './detectors/registry.ts'
import type { Detector, Group } from './detector.ts'
import type { Evidence, Rate } from './evidence.ts'
import type { Band, Policy } from './policies/policy.ts'

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
export interface Verdict {
  action: 'allow' | Band
  /** What a band in log mode would have done, where that differs. */
  wouldHave?: Band
  score: number
  policy: string
  breakdown: Breakdown
  /** For throttle: seconds until it is worth asking again. */
  retryAfter?: number
}

export function judge(evidence: Evidence, policy: Policy, now: number, detectors: readonly Detector[] = registered): Verdict {
  const breakdown = weigh(evidence, policy, detectors)
  const score = total(breakdown, policy)
  const base = { score, policy: policy.version, breakdown }

  const waits = [evidence.voterRate, evidence.networkRate].flatMap((rate) => (rate.state === 'known' ? [secondsUntilFree(rate.value, now)] : []))
  const retryAfter = Math.max(0, ...waits)
  if (retryAfter > 0) return { ...base, action: 'throttle', retryAfter }

  let action: Verdict['action'] = 'allow'
  let wouldHave: Band | undefined
  for (const rule of policy.voteBands) {
    if (score < rule.from) break
    if (rule.mode === 'enforce') {
      action = rule.band
      wouldHave = undefined
    } else {
      wouldHave = rule.band
    }
  }
  return wouldHave === undefined ? { ...base, action } : { ...base, action, wouldHave }
}

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
  if (evidence.tier.state === 'known' && evidence.tier.value === 'verified') {
    breakdown.credits.push({ name: 'verified', value: policy.credits.verified })
  }
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
