/** A moderator’s or operator’s client: the real routes, with a token. */
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { TestApp, TestProject } from './app.ts'

export interface Action {
  id: string | null
  matched: number
  tallyChanges: { itemId: string; before: number; after: number }[]
}
export interface ListedVote {
  id: string
  itemId: string
  voter: string
  state: string
  tier: string
  value: number
  castAt: number
  supersededBy: string | null
  ipAddress: string | null
  endUser: string | null
  heldFor: string | null
  cohortId: string | null
}
export interface Columns {
  counted: number
  held: number
  invalidated: number
}
/** `{ filter }` or `{ voteIds }`. */
export type Selected = { filter: object } | { voteIds: string[] }

export class Operator {
  readonly #test: TestApp
  readonly #authorization: string
  readonly project: TestProject

  constructor(test: TestApp, authorization: string = test.operators.moderator, project: TestProject = test.project) {
    this.#test = test
    this.#authorization = authorization
    this.project = project
  }

  /** `path` from `/moderation/v1/…`, `/security/v1/…` or `/operator/v1/…`. */
  async call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object): Promise<LightMyRequestResponse> {
    return await this.#test.app.inject({
      method, url: `/api${path}`, headers: { authorization: this.#authorization }, ...(payload === undefined ? {} : { payload }),
    })
  }

  async votes(query: Record<string, string | number> = {}): Promise<{ votes: ListedVote[]; nextCursor: string | null }> {
    const search = new URLSearchParams({ project: this.project.key, ...Object.fromEntries(Object.entries(query).map(([k, v]) => [k, String(v)])) })
    return expectJson(await this.call('GET', `/moderation/v1/votes?${search}`), 200)
  }

  async invalidate(selected: Selected, reason = 'a test says so'): Promise<Action & { id: string }> {
    return expectJson(await this.call('POST', '/moderation/v1/invalidations', { project: this.project.key, ...selected, reason }), 201)
  }

  async preview(selected: Selected): Promise<Action> {
    const body = { project: this.project.key, ...selected, reason: 'only looking', dryRun: true }
    return expectJson(await this.call('POST', '/moderation/v1/invalidations', body), 200)
  }

  async undo(id: string): Promise<Action> {
    return expectJson(await this.call('POST', `/moderation/v1/invalidations/${id}/undo`, { project: this.project.key, reason: 'a mistake' }), 200)
  }

  async release(selected: Selected): Promise<Action & { id: string }> {
    const body = { project: this.project.key, ...selected, reason: 'a real person' }
    return expectJson(await this.call('POST', '/moderation/v1/votes/release', body), 200)
  }

  async hold(selected: Selected, reason = 'to look at'): Promise<Action & { id: string }> {
    return expectJson(await this.call('POST', '/moderation/v1/holds', { project: this.project.key, ...selected, reason }), 201)
  }

  /** counted, held and invalidated votes of an item. */
  async columns(itemId: string): Promise<Columns> {
    const { counted, held, invalidated } = await this.#votesOf(itemId)
    return { counted, held, invalidated }
  }

  async tiers(itemId: string): Promise<{ verified: Columns; device: Columns }> {
    return (await this.#votesOf(itemId)).byTier
  }

  async #votesOf(itemId: string): Promise<Columns & { byTier: { verified: Columns; device: Columns } }> {
    const { items } = expectJson<{ items: { id: string; votes: Columns & { byTier: { verified: Columns; device: Columns } } }[] }>(
      await this.call('GET', `/moderation/v1/items?project=${this.project.key}`), 200)
    const item = items.find(({ id }) => id === itemId)
    if (item === undefined) throw new Error(`the board has no item ${itemId}`)
    return item.votes
  }
}

/** The answer’s body, once its status is the expected one; a refusal shows its whole body instead. */
export function expectJson<T>(answer: LightMyRequestResponse, status: number): T {
  if (answer.statusCode !== status) expect(`${answer.statusCode} ${answer.body}`).toBe(`${status}`)
  return answer.json<T>()
}

export function expectProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.json()).toMatchObject({ status, code })
  expect(answer.statusCode).toBe(status)
}
