/** Hundreds of random operations over HTTP beside a small model. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { type Action, Operator, type Selected, expectJson } from '../helpers/operator.ts'
import { findLayerFaults, openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'
import { Model, type ModelVote, countedOf, holdersOf, randomFrom, stateOf } from '../helpers/vote-model.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const IPS = ['198.51.100.1', '198.51.100.2', '198.51.100.3']
const FINGERPRINTS = [null, 'feedface00000001', 'feedface00000002']
const USERS = ['usr_ada', 'usr_grace']

/** The voter a receipt is for: what the vote list calls the voter. */
const voterOf = (receipt: string): string =>
  (JSON.parse(Buffer.from(receipt.split('.')[0] ?? '', 'base64url').toString()) as { voter: string }).voter

interface Device {
  visitor: Visitor
  signedIn: { visitor: Visitor; user: string } | undefined
  voter: string
  ip: string
  fingerprint: string | null
}

/** One random history over HTTP beside its model. */
function beginScenario(seed: number, project: TestProject) {
  const random = randomFrom(seed)
  const moderator = new Operator(server, server.operators.moderator, project)
  const model = new Model()
  const devices: Device[] = []
  /** Voter keys of the users, learnt from their receipts. */
  const userKeys = new Map<string, string>()
  /** Actions not undone yet; `cohort` is that of a cohort’s own hold, which ends with it. */
  const standing: { id: string; cohort?: string }[] = []
  const cohorts: { id: string; itemId: string }[] = []
  const began = server.clock.now
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

  async function prepare(): Promise<void> {
    for (let n = 0; n < 14; n += 1) {
      const ip = pick(IPS)
      const visitor = new Visitor(server, { project: project, ip })
      // A device’s voter key shows in the receipt of a vote on an item that plays no part.
      await visitor.start()
      const user = n < 4 ? USERS[n % 2] : undefined
      const device: Device = { visitor, signedIn: undefined, voter: '', ip, fingerprint: pick(FINGERPRINTS) }
      device.voter = voterOf((await visitor.vote(project.items[2], 1)).json<{ receipt: string }>().receipt)
      if (user !== undefined) {
        const userToken = await signUserToken(server, user, { project: project, claims: { exp: Math.floor(server.clock.now / 1000) + 7200 } })
        const signedIn = new Visitor(server, { project: project, ip, userToken, deviceToken: visitor.deviceToken ?? '' })
        await signedIn.start()
        device.signedIn = { visitor: signedIn, user }
        if (!userKeys.has(user)) {
          userKeys.set(user, voterOf((await signedIn.vote(project.items[2], 1)).json<{ receipt: string }>().receipt))
        }
      }
      devices.push(device)
    }
    await moderator.invalidate({ filter: { item: project.items[2] } })
  }

  async function step(): Promise<void> {
    server.clock.now += 700
    const roll = random(100)
    if (roll < 46) await castOne()
    else if (roll < 56) await invalidate()
    else if (roll < 64) await hold()
    else if (roll < 70) await open()
    else if (roll < 76) await arrive()
    else if (roll < 80) await invalidateCohort()
    else if (roll < 84) await liftOne(random(Math.max(1, cohorts.length)))
    else if (roll < 95) await undoOne(random(Math.max(1, standing.length)))
    else await release()
  }

  async function castOne(): Promise<void> {
    const device = pick(devices)
    const itemId = project.items[random(2)] as string
    const value = random(3) === 0 ? 0 : 1
    const signedIn = random(2) === 0 ? device.signedIn : undefined
    const extra = device.fingerprint === null ? {} : { fingerprint: device.fingerprint }
    const answer = await (signedIn?.visitor ?? device.visitor).vote(itemId, value, extra)
    const user = signedIn === undefined ? null : (userKeys.get(signedIn.user) as string)
    const expected = model.cast(itemId, device.voter, value, server.clock.now, { ip: device.ip, fingerprint: device.fingerprint, user })
    expect({ status: answer.statusCode, body: answer.body }).toMatchObject({ status: expected === 'ok' ? 200 : 409 })
  }

  function filter(): Record<string, unknown> {
    const since = began + random(200) * 1000
    const filters: Record<string, unknown>[] = [
      { item: project.items[random(2)] }, { ip: pick(IPS) }, { fingerprint: pick(FINGERPRINTS.slice(1)) },
      { tier: pick(['device', 'verified']) }, { state: pick(['counted', 'held', 'invalidated']) }, { since }, { until: since },
      { heldFor: pick(['seat', 'cohort', 'moderator']) }, ...(cohorts.length === 0 ? [] : [{ cohort: pick(cohorts).id }]),
    ]
    const both = { ...pick(filters), ...pick(filters) }
    // Never the third item.
    return both['item'] === undefined ? { ...both, item: project.items[random(2)] } : both
  }

  function selection(from: readonly string[]): { selected: Selected; votes: ModelVote[] } {
    if (random(4) > 0 || model.votes.size === 0) {
      const chosen = filter()
      return { selected: { filter: chosen }, votes: model.matching(chosen, from) }
    }
    const voteIds = Array.from({ length: 1 + random(4) }, () => pick([...model.votes.keys()]))
    return { selected: { voteIds }, votes: model.matching({}, from).filter(({ id }) => voteIds.includes(id)) }
  }

  async function invalidate(): Promise<void> {
    const { selected, votes } = selection(['counted', 'held'])
    const preview = await moderator.preview(selected)
    const { id, ...applied } = await moderator.invalidate(selected)
    const expected = model.move(votes, (vote) => void vote.layers.push({ action: id, effect: 'invalidated', cohort: null }))
    expect(applied).toEqual(expected)
    expect(preview).toEqual({ id: null, ...expected })
    standing.push({ id })
  }

  async function hold(): Promise<void> {
    const { selected, votes } = selection(['counted', 'held'])
    const { id, ...applied } = await moderator.hold(selected)
    expect(applied).toEqual(model.move(votes, (vote) => void vote.layers.push({ action: id, effect: 'held', cohort: null })))
    standing.push({ id })
  }

  async function open(): Promise<void> {
    const itemId = project.items[random(2)] as string
    const chosen = [...model.votes.values()].filter((vote) => vote.itemId === itemId && random(3) === 0)
    const { cohort, held } = await openCohort(server, project, { kind: 'core', matches: `${cohorts.length} ${server.clock.now}`, itemId }, chosen.map(({ id }) => id))
    const id = String(cohort.id)
    cohorts.push({ id, itemId })
    const votes = model.holdable(chosen, id)
    expect(held.id === null).toBe(votes.length === 0)
    const action = String(held.id)
    const expected = model.move(votes, (vote) => void vote.layers.push({ action, effect: 'held', cohort: id }))
    expect(held.matched).toBe(expected.matched)
    if (held.id !== null) standing.push({ id: action, cohort: id })
  }

  async function arrive(): Promise<void> {
    if (cohorts.length === 0) return
    const { id, itemId } = pick(cohorts)
    const ip = pick(IPS)
    const vote = await recordVote(server, project, { itemId, heldFor: 'cohort', cohortId: Number(id), facts: { ipAddress: ip } })
    model.arrive(vote.id, itemId, id, server.clock.now, ip)
  }

  async function invalidateCohort(): Promise<void> {
    if (cohorts.length === 0) return
    const { id } = pick(cohorts)
    const { id: action, ...applied } = expectJson<Action & { id: string }>(
      await moderator.call('POST', `/moderation/v1/cohorts/${id}/invalidate`, { project: project.key, reason: 'a farm' }), 201)
    expect(applied).toEqual(model.move(model.matching({ cohort: id }, ['held']), (vote) =>
      void vote.layers.push({ action, effect: 'invalidated', cohort: id })))
    standing.push({ id: action })
  }

  async function liftOne(index: number): Promise<void> {
    const [cohort] = cohorts.splice(index, 1)
    if (cohort === undefined) return
    const { id, ...applied } = expectJson<Action>(
      await moderator.call('DELETE', `/moderation/v1/cohorts/${cohort.id}?project=${project.key}`), 200)
    expect(id).toBe(cohort.id)
    expect(applied).toEqual(model.lift(cohort.id))
    standing.splice(0, standing.length, ...standing.filter((action) => action.cohort !== cohort.id))
  }

  async function release(): Promise<void> {
    const { selected, votes } = selection(['held'])
    const { id, ...applied } = await moderator.release(selected)
    expect(applied).toEqual(model.move(votes, (vote) => void vote.layers.push({ action: id, effect: 'counted', cohort: null })))
    standing.push({ id })
  }

  async function undoOne(index: number): Promise<void> {
    const [action] = standing.splice(index, 1)
    if (action === undefined) return
    const { id } = action
    const { id: undone, ...applied } = await moderator.undo(id)
    expect(undone).toBe(id)
    expect(applied).toEqual(model.move([...model.votes.values()], (vote) =>
      void (vote.layers = vote.layers.filter((layer) => layer.action !== id))))
  }

  /** Undoes every action and lifts every cohort, in any order. */
  async function undoAll(): Promise<number> {
    const before = standing.length + cohorts.length
    while (standing.length + cohorts.length > 0) {
      if (random(2) === 0) await undoOne(random(Math.max(1, standing.length)))
      else await liftOne(random(Math.max(1, cohorts.length)))
    }
    return before
  }

  async function compare(): Promise<void> {
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    expect(await findLayerFaults(server)).toEqual([])
    const { votes, nextCursor } = await moderator.votes({ limit: 200 })
    expect(nextCursor).toBeNull()
    const real = votes.filter(({ itemId }) => itemId !== project.items[2])
      .map(({ id, state, value, tier, castAt, heldFor, cohortId }) => ({ id, state, value, tier, castAt, heldFor, cohortId }))
    const expected = [...model.votes.values()].map((vote) => {
      const holder = holdersOf(vote)[0]
      return {
        id: vote.id, state: stateOf(vote), value: vote.value, tier: vote.tier, castAt: vote.castAt,
        heldFor: holder?.heldFor ?? null, cohortId: holder?.cohort ?? null,
      }
    })
    expect(real.toSorted(byId)).toEqual(expected.toSorted(byId))
    const listed = expectJson<{ cohorts: { id: string; votesHeld: number }[] }>(
      await moderator.call('GET', `/moderation/v1/cohorts?project=${project.key}&limit=200`), 200)
    expect(listed.cohorts.map(({ id, votesHeld }) => ({ id, votesHeld }))).toEqual(listed.cohorts.map(({ id }) => ({ id, votesHeld: model.heldBy(id) })))
    for (const itemId of project.items.slice(0, 2)) {
      expect(await new Visitor(server, { project: project }).tally(itemId)).toBe(countedOf(model.votes.values(), itemId))
    }
  }

  return { prepare, step, undoAll, compare }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

describe('random operations', () => {
  test.each([20_261_121, 7, 1009])('agree with the model after each step and after undoing and lifting all (seed %i)', async (seed) => {
    server.clock.now += 3_600_000
    const scenario = beginScenario(seed, await server.addProject())
    await scenario.prepare()
    for (let n = 0; n < 300; n += 1) {
      await scenario.step()
      if (n % 50 === 49) await scenario.compare()
    }
    expect(await scenario.undoAll()).toBeGreaterThan(0)
    await scenario.compare()
    // Some seven hundred requests one after the other.
  })
})
