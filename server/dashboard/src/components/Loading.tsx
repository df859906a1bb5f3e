/** What a page shows while it waits, when something failed, and when there is nothing. */
import type { ComponentChildren } from 'preact'
import type { Problem } from '../app/api.ts'
import type { Loaded } from '../app/load.ts'
import { Untrusted } from './Untrusted.tsx'

/** A server's words may repeat what somebody sent. */
const MOST = 400

export function ProblemNote({ problem, retry }: { problem: Problem | undefined; retry?: () => void }) {
  if (problem === undefined) return null
  return (
    <div class="note bad" role="alert">
      <div>
        <p><Untrusted text={problem.message} max={MOST} /></p>
        {problem.errors.length > 0 && <ul>{problem.errors.map(({ pointer, detail }) => <li key={pointer}><code>{pointer}</code> <Untrusted text={detail} max={MOST} /></li>)}</ul>}
        {problem.retryAfter !== undefined && <p class="small">Try again in {problem.retryAfter} s.</p>}
      </div>
      {retry !== undefined && <button type="button" class="button small" onClick={retry}>Try again</button>}
    </div>
  )
}

/** A server that cannot be reached is said once, above the page; what was loaded before goes on standing below. */
export const unsaid = (problem: Problem | undefined): Problem | undefined => (problem?.code === 'network' ? undefined : problem)

export const Waiting = ({ children = 'Loading…' }: { children?: ComponentChildren }) => <div class="loading" role="status">{children}</div>

export const Empty = ({ children }: { children: ComponentChildren }) => <div class="empty">{children}</div>

/** Draws what was loaded; before that a sign of work when it takes long, or the problem. */
export function Ready<T>({ of, children }: { of: Pick<Loaded<T>, 'data' | 'problem' | 'slow' | 'loading' | 'reload'>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      <ProblemNote problem={unsaid(of.problem)} retry={of.reload} />
      {of.data === undefined ? ((of.slow || of.problem !== undefined) && unsaid(of.problem) === undefined && <Waiting />) : <div class={of.slow ? 'stack stale' : 'stack'} aria-busy={of.loading}>{children(of.data)}</div>}
    </>
  )
}
