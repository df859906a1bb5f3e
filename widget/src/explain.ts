/** Turns a problem into a sentence that names what the visitor can do. */
import type { Problem } from './api.ts'
import type { MessageKey } from './messages/en.ts'
import type { Translator } from './translate.ts'

const SENTENCES: Readonly<Record<string, MessageKey>> = {
  network: 'problem_network',
  timeout: 'problem_network',
  blocked: 'problem_blocked',
  origin_not_allowed: 'problem_origin_not_allowed',
  rate_limited: 'problem_rate_limited',
  voting_closed: 'problem_voting_closed',
  already_voted: 'problem_already_voted',
  verification_required: 'problem_verification_required',
}

export function explain(problem: Problem, translate: Translator['translate']): string {
  if (problem.code === 'rate_limited' && problem.retryAfter) {
    return translate('problem_rate_limited_seconds', { count: problem.retryAfter })
  }
  return translate(SENTENCES[problem.code] ?? (problem.status >= 500 ? 'problem_busy' : 'problem_unknown'))
}
