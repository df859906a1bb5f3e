import type { Mode, PolicyAnswer } from '../../../../../contract/settings.ts'
import { count, figure, words } from '../../../app/time.ts'
import { Badge } from '../../../components/Badges.tsx'
import { Empty } from '../../../components/Loading.tsx'
import { Meter, Panel } from '../../../components/Page.tsx'
import { judgedWords } from './judgements.ts'
import './policy.css'

/** What was done in the last 24 hours, and what would have been. */
export function LastDay({ day: { votes, cohorts, responses }, mode }: { day: PolicyAnswer['lastDay']; mode: Mode }) {
  const all = votes.reduce((sum, row) => sum + row.votes, 0)
  return (
    <Panel title="The last 24 hours">
      {all === 0 ? <Empty>No vote was recorded.</Empty> : (
        <ul class="shares" aria-label="Votes by what was done">
          {votes.map((row) => (
            <li key={`${row.action} ${row.wouldHave} ${row.enforced}`}>
              <span>{judgedWords(row)}</span>
              <span class="number">{count(row.votes, 'vote')} <span class="muted small">on {count(row.items, 'item')}</span></span>
              <Meter share={row.votes / all} tone={row.enforced === row.action ? '' : 'warn'} />
            </li>
          ))}
        </ul>
      )}
      <p>
        {cohorts.held + cohorts.wouldHold === 0 ? 'No group of votes looked like one mind.'
          : `Groups that look like one mind: ${figure(cohorts.held)} held, ${figure(cohorts.wouldHold)} only written down.`}
      </p>
      {responses.length > 0 && (
        <ul class="plain" aria-label="What rules did">
          {responses.map(({ rule, action, mode: done, times, votes: moved }) => (
            <li key={`${rule} ${action} ${done}`} class="row spread">
              <span><a href={`/dashboard/settings/rules?rule=${encodeURIComponent(rule)}`}>{words(rule)}</a>: {words(action)}{moved > 0 ? ` (${count(moved, 'vote')})` : ''}</span>
              <span class="row"><span class="number">{count(times, 'time')}</span><Badge tone={done === 'log' ? 'medium' : 'good'}>{done === 'log' ? 'would have' : 'done'}</Badge></span>
            </li>
          ))}
        </ul>
      )}
      {responses.length === 0 && <p class="muted">{mode === 'log' ? 'No rule would have done anything.' : 'No rule did anything.'}</p>}
      <p class="muted small">Refused requests are not recorded as votes; they show as events.</p>
    </Panel>
  )
}
