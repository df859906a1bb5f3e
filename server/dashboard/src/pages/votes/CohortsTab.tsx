/** Cohorts: votes that share what no honest crowd does. */
import type { Cohort } from '../../../../contract/moderation.ts'
import { usePages } from '../../app/load.ts'
import { figure } from '../../app/time.ts'
import { Badge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time, useNow } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import type { Items } from './items.ts'
import { cohortHref } from './vote-columns.tsx'
import { loadCohorts } from './wire.ts'

export function CohortState({ cohort: { liftedAt, liftedBy, expiresAt } }: { cohort: Pick<Cohort, 'liftedAt' | 'liftedBy' | 'expiresAt'> }) {
  const now = useNow()
  if (liftedAt !== null && liftedBy !== 'expiry') return <Badge tone="good">lifted</Badge>
  return liftedAt === null && expiresAt > now ? <Badge tone="high">holds further votes</Badge> : <Badge>over</Badge>
}

export function CohortsTab({ project, items }: { project: string; items: Items }) {
  const cohorts = usePages((cursor, signal) => loadCohorts(project, cursor, signal), [project])
  const columns: Column<Cohort>[] = [
    { head: 'Cohort', kind: 'primary', cell: ({ id, words }) => <a href={cohortHref(project, id)}>{words}</a> },
    { head: 'Item', cell: ({ itemId }) => <Untrusted text={items.title(itemId)} max={60} /> },
    { head: 'State', kind: 'tight', cell: (cohort) => <CohortState cohort={cohort} /> },
    { head: 'Votes it holds', kind: 'number', cell: ({ votesHeld }) => figure(votesHeld) },
    { head: 'Found', kind: 'tight', cell: ({ openedAt }) => <Time at={openedAt} /> },
  ]
  return (
    <Panel flush title="Cohorts">
      <DataTable
        caption="Cohorts, newest first" columns={columns} {...cohorts} rowKey={({ id }) => id}
        empty={<><p>No cohort was found.</p><p class="small">When votes on one item share what no honest crowd does, the server holds them and shows them here.</p></>}
      />
    </Panel>
  )
}
