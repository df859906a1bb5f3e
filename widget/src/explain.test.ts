import { expect, it } from 'vitest'
import { Problem } from './api.ts'
import { explain } from './explain.ts'
import { createTranslator } from './translate.ts'

const { translate } = createTranslator('en')

it.each([
  [new Problem('network'), 'could not be reached'],
  [new Problem('timeout'), 'could not be reached'],
  [new Problem('rate_limited', 429, {}, 30), 'Try again in 30 seconds'],
  [new Problem('rate_limited', 429, {}, 1), 'Try again in 1 second.'],
  [new Problem('rate_limited', 429), 'in a little while'],
  [new Problem('overloaded', 503), 'busy'],
  [new Problem('http_502', 502), 'busy'],
  [new Problem('blocked', 403), 'Contact the owner'],
  [new Problem('origin_not_allowed', 403), 'not set up'],
  [new Problem('voting_closed', 409), 'has closed'],
  [new Problem('already_voted', 409), 'counted already'],
  [new Problem('verification_required', 401), 'Sign in'],
  [new Problem('a_code_from_the_future', 400), 'Something went wrong'],
])('%s names what to do', (problem, words) => {
  expect(explain(problem, translate)).toContain(words)
})
