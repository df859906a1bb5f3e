/** A person at a browser: looks at the board, thinks, votes, and puts up with a refusal as the widget does. */
import { Browser, type Cast } from './browser.ts'
import type { Random } from './random.ts'
import { type Hand, humanSignals } from './signals.ts'
import type { Actor, Timeline } from './timeline.ts'
import type { Person, Truth } from './truth.ts'

/** The widget repeats by itself up to twice, unless it is asked to wait longer than this. */
const LONGEST_PAUSE_S = 5
const RETRIES = 2
/** The widget begins its session so long after the board came into view. */
export const IN_VIEW_MS = 1000
/** Of all visits, those whose first click is faster than that. */
const QUICK = 0.04

export class Visitor {
  readonly person: Person
  readonly browser: Browser
  readonly #truth: Truth
  readonly #timeline: Timeline
  readonly #random: Random
  hand: Hand
  #arrivedAt = 0

  constructor(given: { person: Person; browser: Browser; truth: Truth; timeline: Timeline; random: Random; hand: Hand }) {
    this.person = given.person
    this.browser = given.browser
    this.#truth = given.truth
    this.#timeline = given.timeline
    this.#random = given.random
    this.hand = given.hand
  }

  /** The page opens: the board is read, and once it has been in view for a second, a session begins; the very quick vote before. */
  async arrive(actor: Actor): Promise<void> {
    this.#arrivedAt = this.#timeline.now()
    this.browser.session = undefined
    await this.browser.readBoard()
    if (this.#random.chance(QUICK)) {
      await actor.sleep(this.#random.between(500, 950))
      return
    }
    await actor.sleep(IN_VIEW_MS)
    await this.browser.startSession()
    await actor.sleep(Math.min(11_000, Math.max(1200, this.#random.logNormal(4200, 0.5))))
  }

  /** Comes back, looks how the vote stands, and leaves. */
  async lookAgain(actor: Actor): Promise<void> {
    this.browser.session = undefined
    await this.browser.readBoard()
    await actor.sleep(IN_VIEW_MS)
    await this.browser.startSession()
  }

  /** Votes on each, with a pause to read between them. */
  async voteFor(actor: Actor, itemIds: readonly string[]): Promise<void> {
    for (const itemId of itemIds) {
      await this.vote(actor, itemId, 1)
      await actor.sleep(Math.min(14_000, Math.max(900, this.#random.logNormal(3600, 0.6))))
    }
  }

  async vote(actor: Actor, itemId: string, value: 0 | 1): Promise<void> {
    const wish = this.#truth.wish(this.person, itemId, value)
    for (let retries = 0; ; retries += 1) {
      const cast = await this.browser.vote(itemId, value, { signals: this.signals(), actor })
      this.acknowledge(itemId, value, cast)
      const passing = cast.status === 429 || cast.status === 503 || cast.status === 0
      if (!passing || retries === RETRIES || cast.retryAfter > LONGEST_PAUSE_S || wish.value !== value) return
      await actor.sleep(Math.max(400 * 4 ** retries, cast.retryAfter * 1000))
    }
  }

  /** The very same request again, as a proxy, a service worker or a lost answer makes it happen. */
  async repeat(itemId: string, value: 0 | 1, times: number): Promise<void> {
    const { lastVote } = this.browser
    if (lastVote === undefined) return
    const casts = await Promise.all(Array.from({ length: times }, () => this.browser.send(itemId, lastVote.body)))
    for (const cast of casts) this.acknowledge(itemId, value, cast)
  }

  signals(): ReturnType<typeof humanSignals> {
    return humanSignals(this.#random, this.hand, this.#timeline.now() - this.#arrivedAt)
  }

  acknowledge(itemId: string, value: 0 | 1, { voter }: Cast): void {
    if (voter === undefined) return
    this.#truth.wish(this.person, itemId, value).acknowledged.set(voter, value)
  }
}
