/** Votes: what they come to, which wait to be looked at, and what was done about them. */
import { useProject, useView } from '../../app/query.ts'
import { useAccount } from '../../app/account.ts'
import { compact } from '../../app/time.ts'
import { Badge } from '../../components/Badges.tsx'
import { CapNote } from '../../components/CapNote.tsx'
import { Empty } from '../../components/Loading.tsx'
import { Page, Tabs, chosenTab } from '../../components/Page.tsx'
import { ActionsTab } from './ActionsTab.tsx'
import { CohortsTab } from './CohortsTab.tsx'
import { useItems } from './items.ts'
import { ItemsTab } from './ItemsTab.tsx'
import { VoteList } from './VoteList.tsx'
import './votes.css'

export default function Votes() {
  const { required: project } = useProject()
  if (project === undefined) return <Page title="Votes"><Empty>There is no project yet. An admin makes one under Settings.</Empty></Page>
  return <OfProject key={project} project={project} />
}

function OfProject({ project }: { project: string }) {
  const { query } = useView()
  const { projects } = useAccount()
  const items = useItems(project)
  const held = (items.data ?? []).reduce((sum, { votes }) => sum + votes.held, 0)
  const tabs = [
    { id: 'items', title: 'Items' }, { id: 'queue', title: <>Held queue {held > 0 && <Badge tone="medium">{compact(held)}</Badge>}</> }, { id: 'all', title: 'All votes' },
    { id: 'cohorts', title: 'Cohorts' }, { id: 'actions', title: 'Actions' },
  ]
  const tab = chosenTab(query['tab'], tabs)
  const name = projects.find(({ publicKey }) => publicKey === project)?.name
  return (
    <Page title="Votes" lead={projects.length > 1 ? `Of ${name ?? project}; choose another project above.` : 'Which votes count, which wait, and why.'}>
      <Tabs label="Views of the votes" tabs={tabs} />
      {tab === 'items' && <CapNote project={project} />}
      {tab === 'items' && <ItemsTab project={project} items={items} />}
      {tab === 'queue' && <VoteList key="queue" queue project={project} items={items} />}
      {tab === 'all' && <VoteList key="all" project={project} items={items} />}
      {tab === 'cohorts' && <CohortsTab project={project} items={items} />}
      {tab === 'actions' && <ActionsTab project={project} onDone={items.reload} />}
    </Page>
  )
}
