/** What `challenge.js` brings: a vote's evidence and its proof of work, from the first wait to the step-up. */
import type { Challenge } from '../../../server/contract/challenge.ts'
import type { Signals } from '../../../server/contract/signals.ts'
import type { VoteAnswer, VoteRequest } from '../../../server/contract/widget.ts'
import type { Problem } from '../api.ts'
import { registry } from '../collectors/registry.ts'
import { collectFacts, signalsOf } from '../facts.ts'
import { challenge as messages } from '../messages/challenge.ts'
import type { Messages } from '../messages/en.ts'
import type { Moment } from '../observation.ts'
import type { OpenSession } from '../session.ts'
import type { Cast } from '../store.ts'
import styles from './challenge.css'
import { announceProgress } from './progress-notice.ts'
import { solve } from './solve.ts'
import type { WorkerFacts } from './worker.ts'

/** A server that goes on asking is not convinced by more work. */
const STEP_UPS = 3
/** No policy of ours makes a visitor wait longer than this before a vote is sent, in ms. */
const LONGEST_DWELL = 10_000

export interface Errand extends Cast {
  readonly itemId: string
  readonly value: 0 | 1
  readonly session: Pick<OpenSession, 'challenge' | 'arrivedAt'>
  /** Sends the vote. @throws {Problem} */
  send(proof?: Pick<VoteRequest, 'solution'>): Promise<VoteAnswer>
  /** The server asks for more work before it takes the vote. */
  onStepUp(): void
}

export interface ChallengeKit {
  readonly messages: Messages
  readonly styles: string
  /** @param core hash of the machine, where a fingerprint may be taken */
  readSignals(moment: Moment, core: string | undefined): Signals
  /** The answer; undefined when the visitor called the check off. @throws {Problem} */
  castVote(errand: Errand): Promise<VoteAnswer | undefined>
}

/** Ends when the server, too, will find that the session has been open long enough. */
function dwell({ challenge, arrivedAt }: Errand['session']): Promise<void> {
  const left = arrivedAt + Math.min(challenge?.minimumDwellMs ?? 0, LONGEST_DWELL) - performance.now()
  return new Promise((resolve) => {
    // One more: a timer may be early by what it rounds off.
    setTimeout(resolve, left + 1)
  })
}

/** @param bless see `Task` */
export type CreateChallengeKit = (bless: (url: string) => string) => ChallengeKit

export const createChallengeKit: CreateChallengeKit = (bless) => {
  /** By nonce and item: who takes a vote back and gives it again has done the work. */
  const solved = new Map<string, string>()
  let worker: WorkerFacts | undefined

  /** undefined: there is none; false: the visitor called it off. */
  async function prove({ nonce, difficulty }: Challenge, { itemId, element, translate }: Errand): Promise<string | undefined | false> {
    const prefix = `${nonce}:${itemId}:`
    const known = solved.get(prefix)
    if (known !== undefined) return known
    const calledOff = new AbortController()
    const notice = announceProgress({ element, translate, cancel: () => calledOff.abort() })
    const counter = await solve({
      prefix,
      difficulty,
      signal: calledOff.signal,
      bless,
      onFacts(facts) {
        worker = facts
      },
      // Luck has no memory, so no bar is true; this is how likely it was to be done by now. It never goes back and never halts.
      onProgress: (tried) => notice.update(1 - Math.exp(-tried / 2 ** difficulty)),
    })
    notice.remove()
    if (calledOff.signal.aborted) return false
    if (counter === undefined) return undefined
    const solution = `${nonce}:${counter}`
    solved.set(prefix, solution)
    return solution
  }

  return {
    messages,
    styles,
    readSignals: (moment, core) => signalsOf(collectFacts(registry, { ...moment, worker, core })),
    async castVote(errand) {
      const { value, session, send, onStepUp } = errand
      let [solution] = await Promise.all([session.challenge && value ? prove(session.challenge, errand) : undefined, dwell(session)])
      for (let asked = 0; ; asked += 1) {
        if (solution === false) return undefined
        try {
          return await send(solution === undefined ? {} : { solution })
        } catch (problem) {
          const { code, challenge } = problem as Problem
          if (code !== 'challenge_required' || !challenge || asked === STEP_UPS) throw problem
          onStepUp()
          solution = await prove(challenge, errand)
          if (solution === undefined) throw problem
        }
      }
    },
  }
}
