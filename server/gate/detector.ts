/**
 * A detector draws one conclusion from the facts. It knows no weights: those are the policy’s (gate/policies).
 * To add one: a file in detectors/, its test beside it, a line in registry.ts, a weight in the policy.
 */
import type { Evidence } from './evidence.ts'

export type Group = 'automation' | 'network' | 'velocity' | 'integrity' | 'behaviour' | 'reputation'

/** 0 (nothing) to 1 (certain), or which fact it would have needed. Missing evidence is named, and scores nothing. */
export type Finding = { value: number } | { missing: string }

export interface Detector {
  name: string
  group: Group
  detect(evidence: Evidence): Finding
}
