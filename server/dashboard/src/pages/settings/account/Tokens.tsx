import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { OperatorToken, OperatorTokensAnswer } from '../../../../../contract/account.ts'
import { useProjectName } from '../../../app/account.ts'
import { del, get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Panel } from '../../../components/Page.tsx'
import { ShownOnce } from '../../../components/ShownOnce.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { NewToken } from './NewToken.tsx'
import { tokenColumns } from './token-columns.tsx'

/** @param props.totp whether making one takes a code */
export function Tokens({ totp }: { totp: boolean }) {
  const projectName = useProjectName()
  const loaded = useLoad((signal) => get<Static<typeof OperatorTokensAnswer>>('/operator/v1/account/tokens', {}, signal), [])
  const [adding, setAdding] = useState(false)
  const [made, setMade] = useState<{ name: string; token: string } | undefined>()
  const [revoking, setRevoking] = useState<OperatorToken | undefined>()
  const columns: Column<OperatorToken>[] = [
    { head: 'Token', kind: 'primary', cell: ({ name }) => <Untrusted text={name} max={80} /> },
    ...tokenColumns({ projectName, revoke: setRevoking }),
  ]
  return (
    <Panel title="Your tokens" flush actions={<button type="button" class="button small" onClick={() => setAdding(true)}>New token…</button>}>
      <DataTable caption="Your tokens" columns={columns} rows={loaded.data?.tokens} rowKey={({ id }) => id} problem={loaded.problem} reload={loaded.reload} slow={loaded.slow}
        empty="You have no token. A script that calls the API needs one." />
      {adding && <NewToken totp={totp} onClose={() => setAdding(false)} onMade={(token) => { setAdding(false); setMade(token); loaded.reload() }} />}
      {made !== undefined && (
        <ShownOnce title="Your new token" secret={made.token} onClose={() => setMade(undefined)}>
          <p><Untrusted text={made.name} />: sent in the header <code>Authorization: Bearer</code>. The server keeps a digest only.</p>
        </ShownOnce>
      )}
      {revoking !== undefined && (
        <ConfirmDialog title="Revoke a token" verb="Revoke it" danger onClose={() => setRevoking(undefined)} act={async () => {
          await del(`/operator/v1/account/tokens/${revoking.id}`)
          say({ text: `The token “${revoking.name}” is revoked.` })
          loaded.reload()
        }}>
          <p><Untrusted text={revoking.name} /> is refused from the next request on. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Panel>
  )
}
