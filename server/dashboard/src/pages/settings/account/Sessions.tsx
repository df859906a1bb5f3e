import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { OperatorSession, OperatorSessionsAnswer } from '../../../../../contract/account.ts'
import { del, get } from '../../../app/api.ts'
import { useAction, useLoad } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'

type Session = Static<typeof OperatorSession>

async function endAll(): Promise<void> {
  await del('/operator/v1/account/sessions')
  location.assign('/dashboard/sign-in')
}

export function Sessions() {
  const loaded = useLoad((signal) => get<Static<typeof OperatorSessionsAnswer>>('/operator/v1/account/sessions', {}, signal), [])
  const [asking, setAsking] = useState(false)
  const end = useAction(async ({ id, ipAddress }: Session) => {
    await del(`/operator/v1/account/sessions/${id}`)
    say({ text: `The session at ${ipAddress} is over.` })
    loaded.reload()
  })
  const columns: Column<Session>[] = [
    { head: 'Browser', kind: 'primary', cell: ({ userAgent, current }) => <span class="row">{current && <Badge tone="accent">this one</Badge>}<Untrusted text={userAgent} max={120} /></span> },
    { head: 'Address', kind: 'tight', cell: ({ ipAddress }) => <code>{ipAddress}</code> },
    { head: 'Last used', kind: 'tight', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    { head: 'Signed in', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { head: 'Ends', kind: 'tight', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      head: 'Actions', kind: 'action',
      cell: (session) => !session.current && <button type="button" class="button small" onClick={() => void end.run(session)}>Sign out<span class="visually-hidden"> at {session.ipAddress}</span></button>,
    },
  ]
  return (
    <Panel title="Where you are signed in" flush actions={<button type="button" class="button small danger" onClick={() => setAsking(true)}>Sign out everywhere…</button>}>
      <ProblemNote problem={end.problem} />
      <DataTable caption="Your sessions" columns={columns} rows={loaded.data?.sessions} rowKey={({ id }) => id} problem={loaded.problem} reload={loaded.reload} slow={loaded.slow} />
      {asking && (
        <ConfirmDialog title="Sign out everywhere" verb="Sign out everywhere" danger onClose={() => setAsking(false)} act={endAll}>
          <p>Every session ends, this one as well, and your tokens are revoked. Scripts that use them need new ones.</p>
        </ConfirmDialog>
      )}
    </Panel>
  )
}
