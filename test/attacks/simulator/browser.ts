/** A browser with the widget in it, or something that speaks like one: sessions, work, votes, and tokens kept or thrown away. */
import type { Challenge } from '../../../server/contract/challenge.ts'
import type { ProblemBody } from '../../../server/contract/problem.ts'
import type { Board, SessionAnswer, VoteAnswer } from '../../../server/contract/widget.ts'
import type { Signals } from '../../../server/contract/signals.ts'
import type { Device } from './devices.ts'
import { factsOf } from './signals.ts'
import type { Actor } from './timeline.ts'
import type { Answer, Asked, Wire } from './wire.ts'
import { solve } from './work.ts'

export interface Scene {
  wire: Wire
  projectKey: string
  origin: string
  sendsFingerprint: boolean
  now(): number
  /** Called once for each request, before it is sent. */
  onRequest(browser: Browser): void
  /** Called for each solution that had to be searched for, with the leading zero bits that were asked. */
  onWork(browser: Browser, difficulty: number): void
  /** Called for each acknowledged vote, with the names of everything in the answer. */
  onAccepted(browser: Browser, shape: string): void
}
export interface Cast {
  status: number
  retryAfter: number
  /** Voter key of the receipt, when the vote was acknowledged. */
  voter: string | undefined
}
export interface Ballot {
  /** What was seen of the gesture; what the browser says of itself is added to it. undefined: a client that sends none. */
  signals?: Signals | undefined
  /** Whoever waits until the server’s minimum dwell is over, as the widget does; without one nobody does. */
  actor?: Actor | undefined
  extra?: object
}

/** What searching 2^20 hashes takes a browser, about. */
const STEP_UP_MS = 1200

export class Browser {
  readonly #scene: Scene
  readonly attacking: boolean
  readonly population: string
  device: Device
  address: string
  /** What the client puts into X-Forwarded-For itself; the proxy appends the address it sees. */
  forwarded: string | undefined
  deviceToken: string | undefined
  session: string | undefined
  /** Whether it does the work it is asked for. */
  works = true
  #challenge: Challenge | null = null
  #sessionAt = 0
  readonly #solved = new Map<string, string>()
  #userToken: (() => string) | undefined
  /** The last vote, as a man in the middle of this browser would see it. */
  lastVote: { itemId: string; body: object } | undefined

  constructor(scene: Scene, who: { attacking: boolean; population: string; device: Device; address: string }) {
    this.#scene = scene
    this.attacking = who.attacking
    this.population = who.population
    this.device = who.device
    this.address = who.address
  }

