/** The projects, and one of them with all that can be changed about it. */
import { useState } from 'preact/hooks'
import type { Project } from '../../../../../contract/operator.ts'
import { useAccount } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { type View, useView } from '../../../app/query.ts'
import { count } from '../../../app/time.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { NewProject } from './NewProject.tsx'
import { ProjectPage } from './ProjectPage.tsx'
import { MODES } from './project-words.ts'

const columns = (href: View['href']): Column<Project>[] => [
  { head: 'Project', kind: 'primary', cell: ({ name, publicKey }) => <><a href={href({ show: publicKey, tab: null })}><Untrusted text={name} max={60} /></a> <code class="muted small">{publicKey}</code></> },
  { head: 'Who votes', cell: ({ mode }) => MODES[mode].title },
  { head: 'Origins', cell: ({ origins }) => (origins.length === 0 ? <span class="muted">none: no page may show it</span> : <><Untrusted text={origins[0]} max={50} />{origins.length > 1 && ` and ${origins.length - 1} more`}</>) },
  { head: 'Secrets', kind: 'number', cell: ({ identitySecrets }) => identitySecrets.length },
  { head: 'Since', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export default function Projects() {
  const { query, set, href } = useView()
  const { projectId } = useAccount()
  const [creating, setCreating] = useState(false)
  const loaded = useLoad((signal) => get<{ projects: Project[] }>('/operator/v1/projects', {}, signal), [])
  const shown = query['show']
  return (
    <Ready of={loaded}>
      {({ projects }) => {
        const chosen = projects.find(({ publicKey, id }) => publicKey === shown || id === shown)
        const replace = (next: Project): void => loaded.replace((data) => ({ projects: data.projects.map((one) => (one.id === next.id ? next : one)) }))
        if (chosen !== undefined) return <ProjectPage key={chosen.id} project={chosen} replace={replace} reload={loaded.reload} />
        return (
          <>
            {shown !== undefined && <p>There is no project {shown}, or this account does not reach it.</p>}
            <Panel title={count(projects.length, 'project')} flush actions={projectId === null && <button type="button" class="button primary" onClick={() => setCreating(true)}>New project</button>}>
              <DataTable caption="Projects" rows={projects} rowKey={({ id }) => id} columns={columns(href)} />
            </Panel>
            {creating && <NewProject onClose={() => setCreating(false)} created={(project) => { loaded.replace((data) => ({ projects: [...data.projects, project] })) }} open={(project) => set({ show: project.publicKey, tab: null })} />}
          </>
        )
      }}
    </Ready>
  )
}
