import type { PolicyAnswer } from '../../../../../contract/settings.ts'
import { count, figure, span } from '../../../app/time.ts'
import { Facts, Panel } from '../../../components/Page.tsx'

const limit = ({ limit: most, windowMs }: { limit: number; windowMs: number }): string => `${figure(most)} in ${span(windowMs)}`

/** The policy’s other figures. Changed in its file (GATE_POLICY), with a restart. */
export function Limits({ policy: { challenge, windows, minimumAge, bucketSeats, cohorts, release } }: { policy: PolicyAnswer['policy'] }) {
  return (
    <Panel title="Figures">
      <p class="muted">These come from the policy’s file and change with a restart. <a href="/policy.schema.json">Its schema</a></p>
      <Facts facts={[
        ['Votes of a voter', limit(windows.voter)],
        ['of a network', limit(windows.network)],
        ['of an IPv6 /48', limit(windows.prefix)],
        ['Work for a session', challenge === null ? 'none' : `${challenge.difficulty} bits; ${challenge.suspectDifficulty} where it looks odd`],
        challenge !== null && ['Extra work for a vote', `${challenge.stepUpDifficulty} bits within ${span(challenge.stepUpTtlMs)}`],
        challenge !== null && ['Shortest visit', `${challenge.minimumDwellMs / 1000} s`],
        ['Youngest device', minimumAge.deviceMs === 0 ? 'any age' : span(minimumAge.deviceMs)],
        ['Youngest account', minimumAge.accountMs === 0 ? 'any age' : span(minimumAge.accountMs)],
        ['Seats of a fingerprint', `${count(bucketSeats, 'vote')} of one on an item`],
        ['Cohorts', `${figure(cohorts.leastVoters)} voters or more, within ${span(cohorts.horizonMs)}, by chance less than ${cohorts.significance}`],
        ['A cohort stands', span(cohorts.standsMs)],
        ['A surge', `${figure(cohorts.surge.leastVotes)} votes or more on an item within ${span(cohorts.surge.windowMs)}`],
        ['Released by itself', `after ${span(release.seatMs)}, or ${span(release.fewMs)} where few voted`],
      ]} />
    </Panel>
  )
}
