import type { Verdict } from './judge.ts'

/** What the policy on trial would have done; stored with the live policy's decision. */
export type Disagreement = Pick<Verdict, 'policy' | 'action' | 'wouldHave' | 'score'>

/**
 * null where both do the same, and would do the same in bands that only log. Scores alone are no disagreement: a policy with
 * other weights differs in nearly all of them.
 */
export function disagreement(live: Verdict, { policy, action, wouldHave, score }: Verdict): Disagreement | null {
  if (live.action === action && live.wouldHave === wouldHave) return null
  return { policy, action, ...(wouldHave === undefined ? {} : { wouldHave }), score }
}
