/** What a policy is: numbers and modes, no code. A verdict stores the version it was judged under. */
export type {
  Band, BandRule, ChallengePolicy, CohortPolicy, Endpoint, Policy, ReleasePolicy, WindowLimit,
} from '../../contract/policy.ts'
