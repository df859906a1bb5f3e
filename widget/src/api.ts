/** The wire: the only module that calls `fetch`. Refusals and malfunctions both arrive as a `Problem`. */
import type { Challenge } from '../../server/contract/challenge.ts'
import type { ProblemBody } from '../../server/contract/problem.ts'
import type {
  Board,
  FeedbackAnswer,
  FeedbackRequest,
  SessionAnswer,
  SessionRequest,
  VoteAnswer,
  VoteRequest,
} from '../../server/contract/widget.ts'

/** No answer within this many ms counts as a network failure. */
const TIMEOUT = 10_000

/** Why a request failed. `code` is the server's, or `network`, `timeout`, `http_<status>` when it said nothing usable. */
export class Problem extends Error {
  declare readonly code: string
  /** HTTP status; 0 when there was no answer. */
  declare readonly status: number
  /** Seconds to wait, where the server named them. */
  declare readonly retryAfter: number | undefined
  /** JSON pointers into the request, where the server named the fields it refused. */
  declare readonly pointers: readonly string[]
  /** More work, where the server wants some before it goes on. */
  declare readonly challenge: Challenge | undefined

  constructor(code: string, status = 0, body: Partial<ProblemBody> = {}, retryAfter = body.retryAfter) {
    super(body.detail ?? body.title ?? code)
    this.code = code
    this.status = status
    this.retryAfter = retryAfter
    this.challenge = body.challenge
    this.pointers = (body.errors ?? []).map((error) => error.pointer)
  }

  /** True when repeating the identical request may well succeed: no answer, or the server in trouble. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500
  }

  /** True when the host's identity token was refused. */
  get refusesUser(): boolean {
    return this.code.startsWith('user_token_')
  }
}

/** Whatever was thrown, as a problem; `unexpected` is a mistake of our own. */
export function toProblem(cause: unknown, code = 'unexpected'): Problem {
  return cause instanceof Problem ? cause : new Problem(code)
}

/** Reads a refusal. Never throws: a proxy's HTML page is as good a refusal as problem+json. */
export async function readProblem(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({})) as Partial<ProblemBody> | null
  // A number of seconds; the header's other form, a date, becomes NaN and is dropped.
  const seconds = body?.retryAfter ?? (Number(response.headers.get('retry-after')) || undefined)
  return new Problem(body?.code ?? `http_${response.status}`, response.status, body ?? {}, seconds)
}

export interface Api {
  readBoard(): Promise<Board>
  startSession(body: SessionRequest): Promise<SessionAnswer>
  castVote(itemId: string, body: VoteRequest): Promise<VoteAnswer>
  sendFeedback(body: FeedbackRequest): Promise<FeedbackAnswer>
}

/**
 * @param server origin of the Truetally server, without a trailing slash
 * @throws {Problem} from every call that did not succeed
 */
export function createApi(server: string, projectKey: string): Api {
  async function request<Answer>(path: string, method = 'GET', body?: object): Promise<Answer> {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), TIMEOUT)
    try {
      const response = await fetch(`${server}/api/widget/v1/${projectKey}/${path}`, {
        method,
        // Cookies are never part of this: identity is the session in the body.
        credentials: 'omit',
        // A cache on the way may show a board that is a second old; the browser's own asks, or whoever voted would not see their vote.
        cache: 'no-cache',
        signal: abort.signal,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      if (!response.ok) throw await readProblem(response)
      return await response.json() as Answer
    } catch (cause) {
      throw toProblem(cause, abort.signal.aborted ? 'timeout' : 'network')
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    readBoard: () => request('board'),
    startSession: (body) => request('sessions', 'POST', body),
    castVote: (itemId, body) => request(`items/${itemId}/vote`, 'PUT', body),
    sendFeedback: (body) => request('feedback', 'POST', body),
  }
}
