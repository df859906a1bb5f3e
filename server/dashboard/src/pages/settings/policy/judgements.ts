/** What bands and rules do, for people. */
import type { PolicyAnswer } from '../../../../../contract/settings.ts'
import { count, words } from '../../../app/time.ts'

type Judged = PolicyAnswer['lastDay']['votes'][number]

const DONE: Record<string, string> = { allow: 'counted', log: 'counted, and noted', throttle: 'asked to wait', challenge: 'asked for more work', hold: 'held back', block: 'refused' }
const WOULD: Record<string, string> = { throttle: 'been asked to wait', challenge: 'been asked for more work', hold: 'been held back', block: 'been refused', log: 'been noted' }

/** `Counted; would have been held back`. */
export function judgedWords({ action, wouldHave, enforced = wouldHave ?? action }: Pick<Judged, 'action' | 'wouldHave'> & Partial<Judged>): string {
  const done = DONE[action] ?? words(action)
  const would = enforced !== action ? `; would have ${WOULD[enforced] ?? words(enforced)}`
    : wouldHave !== null ? `; a band that only logs would have had it ${DONE[wouldHave] ?? words(wouldHave)}` : ''
  return done.charAt(0).toUpperCase() + done.slice(1) + would
}

/** What enforcing would have changed in the last 24 hours, one sentence each; none: nothing. */
export function wouldHaveDone({ votes, cohorts, responses }: PolicyAnswer['lastDay']): string[] {
  const bands = votes.filter(({ action, enforced }) => enforced !== action)
    .map(({ enforced, votes: many, items }) => `${count(many, 'vote')} on ${count(items, 'item')} would have ${WOULD[enforced] ?? words(enforced)}.`)
  const groups = cohorts.wouldHold === 0 ? [] : [`${count(cohorts.wouldHold, 'group')} of votes that look like one mind would have been held back.`]
  const rules = responses.filter(({ mode }) => mode === 'log')
    .map(({ rule, action, times }) => `${words(rule)}: ${words(action)} would have happened ${times === 1 ? 'once' : `${times} times`}.`)
  return [...bands, ...groups, ...rules]
}
