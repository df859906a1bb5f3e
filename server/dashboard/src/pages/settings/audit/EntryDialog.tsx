/** One entry, whole. */
import type { AuditEntry } from '../../../../../contract/audit.ts'
import { useProjectName } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { Copy } from '../../../components/Copy.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Facts } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { actionWords, subjectOf } from './actions.ts'
import { DiffTable } from './Diff.tsx'

/** `known`: where the list has it already, it is there at once. */
export function EntryDialog({ id, known, onClose }: { id: string; known: AuditEntry | undefined; onClose: () => void }) {
  const projectName = useProjectName()
  const entry = useLoad(async (signal) => known ?? await get<AuditEntry>(`/operator/v1/audit/${id}`, {}, signal), [id])
  return (
    <Dialog title={`Entry ${id}`} onClose={onClose} wide>
      <Ready of={entry}>
        {({ at, actor, actorName, action, target, projectId, before, after, ipAddress, hash }) => (
          <>
            <Facts facts={[
              ['What', <>{actionWords(action)} <code>{action}</code></>],
              ['On', <>{subjectOf(action, target)}<Untrusted text={target} /></>],
              ['Who', <><Untrusted text={actorName} /> <code>{actor}</code></>],
              ['When', <><Time at={at} absolute /></>],
              ['From', ipAddress === null ? 'no network' : <code>{ipAddress}</code>],
              ['Project', <><Untrusted text={projectName(projectId)} /></>],
            ]} />
            <DiffTable before={before} after={after} />
            <div class="field"><span class="label">Hash</span><Copy text={hash} label="Copy the hash" /></div>
          </>
        )}
      </Ready>
    </Dialog>
  )
}
