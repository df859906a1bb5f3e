/** A visitor’s browser as the server sees it: sessions, votes and tokens over the real routes. */
import type { LightMyRequestResponse } from 'fastify'
import { SignJWT } from 'jose'
import { ORIGIN, type TestApp, type TestProject } from './app.ts'

export interface VisitorOptions {
  project?: TestProject
  origin?: string
  /** Socket address. */
  ip?: string
  userAgent?: string
  userToken?: string
  deviceToken?: string
}

export const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

export class Visitor {
  readonly #test: TestApp
  readonly #options: VisitorOptions
  session = ''
  deviceToken: string | undefined

  constructor(test: TestApp, options: VisitorOptions = {}) {
    this.#test = test
    this.#options = options
    this.deviceToken = options.deviceToken
  }

  get project(): TestProject {
    return this.#options.project ?? this.#test.project
  }

  async call(method: 'GET' | 'POST' | 'PUT', path: string, payload?: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return await this.#test.app.inject({
      method,
      url: `/api/widget/v1/${this.project.key}${path}`,
      remoteAddress: this.#options.ip ?? '203.0.113.7',
      headers: { origin: this.#options.origin ?? ORIGIN, 'user-agent': this.#options.userAgent ?? CHROME, ...headers },
      ...(payload === undefined ? {} : { payload: payload as object }),
    })
  }

  async start(): Promise<LightMyRequestResponse> {
    const { userToken } = this.#options
    const answer = await this.call('POST', '/sessions', {
      ...(userToken === undefined ? {} : { userToken }),
      ...(this.deviceToken === undefined ? {} : { deviceToken: this.deviceToken }),
    })
    if (answer.statusCode === 201) {
      this.session = answer.json<{ session: string }>().session
      this.deviceToken = answer.json<{ deviceToken: string }>().deviceToken
    }
    return answer
  }

  async vote(itemId: string, value: 0 | 1 = 1, extra: object = {}): Promise<LightMyRequestResponse> {
    if (this.session === '') await this.start()
    return await this.call('PUT', `/items/${itemId}/vote`, { value, session: this.session, ...extra })
  }

  /** The public tally of an item. */
  async tally(itemId: string): Promise<number> {
    const { items } = (await this.call('GET', '/board')).json<{ items: { id: string; votes: number }[] }>()
    return items.find((item) => item.id === itemId)?.votes ?? Number.NaN
  }
}

/** A token as a customer’s backend would sign it; overrides make it wrong in one way at a time. */
export async function signUserToken(
  test: TestApp, sub: string, overrides: { claims?: Record<string, unknown>; header?: Record<string, unknown>; secret?: string; project?: TestProject } = {},
): Promise<string> {
  const project = overrides.project ?? test.project
  const seconds = Math.floor(test.clock.now / 1000)
  return await new SignJWT({ sub, aud: project.key, iat: seconds, exp: seconds + 300, ...overrides.claims })
    .setProtectedHeader({ alg: 'HS256', kid: project.identity.kid, ...overrides.header })
    .sign(new TextEncoder().encode(overrides.secret ?? project.identity.secret))
}
