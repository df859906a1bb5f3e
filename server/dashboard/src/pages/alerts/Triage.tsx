/** What the rule says of itself: what to look at first, and how it can be wrong. */
import type { Rule } from '../../../../contract/alert.ts'
import { get } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { count, percent } from '../../app/time.ts'
import { Ready } from '../../components/Loading.tsx'
import { Facts, Panel } from '../../components/Page.tsx'
import { Prose } from '../../components/Prose.tsx'
import { useLink } from './AlertBadges.tsx'

export function Triage({ rule: name }: { rule: string }) {
  const link = useLink()
  const rule = useLoad((signal) => get<Rule>(`/security/v1/rules/${encodeURIComponent(name)}`, {}, signal), [name])
  const gone = rule.problem?.status === 404
  return (
    <Panel title="What to look at first" actions={<a class="small" href={link('settings/rules', { rule: name })}>the rule</a>}>
      {gone ? <p class="muted">The rule {name} is not loaded any more.</p> : (
        <Ready of={rule}>
          {({ triage, description, falsepositives, mode, alerts, falsePositiveRatio }) => (
            <>
              {paragraphsOf(triage).map((text) => <p class="prose" key={text}><Prose text={text} max={2000} /></p>)}
              {paragraphsOf(description).map((text) => <p class="prose muted" key={text}><Prose text={text} max={2000} /></p>)}
              {falsepositives.length > 0 && <div><h3>When it is wrong</h3><ul class="prose">{falsepositives.map((text) => <li key={text}><Prose text={text} max={400} /></li>)}</ul></div>}
              <Facts facts={[
                ['Rule', name],
                ['Acts', mode === 'enforce' ? 'by itself' : 'not: it only writes down what it would do'],
                ['In 30 days', `${count(alerts, 'alert')}${falsePositiveRatio === null ? '' : `, ${percent(falsePositiveRatio)} of those judged were wrong`}`],
              ]} />
            </>
          )}
        </Ready>
      )}
    </Panel>
  )
}

/** Lines of a file are no lines of a page. */
const paragraphsOf = (text: string | null): string[] => (text ?? '').split(/\n\s*\n/).map((part) => part.replaceAll(/\s+/g, ' ').trim()).filter((part) => part !== '')
