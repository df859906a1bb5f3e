/**
 * One store per project on the page: the board, the session, the votes. Every mounted element of the project shows
 * this state, so a vote in one shows in the others.
 */
import type { Board, FeedbackRequest, VoteRequest } from '../../server/contract/widget.ts'
import { type Api, Problem, toProblem } from './api.ts'
import type { LoadChallenge } from './challenge.ts'
import type { DeviceTokens } from './device-token.ts'
import type { EventHub, Events } from './events.ts'
import type { Fingerprinter } from './fingerprint.ts'
import type { Moment } from './observation.ts'
import { createSessions } from './session.ts'
import type { Translator } from './translate.ts'
import { createVoteQueue, type Value } from './vote-queue.ts'

/** What a component hands over with a vote or feedback: where it happened, in which language, and what was observed. */
export interface Cast {
  readonly element: Element
  readonly moment: Moment
  readonly translate: Translator['translate']
}

/** Something the visitor should know: a problem, and the item it is about if any. */
export interface Notice {
  readonly problem: Problem
  readonly title?: string
}

export type FeedbackDraft = Pick<FeedbackRequest, 'kind' | 'title' | 'body' | 'email'>

export interface StoreOptions {
  readonly project: string
  readonly api: Api
  readonly deviceTokens: DeviceTokens
  readonly emit: EventHub['emit']
  readonly fingerprint: Fingerprinter
  readonly loadChallenge: LoadChallenge
  hasConsent(): boolean
  wait(milliseconds: number): Promise<unknown>
}

export type Store = ReturnType<typeof createStore>

export function createStore({ project, api, deviceTokens, emit, fingerprint, loadChallenge, hasConsent, wait }: StoreOptions) {
  const views = new Map<Element, () => void>()
  let board: Board | undefined
  let failure: Problem | undefined
  let notice: Notice | undefined
  let reported: Problem | undefined
  let loading: Promise<void> | undefined

  const render = () => {
    for (const view of views.values()) view()
  }

  function tell<Name extends 'error' | 'challenge'>(name: Name, detail: Omit<Events[Name], 'project'>, elements: Iterable<Element>) {
    emit(name, { project, ...detail } as Events[Name], elements)
  }

  /** A session that failed ahead of a vote and then fails the vote is one problem: the host hears of it once. */
  function report(problem: Problem, elements: Iterable<Element> = [...views.keys()]): void {
    if (problem === reported) return
    reported = problem
    const { code, message, status } = problem
    if (code === 'verification_required') tell('challenge', { code }, elements)
    tell('error', { code, message, status }, elements)
  }

  const sessions = createSessions({
    api,
    deviceTokens,
    onOpened: (answer) => votes.setVoted(answer.votedItemIds),
    onUserRefused: (problem) => {
      report(problem)
      render()
    },
  })

  const votes = createVoteQueue<Cast>({
    wait,
    onChange: render,
    async send(itemId, value, cast) {
      requireUser()
      const answer = await sessions.use(async (session) => {
        // Again: the user token may have been refused as the session opened.
        requireUser()
        const kit = await loadChallenge()
        const send = async (proof?: Pick<VoteRequest, 'solution'>) =>
          api.castVote(itemId, { value, session: session.session, ...(await readEvidence(cast)), ...proof })
        const onStepUp = () => tell('challenge', { code: 'challenge_required' }, [cast.element])
        return kit ? kit.castVote({ ...cast, itemId, value, session, send, onStepUp }) : send()
      }, true)
      // The visitor called the check off. A status like the server's: no answer would be a reason to try again.
      if (!answer) throw new Problem('challenge_cancelled', 403)
      notice = undefined
      emit('vote', { project, ...answer }, [cast.element])
      return answer
    },
    onRefused(itemId, problem, { element }) {
      const item = board?.items.find(({ id }) => id === itemId)
      notice = { problem, ...(item && { title: item.title }) }
      report(problem, [element])
    },
  })

  function needsSignIn(): boolean {
    return board?.project.mode === 'verified' && !sessions.userToken
  }

  /** The server would refuse as well; saying so here spares it the request and the visitor the wait. */
  function requireUser(): void {
    if (needsSignIn()) throw new Problem('verification_required', 401)
  }

  function mayFingerprint(): boolean {
    const mode = board?.project.fingerprint
    return mode === 'on' || (mode === 'consent' && hasConsent())
  }

  async function readEvidence({ moment }: Cast): Promise<Pick<VoteRequest, 'fingerprint' | 'signals'>> {
    const [kit, print] = await Promise.all([loadChallenge(), mayFingerprint() ? fingerprint.read() : undefined])
    return { ...(kit && { signals: kit.readSignals(moment, print?.core) }), ...(print && { fingerprint: print.visitorId }) }
  }

  /** Opens the session ahead of a vote. Its failure is nobody's business until there is one. */
  function openSession(): void {
    sessions.open().catch((problem: unknown) => {
      if (problem instanceof Problem) report(problem)
    })
  }

  function greet(): void {
    if (!needsSignIn()) openSession()
  }

  async function load(): Promise<void> {
    failure = undefined
    render()
    try {
      board = await api.readBoard()
      votes.setTallies(board.items)
    } catch (cause) {
      failure = toProblem(cause)
      // The browser hides from the page why a foreign origin or an unknown key was refused; whoever embeds the widget needs the hint.
      if (!failure.status) console.warn(`Truetally: no board. Is ${location.origin} on the project's list of origins, and data-project its key?`)
      report(failure)
    }
    loading = undefined
    render()
  }

  return {
    project,
    get board() {
      return board
    },
    get failure() {
      return failure
    },
    get notice() {
      return notice
    },
    needsSignIn,
    readVote: votes.read,
    /** @returns a function that unsubscribes */
    subscribe(element: Element, view: () => void): () => void {
      views.set(element, view)
      return () => {
        views.delete(element)
      }
    },
    /** Reads the board, and the visitor's votes if a session would recognise them. */
    load(): Promise<void> {
      if (!loading) {
        loading = load()
        if (sessions.recognisable) openSession()
      }
      return loading
    },
    /** The visitor has had the time to read: the server's clock may begin. */
    greet,
    /** The visitor shows interest: whatever a vote will need may load now. */
    wake(): void {
      greet()
      void loadChallenge()
      if (mayFingerprint()) fingerprint.warm()
    },
    warmFingerprint(): void {
      if (mayFingerprint()) fingerprint.warm()
    },
    vote(itemId: string, value: Value, cast: Cast): void {
      notice = undefined
      votes.want(itemId, value, cast)
    },
    /** @throws {Problem} and then nothing was recorded, as far as anybody knows */
    async sendFeedback(draft: FeedbackDraft, cast: Cast): Promise<void> {
      try {
        const { id } = await sessions.use(
          async ({ session }) => api.sendFeedback({ ...draft, session, ...(await readEvidence(cast)) }),
          // Feedback has no key that would make a repeat harmless.
          false,
        )
        emit('feedback', { project, id }, [cast.element])
      } catch (cause) {
        const problem = toProblem(cause)
        report(problem, [cast.element])
        throw problem
      }
    },
    dismissNotice(): void {
      notice = undefined
      render()
    },
    /** A new identity (undefined: none) has a new session and its own votes. */
    identify(userToken: string | undefined): void {
      if (!sessions.identify(userToken)) return
      notice = undefined
      openSession()
      render()
    },
  }
}
