/** Settings, section by section; each is loaded when it is opened. */
import type { ComponentType } from 'preact'
import { ErrorBoundary, useRoute } from 'preact-iso'
import type { Role } from '../../../../contract/primitives.ts'
import { useCan } from '../../app/account.ts'
import { lazyPage } from '../../app/lazy-page.ts'
import { Page, TabLinks } from '../../components/Page.tsx'
import { useView } from '../../app/query.ts'

const SECTIONS: { id: string; title: string; least: Role; component: ComponentType }[] = [
  { id: 'account', title: 'Your account', least: 'viewer', component: lazyPage(() => import('./account/AccountSettings.tsx')) },
  { id: 'projects', title: 'Projects', least: 'admin', component: lazyPage(() => import('./projects/Projects.tsx')) },
  { id: 'rules', title: 'Rules', least: 'viewer', component: lazyPage(() => import('./rules/Rules.tsx')) },
  { id: 'policy', title: 'Policy', least: 'viewer', component: lazyPage(() => import('./policy/Policy.tsx')) },
  { id: 'channels', title: 'Channels', least: 'admin', component: lazyPage(() => import('./channels/Channels.tsx')) },
  { id: 'retention', title: 'Retention', least: 'viewer', component: lazyPage(() => import('./retention/Retention.tsx')) },
  { id: 'operators', title: 'Operators', least: 'admin', component: lazyPage(() => import('./operators/Operators.tsx')) },
  { id: 'audit', title: 'Audit log', least: 'admin', component: lazyPage(() => import('./audit/Audit.tsx')) },
]

export default function Settings() {
  const can = useCan()
  const { params } = useRoute()
  const project = useView().query['project']
  const search = project === undefined ? '' : `?${new URLSearchParams({ project }).toString()}`
  const sections = SECTIONS.filter(({ least }) => can(least))
  const section = sections.find(({ id }) => id === (params['section'] ?? 'account'))
  return (
    <Page title={section === undefined ? 'Settings' : `Settings: ${section.title}`}>
      <TabLinks label="Settings" chosen={section?.id} tabs={sections.map(({ id, title }) => ({ id, title, href: `/dashboard/settings/${id}${search}` }))} />
      {section === undefined ? <p>Your role does not open this section, or there is none of that name.</p> : <ErrorBoundary><section.component key={section.id} /></ErrorBoundary>}
    </Page>
  )
}
