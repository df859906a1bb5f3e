/** What people can vote for, what they wrote, and when a crowd is welcome. */
import { useAccount, useCan } from '../../app/account.ts'
import { useProject, useView } from '../../app/query.ts'
import { CapNote } from '../../components/CapNote.tsx'
import { Empty } from '../../components/Loading.tsx'
import { Page, Tabs, chosenTab } from '../../components/Page.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import './board.css'
import { Inbox } from './feedback/Inbox.tsx'
import { Items } from './items/Items.tsx'
import { Spikes } from './spikes/Spikes.tsx'

export default function Board() {
  const { query } = useView()
  const { required: project } = useProject()
  const { projects } = useAccount()
  const can = useCan()
  // Feedback holds people's addresses: a viewer does not read it.
  const tabs = [{ id: 'items', title: 'Items' }, ...(can('moderator') ? [{ id: 'feedback', title: 'Feedback' }] : []), { id: 'spikes', title: 'Expected spikes' }]
  const tab = chosenTab(query['tab'], tabs)
  const name = projects.find(({ publicKey }) => publicKey === project)?.name
  if (project === undefined) return <Page title="Board"><Empty>There is no project yet.</Empty></Page>
  return (
    <Page title="Board" lead={<>What people see and vote for on <Untrusted text={name} max={80} />.</>}>
      <Tabs label="Board" tabs={tabs} />
      {tab === 'items' && <CapNote project={project} />}
      {tab === 'items' && <Items key={project} project={project} />}
      {tab === 'feedback' && <Inbox key={project} project={project} />}
      {tab === 'spikes' && <Spikes key={project} project={project} />}
    </Page>
  )
}
