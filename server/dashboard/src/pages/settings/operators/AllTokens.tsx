import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { OperatorToken, OperatorTokensAnswer } from '../../../../../contract/account.ts'
import { useProjectName } from '../../../app/account.ts'
import { del, get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { say } from '../../../app/toasts.tsx'
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Choice } from '../../../components/Field.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { isInUse } from '../account/TokenState.tsx'
import { tokenColumns } from '../account/token-columns.tsx'

export function AllTokens() {
  const projectName = useProjectName()
  const { query, set } = useView()
  const loaded = useLoad((signal) => get<Static<typeof OperatorTokensAnswer>>('/operator/v1/tokens', {}, signal), [])
  const [revoking, setRevoking] = useState<OperatorToken | undefined>()
  const all = query['tokens'] === 'all'
  const columns: Column<OperatorToken>[] = [
    { head: 'Token', kind: 'primary', cell: ({ name, actor }) => <span class="row"><Untrusted text={name} max={80} /><code class="muted">{actor}</code></span> },
    { head: 'Whose', cell: ({ owner }) => (owner === null ? <span class="muted">nobody’s in particular</span> : <Untrusted text={owner.name} max={60} />) },
    ...tokenColumns({ projectName, revoke: setRevoking }),
  ]
  return (
    <Panel title="Tokens" flush actions={<Choice label="also those that ended" checked={all} onChange={(checked) => set({ tokens: checked ? 'all' : null })} />}>
      <DataTable caption="Every operator token" columns={columns} rows={loaded.data?.tokens.filter((token) => all || isInUse(token))} rowKey={({ id }) => id}
        problem={loaded.problem} reload={loaded.reload} slow={loaded.slow} empty="No token is in use." />
      {revoking !== undefined && (
        <ConfirmDialog title="Revoke a token" verb="Revoke it" danger onClose={() => setRevoking(undefined)} act={async () => {
          await del(`/operator/v1/tokens/${revoking.id}`)
          say({ text: `The token “${revoking.name}” is revoked.` })
          loaded.reload()
        }}>
          <p><Untrusted text={revoking.name} /> {revoking.owner === null ? '' : <>of <Untrusted text={revoking.owner.name} /> </>}is refused from the next request on. This cannot be undone.</p>
          {revoking.name === 'environment' && revoking.owner === null && <p>It is the one of <code>TRUETALLY_ADMIN_TOKEN</code>: it comes back when the server starts with it.</p>}
        </ConfirmDialog>
      )}
    </Panel>
  )
}
