/** People who sign in: made in the test’s own database, signed in by the real route, calling by cookie as the dashboard does. */
import { randomBytes } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { insertOperator } from '../../db/queries/operators.ts'
import type { Account } from '../../server/contract/account.ts'
import type { Role } from '../../server/contract/primitives.ts'
import { createPasswords } from '../../server/tokens/passwords.ts'
import type { TestApp } from './app.ts'

export const PASSWORD = 'correct horse battery staple'
/** Hashing is slow on purpose: all people of a test file share one hash, unless they have a password of their own. */
let sharedHash: Promise<string> | undefined

export interface TestPerson {
  id: number
  name: string
  password: string
}

/** Somebody who can sign in. `projectId` 0: every project. */
export async function addPerson(
  test: TestApp, role: Role = 'admin', options: { name?: string; projectId?: number; password?: string; passwordIsTemporary?: boolean } = {},
): Promise<TestPerson> {
  const { name = `${role}-${randomBytes(4).toString('hex')}`, projectId = 0, password = PASSWORD, passwordIsTemporary = false } = options
  const passwordHash = password === PASSWORD ? await (sharedHash ??= createPasswords().hash(PASSWORD)) : await createPasswords().hash(password)
  const row = await insertOperator(test.app.db, { name, role, projectId, passwordHash, passwordIsTemporary, createdBy: 'a test' }, test.clock.now)
  if (row === null) throw new Error(`there is somebody called ${name} already`)
  return { id: row.id, name, password }
}

export interface SignInOptions {
  code?: string
  /** The address it comes from. */
  from?: string
  headers?: Record<string, string>
  url?: string
}

export async function attemptSignIn(
  test: TestApp, shown: { name: string; password: string }, { code, from = '192.0.2.10', headers = {} }: SignInOptions = {},
): Promise<LightMyRequestResponse> {
  return await test.app.inject({
    method: 'POST', url: '/api/operator/v1/session', remoteAddress: from, headers: { host: 'votes.example', ...headers },
    payload: { name: shown.name, password: shown.password, ...(code === undefined ? {} : { code }) },
  })
}

/** A browser tab of somebody who signed in. */
export class SignedIn {
  readonly #test: TestApp
  readonly account: Account
  /** `name=value` */
  readonly cookie: string
  readonly from: string

  constructor(test: TestApp, account: Account, cookie: string, from: string) {
    this.#test = test
    this.account = account
    this.cookie = cookie
    this.from = from
  }

  /** `path` from `/moderation/v1/…`, `/security/v1/…` or `/operator/v1/…`; sends what the dashboard sends, unless `headers` say otherwise. */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object, headers: Record<string, string | undefined> = {},
  ): Promise<LightMyRequestResponse> {
    const sent = {
      'host': 'votes.example', 'cookie': this.cookie, 'x-csrf-token': method === 'GET' ? undefined : this.account.csrfToken ?? undefined, ...headers,
    }
    return await this.#test.app.inject({
      method, url: `/api${path}`, remoteAddress: this.from,
      headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)),
      ...(payload === undefined ? {} : { payload }),
    })
  }
}

export async function signIn(test: TestApp, person: { name: string; password: string }, options: SignInOptions = {}): Promise<SignedIn> {
  const answer = await attemptSignIn(test, person, options)
  if (answer.statusCode !== 200) throw new Error(`signing in answered ${answer.statusCode}: ${answer.body}`)
  return new SignedIn(test, answer.json<Account>(), cookieOf(answer), options.from ?? '192.0.2.10')
}

/** `name=value` of the session’s cookie. */
export function cookieOf(answer: LightMyRequestResponse): string {
  const [cookie] = answer.cookies as { name: string; value: string }[]
  if (cookie === undefined) throw new Error('the answer set no cookie')
  return `${cookie.name}=${cookie.value}`
}

/** A new person with this role, signed in. */
export async function signInAs(test: TestApp, role: Role, options: Parameters<typeof addPerson>[2] = {}): Promise<SignedIn> {
  return await signIn(test, await addPerson(test, role, options))
}
