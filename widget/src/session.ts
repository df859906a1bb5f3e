/* oxlint-disable no-await-in-loop -- each attempt depends on what became of the one before */
/**
 * One session per project and identity. All callers share the request in flight, and an answer is never credited to
 * anybody but the identity it was asked for. The user token travels only when a session starts: the server keeps the
 * user in the session, so a short-lived token may expire without interrupting anybody.
 */
import type { SessionAnswer } from '../../server/contract/widget.ts'
import { type Api, Problem } from './api.ts'
import type { DeviceTokens } from './device-token.ts'

export interface SessionOptions {
  readonly api: Pick<Api, 'startSession'>
  readonly deviceTokens: DeviceTokens
  onOpened(answer: SessionAnswer): void
  /** The host's user token was refused; the session goes on without it. */
  onUserRefused(problem: Problem): void
}

export interface Sessions {
  readonly userToken: string | undefined
  /** Whether a session would recognise this visitor: only then is one worth opening before the first interaction. */
  readonly recognisable: boolean
  /** @throws {Problem} */
  open(): Promise<SessionAnswer>
  /**
   * Runs `request` with a session. A session the server no longer accepts is replaced once, silently; a refused user
   * token is dropped and the request repeated without it. When `repeatable`, it also runs again if the identity
   * changed meanwhile, so that the outcome belongs to who is here now.
   * @throws {Problem}
   */
  use<Answer>(request: (session: SessionAnswer) => Promise<Answer>, repeatable: boolean): Promise<Answer>
  /**
   * Becomes this user (undefined: nobody in particular). Answers false when that changes nothing: the same token, or
   * the one just refused, which a host that answers every error with the same cached token would send for ever.
   */
  identify(userToken: string | undefined): boolean
}

export function createSessions({ api, deviceTokens, onOpened, onUserRefused }: SessionOptions): Sessions {
  let userToken: string | undefined
  let refusedToken: string | undefined
  let current: Promise<SessionAnswer> | undefined
  /** Counts identities: an answer from an earlier era speaks of somebody else. */
  let era = 0

  function refuseUser(problem: Problem): void {
    refusedToken = userToken
    userToken = current = undefined
    onUserRefused(problem)
  }

  async function start(): Promise<SessionAnswer> {
    const asked = userToken
    const deviceToken = deviceTokens.read()
    try {
      return await api.startSession({ ...(asked && { userToken: asked }), ...(deviceToken && { deviceToken }) })
    } catch (problem) {
      if (problem instanceof Problem && problem.refusesUser && asked && asked === userToken) {
        refuseUser(problem)
        return open()
      }
      throw problem
    }
  }

  function open(): Promise<SessionAnswer> {
    if (current) return current
    const opening: Promise<SessionAnswer> = start().then(
      (answer) => {
        if (opening === current) {
          deviceTokens.write(answer.deviceToken)
          onOpened(answer)
        }
        return answer
      },
      (problem: unknown) => {
        if (opening === current) current = undefined
        throw problem
      },
    )
    current = opening
    return opening
  }

  async function use<Answer>(request: (session: SessionAnswer) => Promise<Answer>, repeatable: boolean): Promise<Answer> {
    let renewed = false
    for (;;) {
      const asked = era
      const sentToken = userToken
      const opened = open()
      try {
        const session = await opened
        // The identity changed while we waited: ask again before anything is sent in the wrong name.
        if (asked !== era) continue
        const answer = await request(session)
        if (asked === era || !repeatable) return answer
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem
        if (asked !== era && repeatable) continue
        if (problem.refusesUser && sentToken) {
          // Several requests may be refused for the one token: only the first drops it and tells the host.
          if (userToken === sentToken) refuseUser(problem)
        } else if (!renewed && (problem.code === 'session_expired' || problem.code === 'session_invalid')) {
          renewed = true
          if (current === opened) current = undefined
        } else {
          throw problem
        }
      }
    }
  }

  return {
    get userToken() {
      return userToken
    },
    get recognisable() {
      return Boolean(userToken ?? deviceTokens.read())
    },
    open,
    use,
    identify(token) {
      if (token === userToken || (token && token === refusedToken)) return false
      userToken = token
      current = undefined
      era += 1
      return true
    },
  }
}
