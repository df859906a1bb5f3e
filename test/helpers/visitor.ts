/** A visitor’s browser as the server sees it: sessions, votes and tokens over the real routes. */
import type { LightMyRequestResponse } from 'fastify'
import { SignJWT } from 'jose'
import { expect } from 'vitest'
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

  async call(method: 'GET' | 'POST' | 'PUT' | 'OPTIONS', path: string, payload?: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
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

/** The n-th address of its own /24, so that a crowd is not one network. */
export const addressAt = (index: number): string => `10.${Math.floor(index / 250) + 1}.${(index % 250) + 1}.9`

/** Visitors with running sessions, each from a network of its own; verified ones where `sub` names users. */
export async function crowd(test: TestApp, size: number, options: VisitorOptions = {}, sub?: (index: number) => string): Promise<Visitor[]> {
  return await Promise.all(Array.from({ length: size }, async (_, index) => {
    const token = sub === undefined
      ? {}
      : { userToken: await signUserToken(test, sub(index), options.project === undefined ? {} : { project: options.project }) }
    const visitor = new Visitor(test, { ip: addressAt(index), ...options, ...token })
    const answer = await visitor.start()
    if (answer.statusCode !== 201) throw new Error(`a session answered ${answer.statusCode}: ${answer.body}`)
    return visitor
  }))
}

/** What no answer may show: stacks, file names, what the server is built of. */
const INTERNALS = /node_modules|\.(?:ts|js):\d|\bat \S+ \(|FST_|fastify|\bajv\b|\bjose\b|postgres|violates|syntax error|SyntaxError|TypeError/i

/** Fails unless the answer is problem+json with this status and code, and gives nothing of the inside away. */
export function expectProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  expect(`${answer.statusCode} ${answer.json<{ code?: string }>().code}`).toBe(`${status} ${code}`)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json()).toMatchObject({ type: `/problems/${code}`, status, title: expect.any(String) as string })
  expect(answer.body).not.toMatch(INTERNALS)
}
