/** What a response is, for a person who reads a notification: `Blocked 203.0.113.7 until 2026-11-03 12:30 UTC.` */
import type { ActionType } from '../../contract/rule.ts'
import type { ResponseRow } from '../../../db/queries/responses.ts'

const DONE: Readonly<Record<ActionType, [done: string, would: string]>> = {
  block: ['Blocked', 'block'],
  tighten_limits: ['Tightened the limits of', 'tighten the limits of'],
  end_sessions: ['Ended the sessions of', 'end the sessions of'],
  lock_out: ['Locked out', 'lock out'],
  suspend_key: ['Suspended', 'suspend'],
  hold_votes: ['Held', 'hold'],
  invalidate_votes: ['Invalidated', 'invalidate'],
  require_step_up: ['Asks for more work from', 'ask for more work from'],
}

export function responseWords({ action, target, mode, expiresAt, detail }: ResponseRow): string {
  const [done, would] = DONE[action]
  const what = `${detail.votes === undefined ? '' : `${detail.votes} `}${target}`
  const until = `until ${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return mode === 'log' ? `Would ${would} ${what} ${until}${detail.because === undefined ? '' : `, but ${detail.because}`}.` : `${done} ${what} ${until}.`
}