  async call(asked: Omit<Asked, 'headers' | 'path'> & { path: string; projectKey?: string }): Promise<Answer> {
    const { path, projectKey = this.#scene.projectKey, ...rest } = asked
    this.#scene.onRequest(this)
    return await this.#scene.wire.send({
      ...rest, path: `/api/widget/v1/${projectKey}${path}`,
      headers: {
        ...this.device.headers, 'user-agent': this.device.userAgent, 'origin': this.#scene.origin, 'referer': `${this.#scene.origin}/`,
        'x-forwarded-for': this.forwarded === undefined ? this.address : `${this.forwarded}, ${this.address}`,
      },
    })
  }

  async readBoard(): Promise<Board | undefined> {
    const { status, body } = await this.call({ method: 'GET', path: '/board' })
    return status === 200 ? body as Board : undefined
  }

  /** The host page says who this is, from the next session on; it has a fresh token whenever one is asked for. */
  signIn(userToken: () => string): void {
    this.#userToken = userToken
    this.session = undefined
  }

  get signedIn(): boolean {
    return this.#userToken !== undefined
  }

  /** The device token is kept as the widget keeps it. */
  async startSession(): Promise<Answer> {
    const answer = await this.call({
      method: 'POST', path: '/sessions',
      body: {
        ...(this.#userToken === undefined ? {} : { userToken: this.#userToken() }),
        ...(this.deviceToken === undefined ? {} : { deviceToken: this.deviceToken }),
      },
    })
    if (answer.status !== 201) return answer
    const { session, deviceToken, challenge } = answer.body as SessionAnswer
    this.session = session
    this.deviceToken = deviceToken
    this.#challenge = challenge
    this.#sessionAt = this.#scene.now()
    this.#solved.clear()
    return answer
  }

  /** The work for one vote of the running session; searched for once, however often it is sent. */
  solution(itemId: string): string | undefined {
    if (this.#challenge === null || !this.works) return undefined
    let solution = this.#solved.get(itemId)
    if (solution === undefined) this.#solved.set(itemId, (solution = this.#search(this.#challenge, itemId)))
    return solution
  }

  /** Starts a session where there is none, and another one where the server no longer takes it, as the widget does. */
  async vote(itemId: string, value: 0 | 1, { signals, actor, extra = {} }: Ballot = {}): Promise<Cast> {
    let renewed = this.session === undefined
    if (renewed) {
      const { status, retryAfter } = await this.startSession()
      if (status !== 201) return { status, retryAfter, voter: undefined }
    }
    for (;;) {
      await this.#waitOut(actor)
      const cast = await this.#stepUp(itemId, this.#bodyOf(itemId, value, signals, extra), actor)
      if (renewed || cast.code !== 'session_expired') return cast
      renewed = true
      const { status, retryAfter } = await this.startSession()
      if (status !== 201) return { status, retryAfter, voter: undefined }
    }
  }

  /** One vote request, whatever its body. */
  async send(itemId: string, body: object): Promise<Cast & { code: string | undefined; challenge: Challenge | undefined }> {
    this.lastVote = { itemId, body }
    const { status, body: said, retryAfter } = await this.call({ method: 'PUT', path: `/items/${itemId}/vote`, body })
    if (status !== 200) {
      const { code, challenge } = (said ?? {}) as Partial<ProblemBody>
      return { status, retryAfter, voter: undefined, code, challenge }
    }
    const receipt = readReceipt((said as VoteAnswer).receipt)
    this.#scene.onAccepted(this, [...Object.keys(said as object), ...Object.keys(receipt).map((name) => `receipt.${name}`)].toSorted().join(' '))
    return { status, retryAfter, voter: receipt.voter, code: undefined, challenge: undefined }
  }

  /** Clears cookies and storage. */
  forget(): void {
    this.deviceToken = undefined
    this.session = undefined
  }

  #bodyOf(itemId: string, value: 0 | 1, signals: Signals | undefined, extra: object): object {
    const { fingerprint } = this.device
    const solution = value === 1 ? this.solution(itemId) : undefined
    const { sendsFingerprint } = this.#scene
    return {
      value, session: this.session, ...(solution === undefined ? {} : { solution }),
      ...(fingerprint === undefined || !sendsFingerprint ? {} : { fingerprint }),
      ...(signals === undefined ? {} : { signals: { ...factsOf(this.device, this.#scene.now(), sendsFingerprint), ...signals } }),
      ...extra,
    }
  }

  /** Sends it, and once more with the harder work where that is asked for. */
  async #stepUp(itemId: string, body: object, actor: Actor | undefined): Promise<Cast & { code: string | undefined }> {
    const cast = await this.send(itemId, body)
    if (cast.code !== 'challenge_required' || cast.challenge === undefined || !this.works) return cast
    const solution = this.#search(cast.challenge, itemId)
    await actor?.sleep(STEP_UP_MS)
    return await this.send(itemId, { ...body, solution })
  }

  #search(challenge: Challenge, itemId: string): string {
    this.#scene.onWork(this, challenge.difficulty)
    return solve(challenge, itemId)
  }

  async #waitOut(actor: Actor | undefined): Promise<void> {
    const left = this.#sessionAt + (this.#challenge?.minimumDwellMs ?? 0) - this.#scene.now()
    if (actor !== undefined && left > 0) await actor.sleep(left + 1)
  }
}

/** The readable half: the ledger’s name of the voter in it leads to the vote’s state on the moderators’ side. */
function readReceipt(receipt: string): { voter: string } {
  const payload = JSON.parse(Buffer.from(receipt.split('.')[0] ?? '', 'base64url').toString()) as { voter?: unknown }
  const { voter } = payload
  if (typeof voter !== 'string') throw new Error(`a receipt that names no voter: ${receipt}`)
  return { ...payload, voter }
}
