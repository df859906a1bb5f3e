/** Identity secrets: the current one, those that still hold for a while, and the next one. */
import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { Project, RotationAnswer } from '../../../../../contract/operator.ts'
import { del, post } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { SelectField } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { SecretOnce } from './SecretOnce.tsx'

type Rotated = Static<typeof RotationAnswer>
type Secret = Project['identitySecrets'][number]
const OVERLAPS = [['0', 'not at all'], ['3600', 'for an hour'], ['86400', 'for a day'], ['604800', 'for a week'], ['2592000', 'for 30 days']] as const

export function Secrets({ project, reload }: { project: Project; reload: () => void }) {
  const [rotating, setRotating] = useState(false)
  const [ending, setEnding] = useState<Secret | undefined>()
  const secrets = project.identitySecrets.toSorted((a, b) => b.createdAt - a.createdAt)
  return (
    <Panel title="Identity secrets" actions={<button type="button" class="button small" onClick={() => setRotating(true)}>Rotate…</button>}>
      <p>Your server signs who a visitor is with one of these. A new one can overlap with the old, so that nobody is signed out while you deploy it.</p>
      <ul class="secrets">
        {secrets.map((secret) => (
          <li key={secret.kid} class="row spread">
            <span><code>{secret.kid}</code> <span class="muted small">made <Time at={secret.createdAt} /></span></span>
            {secret.expiresAt === null ? <Badge tone="good">current</Badge> : (
              <span class="row"><Badge tone="medium">ends <Time at={secret.expiresAt} /></Badge><button type="button" class="button small danger" onClick={() => setEnding(secret)}>End now…</button></span>
            )}
          </li>
        ))}
      </ul>
      {rotating && <Rotate project={project} reload={reload} onClose={() => setRotating(false)} />}
      {ending !== undefined && <EndNow project={project} secret={ending} reload={reload} onClose={() => setEnding(undefined)} />}
    </Panel>
  )
}

function Rotate({ project, reload, onClose }: { project: Project; reload: () => void; onClose: () => void }) {
  const [overlap, setOverlap] = useState('86400')
  const [made, setMade] = useState<Rotated | undefined>()
  const action = useAction(async () => {
    setMade(await post<Rotated>(`/operator/v1/projects/${project.id}/identity-secrets`, { overlapSeconds: Number(overlap) }))
  })
  // The list behind is loaded when the secret was seen: a page that moves takes eyes off it.
  const close = (): void => {
    onClose()
    if (made !== undefined) reload()
  }
  if (made !== undefined) return <SecretOnce title="The new identity secret" kid={made.kid} secret={made.identitySecret} onClose={close} />
  return (
    <Dialog title="A new identity secret" onClose={close}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void action.run() }}>
        <p>The new secret is in use at once.</p>
        <SelectField label="The present one goes on" value={overlap} any={null} options={OVERLAPS} onChange={setOverlap}
          hint={overlap === '0' ? 'Tokens signed with it are refused from now on: for a secret that leaked.' : 'Time to deploy the new one. It can be ended sooner.'} />
        <ProblemNote problem={action.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class={`button primary ${overlap === '0' ? 'danger' : ''}`} aria-busy={action.busy}>Make it</button>
        </div>
      </form>
    </Dialog>
  )
}

function EndNow({ project, secret, reload, onClose }: { project: Project; secret: Secret; reload: () => void; onClose: () => void }) {
  const action = useAction(async () => {
    await del(`/operator/v1/projects/${project.id}/identity-secrets/${secret.kid}`)
    say({ text: `The secret ${secret.kid} has ended.`, kind: 'good' })
    onClose()
    reload()
  })
  return (
    <Dialog title={`End the secret ${secret.kid} now?`} onClose={onClose}>
      <p>Tokens signed with it are refused from now on, and sessions that began with one end. This cannot be taken back.</p>
      <ProblemNote problem={action.problem} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button primary danger" aria-busy={action.busy} onClick={() => void action.run()}>End it now</button>
      </div>
    </Dialog>
  )
}
