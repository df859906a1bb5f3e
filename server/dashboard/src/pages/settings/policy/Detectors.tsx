import type { PolicyAnswer } from '../../../../../contract/settings.ts'
import { words } from '../../../app/time.ts'
import { Meter, Panel } from '../../../components/Page.tsx'
import './policy.css'

/** What each detector adds to a score, under the cap of its group. */
export function Detectors({ policy: { policy, detectors } }: { policy: PolicyAnswer }) {
  const { verified, stepUp } = policy.credits
  return (
    <Panel title="What makes a score">
      <p>A group of detectors adds its cap at most. A verified identity takes {verified} off, solved extra work {stepUp}.</p>
      {Object.entries(policy.caps).map(([group, cap]) => (
        <section key={group} class="detector-group" aria-label={group}>
          <div class="row spread"><h3>{words(group)}</h3><span class="small muted">at most {cap}</span></div>
          <ul>
            {detectors.filter((detector) => detector.group === group).toSorted((a, b) => b.weight - a.weight).map(({ name, weight }) => (
              <li key={name}><span>{words(name)}</span><Meter share={weight} /><span class="number">{weight === 0 ? 'off' : weight}</span></li>
            ))}
          </ul>
        </section>
      ))}
    </Panel>
  )
}
