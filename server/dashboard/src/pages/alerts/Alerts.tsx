/** Alerts, what rules did about them by themselves, and what keeps rules or people from acting. */
import { useView } from '../../app/query.ts'
import { Page, Tabs, chosenTab } from '../../components/Page.tsx'
import { AlertList } from './AlertList.tsx'
import { Allowed } from './Allowed.tsx'
import { Blocks } from './Blocks.tsx'
import { Responses } from './Responses.tsx'
import { Silences } from './Silences.tsx'
import './alerts.css'

const TABS = [
  { id: 'alerts', title: 'Alerts', lead: 'What the rules found, the newest first.', content: AlertList },
  { id: 'responses', title: 'Responses', lead: 'What rules did by themselves. Each ends by itself, and can be taken back before.', content: Responses },
  { id: 'blocks', title: 'Blocks', lead: 'Sources that are stopped or slowed down until a time.', content: Blocks },
  { id: 'allowed', title: 'Allowed', lead: 'Sources that nothing automatic acts on. Votes from there are judged like any other.', content: Allowed },
  { id: 'silences', title: 'Silences', lead: 'Alerts that are told to nobody until a time. They are found and shown all the same.', content: Silences },
] as const

export default function Alerts() {
  const { query } = useView()
  const chosen = chosenTab(query['tab'], TABS)
  const { title, lead, content: Content } = TABS.find(({ id }) => id === chosen) ?? TABS[0]
  return (
    <Page title={title} lead={lead}>
      <Tabs label="Alerts and what follows from them" tabs={TABS} />
      <Content />
    </Page>
  )
}
