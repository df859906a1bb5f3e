import { useState } from 'preact/hooks'
import { put } from '../app/api.ts'
import { useAction } from '../app/load.ts'
import { ProblemNote } from '../components/Loading.tsx'
import { PasswordField } from '../components/PasswordField.tsx'

/** @param props.current the one that somebody else set, and that was right just now */
export function ChoosePassword({ current, onChosen }: { current: string; onChosen: () => void }) {
  const [next, setNext] = useState('')
  const choose = useAction(async () => {
    await put('/operator/v1/account/password', { current, next })
    onChosen()
  })
  const fault = choose.problem?.code === 'invalid_password' ? choose.problem.message : undefined
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); void choose.run() }}>
      <p>The present one was set by somebody else and is for this once.</p>
      <PasswordField label="New password" kind="new" focus hint="At least 12 characters, of any kind. A few words are easier to type than many signs." value={next} onChange={setNext} error={fault} />
      {fault === undefined && <ProblemNote problem={choose.problem} />}
      <button type="submit" class="button primary" aria-busy={choose.busy}>Keep it and go on</button>
    </form>
  )
}
