/** One project: its settings, how it is embedded, its secrets, and why a token is taken or refused. */
import type { Project } from '../../../../../contract/operator.ts'
import { useView } from '../../../app/query.ts'
import { Copy } from '../../../components/Copy.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { ProjectSettings } from './ProjectSettings.tsx'
import { Secrets } from './Secrets.tsx'
import { TokenTester } from './TokenTester.tsx'
import { embedSnippet } from './project-words.ts'
import './projects.css'

export function ProjectPage({ project, replace, reload }: { project: Project; replace: (project: Project) => void; reload: () => void }) {
  const { href } = useView()
  const snippet = embedSnippet(location.origin, project.publicKey)
  return (
    <>
      <p><a href={href({ show: null })}>All projects</a></p>
      <div class="columns">
        <ProjectSettings project={project} replace={replace} />
        <div class="stack">
          <Panel title="On your page">
            <p>Two lines of HTML, on a page of one of the origins:</p>
            <pre>{snippet}</pre>
            <Copy text={project.publicKey} label="Copy the public key" />
            <CopySnippet snippet={snippet} />
            <Facts facts={[['Made', <Time key="made" at={project.createdAt} />], ['Id', project.id]]} />
          </Panel>
          <Secrets project={project} reload={reload} />
        </div>
      </div>
      <TokenTester project={project} />
    </>
  )
}

function CopySnippet({ snippet }: { snippet: string }) {
  return <div class="row"><button type="button" class="button small" onClick={() => void navigator.clipboard.writeText(snippet)}>Copy the two lines</button></div>
}
