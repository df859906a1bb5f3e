/** One’s own account: who one is, the password, the second factor, where one is signed in, and tokens for scripts. */
import { useState } from 'preact/hooks'
import type { Account } from '../../../../../contract/account.ts'
import { useAccount, useProjectName } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { Ready } from '../../../components/Loading.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { PasswordPanel } from './PasswordPanel.tsx'
import { SecondFactor } from './SecondFactor.tsx'
import { Sessions } from './Sessions.tsx'
import { Tokens } from './Tokens.tsx'

export default function AccountSettings() {
  const { name, role, actor, projectId, totp: totpThen } = useAccount()
  const projectName = useProjectName()
  // What was loaded with the page does not know of a second factor that was set up since.
  const account = useLoad((signal) => get<Account>('/operator/v1/account', {}, signal), [])
  // What ends sessions and tokens shows in the lists below.
  const [ended, setEnded] = useState(0)
  const onEnded = (): void => setEnded((times) => times + 1)
  return (
    <>
      <div class="columns">
        <Panel title="You">
          <Facts facts={[
            ['Name', <Untrusted key="name" text={name} />], ['Role', role], ['Sees', projectId === null ? 'every project' : projectName(projectId)],
            ['In logs', <code key="actor">{actor}</code>],
          ]} />
          <p class="small muted">Another admin can change what you may, and give you a way back in when you have lost it.</p>
        </Panel>
        <PasswordPanel onChanged={onEnded} />
      </div>
      <Panel title="Second factor"><Ready of={account}>{({ totp }) => <SecondFactor on={totp} reload={() => { account.reload(); onEnded() }} />}</Ready></Panel>
      <Sessions key={`sessions ${ended}`} />
      <Tokens key={`tokens ${ended}`} totp={account.data?.totp ?? totpThen} />
    </>
  )
}
