/** What the rule would have found in a stretch of the ledger, and what it would have done about it. */
import { useEffect, useState } from 'preact/hooks'
import type { BacktestAnswer, Rule } from '../../../../../contract/alert.ts'
import { useCan, useProjectName } from '../../../app/account.ts'
import { post } from '../../../app/api.ts'
import { fieldWords } from '../../../app/field-words.ts'
import { useAction } from '../../../app/load.ts'
import { useProject, useView } from '../../../app/query.ts'
import { count, figure } from '../../../app/time.ts'
import { SeverityBadge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { SelectField } from '../../../components/Field.tsx'
import { ProblemNote, Waiting } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { type Replayed, actionWords, doneAbout } from './rule-words.ts'
import './rules.css'

const SPANS = [['1', 'the last 24 hours'], ['7', 'the last 7 days'], ['30', 'the last 30 days'], ['90', 'the last 90 days']] as const
const SHOWN = 50

export function Backtest({ rule }: { rule: Rule }) {
  const can = useCan()
  const { query, set } = useView()
  const { project } = useProject()
  const days = SPANS.find(([id]) => id === query['span'])?.[0] ?? '7'
  const [found, setFound] = useState<BacktestAnswer | undefined>()
  const run = useAction(async () => {
    setFound(undefined)
    setFound(await post<BacktestAnswer>(`/security/v1/rules/${rule.name}/backtest`, { since: Date.now() - Number(days) * 86_400_000, ...(project === undefined ? {} : { project }) }))
  })
  return (
    <Panel title="Back-test">
      <p>The same rule over what is in the ledger. Nothing is stored, done or told.</p>
      {can('moderator') ? (
        <form class="row backtest" onSubmit={(event) => { event.preventDefault(); void run.run() }}>
          <SelectField label="Over" value={days} any={null} options={SPANS} onChange={(next) => set({ span: next }, { replace: true })} />
          <button type="submit" class="button" aria-busy={run.busy}>Run</button>
        </form>
      ) : <p class="muted">A moderator can run one.</p>}
      {run.busy && <Progress days={Number(days)} />}
      <ProblemNote problem={run.problem} />
      {found !== undefined && <Found found={found} rule={rule} />}
    </Panel>
  )
}

function Progress({ days }: { days: number }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  // The seconds are for the eye; a screen reader hears once that it runs.
  return <Waiting>Going through {count(days, 'day')} of the ledger…<span aria-hidden="true"> {seconds} s</span></Waiting>
}

const columns = (projectName: (id: string | null) => string): Column<Replayed>[] => [
  { head: 'About', kind: 'primary', cell: ({ group }) => <About group={group} /> },
  { head: 'Severity', kind: 'tight', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  { head: 'Began', kind: 'tight', cell: ({ startsAt }) => <Time at={startsAt} /> },
  { head: 'Measured', kind: 'number', cell: ({ value }) => figure(Math.round(value * 100) / 100) },
  { head: 'Project', cell: ({ projectId }) => <Untrusted text={projectName(projectId)} max={40} /> },
]

function Found({ found, rule }: { found: BacktestAnswer; rule: Rule }) {
  const projectName = useProjectName()
  const [all, setAll] = useState(false)
  const done = found.alerts.map((alert) => doneAbout(alert, rule.actions))
  const totals = rule.actions.map((action) => ({ action, times: done.filter((actions) => actions.includes(action)).length }))
  const shown = all ? found.alerts : found.alerts.slice(0, SHOWN)
  return (
    <>
      <div class={`note ${found.found === 0 ? 'good' : ''}`} role="status">
        <div>
          <p>
            <strong>{found.found === 0 ? 'No alert.' : `${count(found.found, 'alert')}.`}</strong>{' '}
            {found.found === 0 ? 'It would have stayed silent, and done nothing.' : totals.length === 0 ? 'It would have done nothing by itself.' : 'If it acted, it would have asked to:'}
          </p>
          {found.found > 0 && totals.length > 0 && <ul>{totals.map(({ action, times }) => <li key={`${action.type} ${action.target}`}>{actionWords(action)}: <strong>{times === 1 ? 'once' : `${figure(times)} times`}</strong></li>)}</ul>}
          <p class="small muted">Gone through in {(found.tookMs / 1000).toFixed(1)} s. What stands already, who is allowed and whom a person freed is left alone, so it may have been less.{found.found > found.alerts.length && ` Counted over the first ${figure(found.alerts.length)}.`}</p>
        </div>
      </div>
      {shown.length > 0 && (
        <DataTable caption="Alerts it would have raised" rows={shown} rowKey={({ projectId, startsAt, group }) => JSON.stringify([projectId, startsAt, group])} columns={columns(projectName)} />
      )}
      {shown.length < found.alerts.length && <div class="row"><button type="button" class="button" onClick={() => setAll(true)}>Show all {figure(found.alerts.length)}</button></div>}
    </>
  )
}

function About({ group }: { group: Record<string, string> }) {
  const fields = Object.entries(group)
  if (fields.length === 0) return <span class="muted">all of it</span>
  return <>{fields.map(([field, value], index) => <span key={field}>{index > 0 && ', '}<span class="muted small">{fieldWords(field)}</span> <Untrusted text={value} max={60} /></span>)}</>
}
