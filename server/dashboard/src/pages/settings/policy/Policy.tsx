/** The policy in force: whether it acts, what it did and would have done, and what it consists of. */
import type { PolicyAnswer, Settings } from '../../../../../contract/settings.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { Ready } from '../../../components/Loading.tsx'
import { Bands } from './Bands.tsx'
import { Detectors } from './Detectors.tsx'
import { GateMode } from './GateMode.tsx'
import { LastDay } from './LastDay.tsx'
import { Limits } from './Limits.tsx'
import { Trial } from './Trial.tsx'

export default function Policy() {
  const loaded = useLoad(async (signal) => {
    const [policy, settings] = await Promise.all([get<PolicyAnswer>('/operator/v1/policy', {}, signal), get<Settings>('/operator/v1/settings', {}, signal)])
    return { policy, settings }
  }, [], { everyMs: 60_000 })
  return (
    <Ready of={loaded}>
      {({ policy, settings }) => (
        <>
          <div class="columns">
            <GateMode policy={policy} setting={settings.gateMode} changed={loaded.reload} />
            <LastDay day={policy.lastDay} mode={policy.mode} />
          </div>
          <Bands policy={policy} />
          <Trial version={policy.shadow} />
          <div class="columns">
            <Detectors policy={policy} />
            <Limits policy={policy.policy} />
          </div>
        </>
      )}
    </Ready>
  )
}
