/** One rule: what it looks for, what to do about it, and whether it acts, beside what it would have found. */
import type { Rule } from '../../../../../contract/alert.ts'
import type { Correlation } from '../../../../../contract/rule.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { figure, percent } from '../../../app/time.ts'
import { Badge, SeverityBadge } from '../../../components/Badges.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Prose } from '../../../components/Prose.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { Backtest } from './Backtest.tsx'
import { ModeSwitch } from './ModeSwitch.tsx'
import { RuleMode } from './RuleMode.tsx'
import { actionWords, durationWords, thresholdWords, unwrapped } from './rule-words.ts'

export function RulePage({ name }: { name: string }) {
  const { href } = useView()
  const loaded = useLoad((signal) => get<Rule>(`/security/v1/rules/${encodeURIComponent(name)}`, {}, signal), [name])
  return (
    <>
      <p><a href={href({ rule: null, span: null })}>All rules</a></p>
      <Ready of={loaded}>
        {(rule) => (
          <>
            <About rule={rule} />
            <div class="columns">
              <ModeSwitch rule={rule} replace={(next) => loaded.replace(() => next)} />
              <Backtest rule={rule} />
            </div>
          </>
        )}
      </Ready>
    </>
  )
}

function About({ rule }: { rule: Rule }) {
  const { title, name, level, description, triage, falsepositives, tags, actions, alerts, falsePositiveRatio, evaluation, file, shipped, version, escalate } = rule
  return (
    <Panel title={title} actions={<><SeverityBadge severity={level} /><RuleMode rule={rule} /></>}>
      {description !== null && <p class="prose"><Prose text={unwrapped(description)} max={2000} /></p>}
      <Facts facts={[
        ['Alerts when', thresholdWords(rule.correlation as Correlation)],
        escalate.length > 0 && ['Graver', escalate.map(({ level: to, condition, after }) => `${to} ${after === undefined ? Object.entries(condition ?? {}).map(([bound, value]) => `${bound === 'gt' ? 'above' : 'from'} ${value}`).join(' and ') : `after ${durationWords(after)}`}`).join('; ')],
        ['Does', actions.length === 0 ? 'nothing by itself' : <ul class="bare">{actions.map((action) => (
          <li key={`${action.type} ${action.target}`}>{actionWords(action)} {action.mode === 'log' && <Badge tone="medium">only written down</Badge>}</li>
        ))}</ul>],
        ['Last 30 days', <>{alerts === 0 ? 'no alerts' : <a href={`/dashboard/alerts?rule=${name}`}>{figure(alerts)} {alerts === 1 ? 'alert' : 'alerts'}</a>}{falsePositiveRatio !== null && `, ${percent(falsePositiveRatio)} of those looked at were false alarms`}</>],
        evaluation !== null && ['Last look', <><Time at={evaluation.at} />, in {evaluation.ms.toFixed(0)} ms{evaluation.error !== null && <>: <Untrusted text={evaluation.error} /></>}</>],
        tags.length > 0 && ['Tags', tags.join(', ')],
        ['From', <>{shipped ? 'ships with Truetally' : 'this installation’s own'}: <code>{file}</code>, text <code>{version}</code></>],
      ]} />
      {triage !== null && <><h3>What to look at first</h3><p class="prose"><Prose text={unwrapped(triage)} max={3000} /></p></>}
      {falsepositives.length > 0 && <><h3>What may look like it</h3><ul>{falsepositives.map((text) => <li key={text}><Prose text={text} max={600} /></li>)}</ul></>}
    </Panel>
  )
}
