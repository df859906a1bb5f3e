/**
 * One session per project and identity. All callers share the request in flight, and an answer is never credited to
 * anybody but the identity it was asked for. The user token travels only when a session starts: the server keeps the
 * user in the session, so a short-lived token may expire without interrupting anybody.
 */
import type { SessionAnswer } from '../../server/contract/widget.ts'
import { type Api, Problem } from './api.ts'
import type { DeviceTokens } from './device-token.ts'

export interface OpenSession extends SessionAnswer {
  /** When the answer came, in ms on the page's clock: the server's began a little earlier. */
  readonly arrivedAt: number
  /** The device token it was asked for with. */
  readonly presented: string | undefined
}

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
  open(): Promise<OpenSession>
  /**
   * Runs `request` with a session, and keeps the device token from then on. A session the server no longer accepts is replaced once, silently; a refused user
   * token is dropped and the request repeated without it. When `repeatable`, it also runs again if the identity
   * changed meanwhile, so that the outcome belongs to who is here now.
   * @throws {Problem}
   */
  use<Answer>(request: (session: OpenSession) => Promise<Answer>, repeatable: boolean): Promise<Answer>
  /**
   * Becomes this user (undefined: nobody in particular). Answers false when that changes nothing: the same token, or
   * the one just refused, which a host that answers every error with the same cached token would send for ever.
   */
  identify(userToken: string | undefined): boolean
}

export function createSessions({ api, deviceTokens, onOpened, onUserRefused }: SessionOptions): Sessions {
  let userToken: string | undefined
  let refusedToken: string | undefined
  let current: Promise<OpenSession> | undefined
  /** Counts identities: an answer from an earlier era speaks of somebody else. */
  let era = 0

  function refuseUser(problem: Problem): void {
    refusedToken = userToken
    userToken = current = undefined
    onUserRefused(problem)
  }

  async function start(): Promise<OpenSession> {
    const asked = userToken
    const presented = deviceTokens.read()
    try {
      const answer = await api.startSession({ ...(asked && { userToken: asked }), ...(presented && { deviceToken: presented }) })
      return { ...answer, presented, arrivedAt: performance.now() }
    } catch (problem) {
      if (problem instanceof Problem && problem.refusesUser && asked && asked === userToken) {
        refuseUser(problem)
        return open()
      }
      throw problem
    }
  }

  function open(): Promise<OpenSession> {
    if (current) return current
    const opening: Promise<OpenSession> = start().then(
      (answer) => {
        if (opening === current) {
          deviceTokens.remember(answer.deviceToken)
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

  async function use<Answer>(request: (session: OpenSession) => Promise<Answer>, repeatable: boolean): Promise<Answer> {
    let renewed = false
    for (;;) {
      const asked = era
      const sentToken = userToken
      const opened = open()
      try {
        const session = await opened
        // The identity changed while we waited: ask again before anything is sent in the wrong name.
        if (asked !== era) continue
        const stored = deviceTokens.read()
        if (stored !== session.deviceToken && stored !== session.presented) {
          // Another tab has taken part meanwhile: it is one device, and has one vote.
          if (current === opened) current = undefined
          continue
        }
        deviceTokens.keep(session.deviceToken)
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
