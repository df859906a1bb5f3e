import { useCan } from '../app/account.ts'
import { get } from '../app/api.ts'
import { useLoad } from '../app/load.ts'
import { percent } from '../app/time.ts'
import type { Project } from '../../../contract/operator.ts'

/** Says why the board shows fewer votes than are counted, where the project caps votes without an account. Admins alone read that setting. */
export const CapNote = ({ project }: { project: string }) => (useCan()('admin') ? <Cap project={project} /> : null)

function Cap({ project }: { project: string }) {
  const share = useLoad(async (signal) =>
    (await get<{ projects: Project[] }>('/operator/v1/projects', {}, signal)).projects.find(({ publicKey }) => publicKey === project)?.anonymousShare, [project])
  if (share.data == null) return null
  return <p class="muted">The board shows at most {percent(share.data)} votes without an account: some counted votes may not be shown. <a href={`/dashboard/settings/projects?${new URLSearchParams({ project, show: project }).toString()}`}>The cap</a></p>
}
