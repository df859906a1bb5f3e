/**
 * The wire: the only module that calls `fetch` and opens streams. A request that meets an ended session waits until somebody has signed in
 * again and is then sent as it was, so that nothing typed is lost. What fails arrives as a `Problem`.
 */
import type { Account } from '../../../contract/account.ts'
import type { ProblemBody } from '../../../contract/problem.ts'
import { createStore } from './store.ts'

/** Why a request failed. `code` is the server's; `network` where no answer came, `http_<status>` where it said nothing usable. */
export class Problem extends Error {
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Seconds to wait, where the server named them. */
  readonly retryAfter: number | undefined
  /** What is wrong with which field, by JSON pointer. */
  readonly errors: readonly { pointer: string; detail: string }[]

  constructor(code: string, status: number, message: string, body: Partial<ProblemBody> = {}) {
    super(message)
    this.code = code
    this.status = status
    this.retryAfter = body.retryAfter
    this.errors = body.errors ?? []
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>

/** `ended`: nobody is signed in any more; requests wait. */
export const session = createStore<{ state: 'live' | 'ended'; csrfToken: string | null; actor: string | null }>({ state: 'live', csrfToken: null, actor: null })
/** Whether the last request reached the server. */
export const connection = createStore<{ lost: boolean }>({ lost: false })

let waiting: (() => void)[] = []

/** Somebody has signed in: requests that wait are sent. Never as somebody else: what one person began, no other finishes. */
export function resume({ csrfToken, actor }: Account): void {
  const before = session.get().actor
  if (before !== null && before !== actor) return location.reload()
  session.set({ state: 'live', csrfToken, actor })
  const held = waiting
  waiting = []
  for (const go of held) go()
}

/** Signals of requests that a page makes by itself, on a timer: they do not keep a session alive that nobody uses. */
export const byItself = new WeakSet<AbortSignal>()

const SESSION_ENDED = new Set(['operator_token_required', 'operator_token_invalid'])
const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
/** No answer within this many ms counts as none: long enough for a back-test. */
const TIMEOUT_MS = 120_000

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> => request<T>('GET', path + searchOf(query), undefined, signal)
export const post = <T>(path: string, body?: unknown): Promise<T> => request<T>('POST', path, body)
export const put = <T>(path: string, body?: unknown): Promise<T> => request<T>('PUT', path, body)
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>('PATCH', path, body)
export const del = <T = void>(path: string, query: Query = {}): Promise<T> => request<T>('DELETE', path + searchOf(query))

/** `?a=1&b=2` of what has a value. */
export function searchOf(query: Query): string {
  const entries = Object.entries(query).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '')
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()
  return search === '' ? '' : `?${search}`
}

/** Server-sent events of a path. It ends for good when the server refuses it; the caller opens another. */
export const openStream = (path: string, query: Query): EventSource => new EventSource(`/api${path}${searchOf(query)}`)

/** @param path under /api, such as `/security/v1/events` */
async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let isRenewed = false
  for (;;) {
    const answer = await send(method, path, body, signal)
    if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T
    const problem = await readProblem(answer)
    if (problem.status === 401 && SESSION_ENDED.has(problem.code)) {
      session.set({ ...session.get(), state: 'ended' })
      await new Promise<void>((go, stop) => {
        waiting.push(go)
        signal?.addEventListener('abort', () => stop(signal.reason), { once: true })
      })
      continue
    }
    // In another tab somebody has signed in anew: the cookie is of that session, and the token of the one before.
    if (problem.code === 'csrf_token_invalid' && !isRenewed && session.get().csrfToken !== null) {
      isRenewed = true
      resume(await request<Account>('GET', '/operator/v1/account', undefined, signal))
      continue
    }
    throw problem
  }
}

async function send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  const { csrfToken } = session.get()
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const answer = await fetch(`/api${path}`, {
      method, credentials: 'same-origin', redirect: 'error', cache: 'no-store', signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      headers: {
        accept: 'application/json',
        ...(signal !== undefined && byItself.has(signal) ? { 'x-by-itself': '1' } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(CHANGING.has(method) && csrfToken !== null ? { 'x-csrf-token': csrfToken } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (connection.get().lost) connection.set({ lost: false })
    return answer
  } catch (error) {
    if (signal?.aborted === true) throw error
    if (!connection.get().lost) connection.set({ lost: true })
    throw new Problem('network', 0, CHANGING.has(method)
      ? 'No answer came from the server. It may have done this all the same: look before you send it again. What you typed is still here.'
      : 'The server cannot be reached. It is tried again by itself.')
  }
}

/** Never throws: a proxy's HTML page is as good a refusal as problem+json. */
async function readProblem(answer: Response): Promise<Problem> {
  const body = await answer.json().catch(() => ({})) as Partial<ProblemBody> | null
  const words = body?.detail ?? body?.title ?? `The server answered ${answer.status}.`
  return new Problem(body?.code ?? `http_${answer.status}`, answer.status, words, body ?? {})
}

/** Whatever was thrown, as a problem. */
export const toProblem = (cause: unknown): Problem =>
  cause instanceof Problem ? cause : new Problem('unexpected', 0, cause instanceof Error ? cause.message : 'Something went wrong on this page. Reload it.')
