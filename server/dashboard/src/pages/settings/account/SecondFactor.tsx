import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { TotpProposal } from '../../../../../contract/account.ts'
import { post } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { PasswordField } from '../../../components/PasswordField.tsx'
import { SetUpSecondFactor } from './SetUpSecondFactor.tsx'

export function SecondFactor({ on, reload }: { on: boolean; reload: () => void }) {
  const [proposal, setProposal] = useState<Static<typeof TotpProposal> | undefined>()
  const [removing, setRemoving] = useState(false)
  const begin = useAction(async () => setProposal(await post<Static<typeof TotpProposal>>('/operator/v1/account/totp')))
  const done = (text: string): void => {
    setProposal(undefined)
    setRemoving(false)
    say({ text })
    reload()
  }
  if (on) {
    return (
      <div class="row spread">
        <p><Badge tone="good">on</Badge> Signing in takes a code of your authenticator app. If you lose it, another admin can remove it for you.</p>
        <button type="button" class="button danger" onClick={() => setRemoving(true)}>Remove it…</button>
        {removing && <RemoveSecondFactor onDone={() => done('The second factor is removed.')} onClose={() => setRemoving(false)} />}
      </div>
    )
  }
  if (proposal !== undefined) {
    return <SetUpSecondFactor {...proposal} onDone={() => done('The second factor is on. From now on signing in takes a code; everywhere else you are signed out.')} onCancel={() => setProposal(undefined)} />
  }
  return (
    <>
      <div class="row spread">
        <p><Badge tone="medium">off</Badge> Your password alone opens this account. An authenticator app on your phone keeps out who learns it.</p>
        <button type="button" class="button primary" aria-busy={begin.busy} onClick={() => void begin.run()}>Set it up</button>
      </div>
      <ProblemNote problem={begin.problem} />
    </>
  )
}

function RemoveSecondFactor({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const remove = useAction(async () => {
    await post('/operator/v1/account/totp/remove', { password })
    onDone()
  })
  const wrong = remove.problem?.code === 'password_wrong' ? 'This is not your password.' : undefined
  return (
    <Dialog title="Remove the second factor" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void remove.run() }}>
        <p>From then on your password alone opens this account.</p>
        <PasswordField label="Your password" focus value={password} onChange={setPassword} error={wrong} />
        {wrong === undefined && <ProblemNote problem={remove.problem} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary danger" aria-busy={remove.busy}>Remove it</button>
        </div>
      </form>
    </Dialog>
  )
}
