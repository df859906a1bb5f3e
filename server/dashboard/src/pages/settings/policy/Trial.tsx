/** The policy on trial beside the live one: where they disagree. */
import type { ShadowAnswer } from '../../../../../contract/security.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useProject } from '../../../app/query.ts'
import { count, percent } from '../../../app/time.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { judgedWords } from './judgements.ts'

const judged = ({ action, wouldHave }: ShadowAnswer['disagreements'][number]['live']): string => judgedWords({ action, wouldHave: wouldHave ?? null })

export function Trial({ version }: { version: string | null }) {
  const { project } = useProject()
  const loaded = useLoad((signal) => get<ShadowAnswer>('/security/v1/shadow', { project }, signal), [project, version])
  return (
    <Panel title="A policy on trial">
      <Ready of={loaded}>
        {(trial) => (trial.policy === null ? (
          <p class="muted">None is. Set <code>GATE_SHADOW</code> to a policy’s file, and it judges every vote beside this one without acting.</p>
        ) : <Disagreements trial={trial} now={version} />)}
      </Ready>
    </Panel>
  )
}

const columns = (project: string | undefined): Column<ShadowAnswer['disagreements'][number]>[] => [
  { head: 'The policy in force', kind: 'primary', cell: ({ live }) => judged(live) },
  { head: 'The one on trial', cell: ({ shadow }) => judged(shadow) },
  { head: 'Votes', kind: 'number', cell: (row) => count(row.votes, 'vote') },
  {
    head: 'For example', cell: ({ examples }) => <span class="row">{examples.map((id, index) => (
      <a key={id} href={`/dashboard/votes/${encodeURIComponent(id)}${project === undefined ? '' : `?project=${encodeURIComponent(project)}`}`}>vote {index + 1}</a>
    ))}</span>,
  },
]

function Disagreements({ trial: { policy, since, until, compared, disagreements }, now }: { trial: ShadowAnswer; now: string | null }) {
  const { project } = useProject()
  const votes = disagreements.reduce((sum, row) => sum + row.votes, 0)
  return (
    <>
      <p>
        <strong>{policy}</strong> {now === policy ? 'has judged' : 'judged'} {count(compared, 'vote')} since <Time at={since} />
        {until !== null && <>, until <Time at={until} /></>}. It {votes === 0 ? 'never disagreed.' : `disagreed about ${count(votes, 'of them', 'of them')}${compared > 0 ? ` (${percent(votes / compared)})` : ''}.`}
      </p>
      {disagreements.length > 0 && (
        <DataTable caption="Where the policies disagree" rows={disagreements} rowKey={({ live, shadow }) => JSON.stringify([live, shadow])} columns={columns(project)} />
      )}
    </>
  )
}
