/** Why a user token is taken or refused, step by step. The token stays in this page: neither the address nor the tab's storage holds it. */
import { useState } from 'preact/hooks'
import type { Project } from '../../../../../contract/operator.ts'
import type { TokenTestAnswer } from '../../../../../contract/token-test.ts'
import { post } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { count } from '../../../app/time.ts'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'

const STEPS: Record<string, string> = {
  parts: 'Three parts', header: 'Header', algorithm: 'Algorithm', key: 'Key', signature: 'Signature', claims: 'Claims', expires: 'Expiry', notBefore: 'Not before',
  issuedAt: 'Made', lifetime: 'Lifetime', audience: 'Audience', subject: 'User', email: 'E-mail',
}

export function TokenTester({ project }: { project: Project }) {
  const [token, setToken] = useState('')
  // With the token it is about: by the time it comes there may be another in the field.
  const [said, setSaid] = useState<{ of: string; answer: TokenTestAnswer } | undefined>()
  const answer = said?.of === token ? said.answer : undefined
  const test = useAction(async () => {
    setSaid({ of: token, answer: await post<TokenTestAnswer>(`/operator/v1/projects/${project.id}/token-tests`, { token }) })
  })
  return (
    <Panel title="Token tester">
      <form class="form" onSubmit={(event) => { event.preventDefault(); void test.run() }}>
        <Field label="A user token" hint="As your server signed it. It is looked at and forgotten: not stored, not logged, no event.">
          <textarea class="mono" rows={4} maxLength={8192} spellcheck={false} autoComplete="off" value={token} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => setToken(event.currentTarget.value)} />
        </Field>
        <ProblemNote problem={test.problem} />
        <div class="row"><button type="submit" class="button primary" aria-busy={test.busy}>Explain it</button></div>
      </form>
      {answer !== undefined && <Explained answer={answer} />}
    </Panel>
  )
}

function Explained({ answer: { valid, steps, header, claims } }: { answer: TokenTestAnswer }) {
  const wrong = steps.filter(({ ok }) => !ok).length
  return (
    <>
      <div class={`note ${valid ? 'good' : 'bad'}`} role="status"><p><strong>{valid ? 'This token is taken.' : `This token is refused: ${count(wrong, 'thing is', 'things are')} wrong.`}</strong></p></div>
      <ol class="steps" aria-label="What was looked at">
        {steps.map(({ name, ok, explanation }) => (
          <li key={name} class={ok ? 'good' : 'bad'}>
            <span class="mark" aria-hidden="true">{ok ? '✓' : '✗'}</span>
            <div><strong>{STEPS[name] ?? name}</strong><span class="visually-hidden">{ok ? ', right' : ', wrong'}</span><p><Untrusted text={explanation} max={600} /></p></div>
          </li>
        ))}
      </ol>
      {(header !== undefined || claims !== undefined) && (
        <details>
          <summary>What the token says</summary>
          {!valid && <p class="muted small">Nobody vouches for it: the token is refused.</p>}
          <div class="columns">
            {header !== undefined && <section class="field"><h3>Header</h3><pre><Untrusted text={JSON.stringify(header, null, 2)} max={2000} /></pre></section>}
            {claims !== undefined && <section class="field"><h3>Claims</h3><pre><Untrusted text={JSON.stringify(claims, null, 2)} max={2000} /></pre></section>}
          </div>
        </details>
      )}
    </>
  )
}
