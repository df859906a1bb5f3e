/** A browser with the widget in it, or something that speaks like one: sessions, votes, and tokens kept or thrown away. */
import type { Board, SessionAnswer, VoteAnswer } from '../../../server/contract/widget.ts'
import type { Signals } from '../../../server/contract/signals.ts'
import type { Device } from './devices.ts'
import type { Answer, Asked, Wire } from './wire.ts'

export interface Scene {
  wire: Wire
  projectKey: string
  origin: string
  sendsFingerprint: boolean
  /** Called once for each request, before it is sent. */
  onRequest(browser: Browser): void
}
export interface Cast {
  status: number
  retryAfter: number
  /** Voter key of the receipt, when the vote was acknowledged. */
  voter: string | undefined
}

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
  #userToken: (() => string) | undefined
  /** The body of the last vote, as a man in the middle of this browser would see it. */
  lastBody: object | undefined

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
        'origin': this.#scene.origin, 'user-agent': this.device.userAgent, 'accept-language': this.device.acceptLanguage,
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
    const { session, deviceToken, challenge } = answer.body as Omit<SessionAnswer, 'challenge'> & { challenge: unknown }
    if (challenge !== null) throw new Error('The server sets a challenge, and this browser has not learnt to solve it: every figure would be wrong.')
    this.session = session
    this.deviceToken = deviceToken
    return answer
  }

  /** Starts a session where there is none, and another one where the server no longer takes it, as the widget does. */
  async vote(itemId: string, value: 0 | 1, signals?: Signals, extra: object = {}): Promise<Cast> {
    let renewed = this.session === undefined
    if (renewed) {
      const { status, retryAfter } = await this.startSession()
      if (status !== 201) return { status, retryAfter, voter: undefined }
    }
    for (;;) {
      const { fingerprint } = this.device
      const body = {
        value, session: this.session,
        ...(fingerprint === undefined || !this.#scene.sendsFingerprint ? {} : { fingerprint }),
        ...(signals === undefined ? {} : { signals }), ...extra,
      }
      const cast = await this.send(itemId, body)
      if (renewed || cast.code !== 'session_expired') return cast
      renewed = true
      const { status, retryAfter } = await this.startSession()
      if (status !== 201) return { status, retryAfter, voter: undefined }
    }
  }

  /** One vote request, whatever its body. */
  async send(itemId: string, body: object): Promise<Cast & { code: string | undefined }> {
    this.lastBody = body
    const { status, body: said, retryAfter } = await this.call({ method: 'PUT', path: `/items/${itemId}/vote`, body })
    const voter = status === 200 ? voterOf((said as VoteAnswer).receipt) : undefined
    return { status, retryAfter, voter, code: (said as { code?: string } | undefined)?.code }
  }

  /** Clears cookies and storage. */
  forget(): void {
    this.deviceToken = undefined
    this.session = undefined
  }
}

/** The ledger’s name of the voter, from the readable half of a receipt; it leads to the vote’s state on the moderators’ side. */
function voterOf(receipt: string): string {
  const { voter } = JSON.parse(Buffer.from(receipt.split('.')[0] ?? '', 'base64url').toString()) as { voter?: unknown }
  if (typeof voter !== 'string') throw new Error(`a receipt that names no voter: ${receipt}`)
  return voter
}
