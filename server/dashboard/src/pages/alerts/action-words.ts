/** What a response is, in words. */
import type { RuleResponse } from '../../../../contract/response.ts'

const DONE: Record<RuleResponse['action'], readonly [done: string, would: string]> = {
  block: ['Blocked', 'Would block'],
  tighten_limits: ['Tightened the limits of', 'Would tighten the limits of'],
  end_sessions: ['Ended the sessions of', 'Would end the sessions of'],
  lock_out: ['Locked out', 'Would lock out'],
  suspend_key: ['Suspended', 'Would suspend'],
  hold_votes: ['Held', 'Would hold'],
  invalidate_votes: ['Invalidated', 'Would invalidate'],
  require_step_up: ['Asks for more work from', 'Would ask for more work from'],
}

/** `Blocked`, to stand before its target. @param action a name the server may know and this page does not */
export function actionWords(action: string, mode: string): string {
  const pair = Object.hasOwn(DONE, action) ? DONE[action as RuleResponse['action']] : undefined
  if (pair === undefined) return action.replaceAll('_', ' ')
  return mode === 'none' ? `Did not act: ${pair[1].replace('Would ', '')}` : pair[mode === 'enforce' ? 0 : 1]
}
