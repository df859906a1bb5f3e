import type { BandRule, Policy } from './policy.ts'

/** What the version of a policy ends with while it only writes down; no policy of its own may be named so. */
export const LOG_SUFFIX = '-log'

/** The same policy with every band and cohort only writing down what it would have done. */
export function onlyLogged(policy: Policy): Policy {
  return {
    ...policy,
    version: `${policy.version}${LOG_SUFFIX}`,
    bands: {
      'POST sessions': policy.bands['POST sessions'].map(logged),
      'PUT vote': policy.bands['PUT vote'].map(logged),
      'POST feedback': policy.bands['POST feedback'].map(logged),
    },
    cohorts: { ...policy.cohorts, mode: 'log' },
  }
}

/** The log band does nothing else anyway, and as an action it is what the ledger's readers look for. */
const logged = (rule: BandRule): BandRule => (rule.band === 'log' ? rule : { ...rule, mode: 'log' })
