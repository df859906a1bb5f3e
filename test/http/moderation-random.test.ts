/** Hundreds of random operations over HTTP beside a model of a few lines; then the same kind of load all at once, on two nodes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { ORIGIN, type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, type Selected, expectJson } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'
import { Model, type ModelVote, countedOf, randomFrom, stateOf } from '../helpers/vote-model.ts'

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
  const standing: string[] = []
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
    if (roll < 62) await castOne()
    else if (roll < 78) await invalidate()
    else if (roll < 90) await undoOne(random(Math.max(1, standing.length)))
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
    const expected = model.move(votes, (vote) => void (vote.takenBy = id))
    expect(applied).toEqual(expected)
    expect(preview).toEqual({ id: null, ...expected })
    standing.push(id)
  }

  async function release(): Promise<void> {
    const { selected, votes } = selection(['held'])
    const { id, ...applied } = await moderator.release(selected)
    expect(id).toMatch(/^\d+$/)
    expect(applied).toEqual(model.move(votes, (vote) => void (vote.base = 'counted')))
  }

  async function undoOne(index: number): Promise<void> {
    const [id] = standing.splice(index, 1)
    if (id === undefined) return
    const { id: undone, ...applied } = await moderator.undo(id)
    expect(undone).toBe(id)
    expect(applied).toEqual(model.move([...model.votes.values()].filter(({ takenBy }) => takenBy === id), (vote) => void (vote.takenBy = null)))
  }

  async function undoAll(): Promise<number> {
    const before = standing.length
    while (standing.length > 0) await undoOne(random(standing.length))
    return before
  }

  async function compare(): Promise<void> {
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    const { votes } = await moderator.votes({ limit: 200 })
    const real = votes.filter(({ itemId }) => itemId !== project.items[2]).map(({ id, state, value, tier, castAt }) => ({ id, state, value, tier, castAt }))
    const expected = [...model.votes.values()].map((vote) => ({ id: vote.id, state: stateOf(vote), value: vote.value, tier: vote.tier, castAt: vote.castAt }))
    expect(real.toSorted(byId)).toEqual(expected.toSorted(byId))
    for (const itemId of project.items.slice(0, 2)) {
      expect(await new Visitor(server, { project: project }).tally(itemId)).toBe(countedOf(model.votes.values(), itemId))
    }
  }

  return { prepare, step, undoAll, compare }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

describe('random operations', () => {
  test.each([20_261_121, 7, Math.floor(Math.random() * 1e9)])('agree with the model after each step and after undoing all (seed %i)', async (seed) => {
    server.clock.now += 3_600_000
    const scenario = beginScenario(seed, await server.addProject())
    await scenario.prepare()
    for (let n = 0; n < 300; n += 1) {
      await scenario.step()
      if (n % 50 === 49) await scenario.compare()
    }
    expect(await scenario.undoAll()).toBeGreaterThan(0)
    await scenario.compare()
  })
})

describe('everything at once on two nodes', () => {
  test('votes, invalidations, undos and releases neither deadlock nor bend a tally', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, requestsPerMinute: 100_000 })
    try {
      server.clock.now += 3_600_000
      second.clock.now = server.clock.now
      const project = await server.addProject()
      await second.app.projects.reload()
      const nodes = [server, second]
      const moderators = nodes.map((node) => new Operator(node, node.operators.moderator, project))
      const visitors = await Promise.all(Array.from({ length: 60 }, async (_, n) => {
        const visitor = new Visitor(nodes[n % 2] as TestApp, { project, ip: `198.51.${n % 6}.${n}`, origin: ORIGIN })
        await visitor.start()
        return visitor
      }))
      const random = randomFrom(42)
      const statuses = new Map<number, number>()
      const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)

      const voting = visitors.map(async (visitor, n) => {
        for (let round = 0; round < 10; round += 1) {
          const itemId = project.items[random(3)] as string
          count((await visitor.vote(itemId, round % 3 === 2 ? 0 : 1, { fingerprint: `feedface0000000${n % 5}` })).statusCode)
        }
      })
      const moderating = Array.from({ length: 6 }, async (_, n) => {
        const moderator = moderators[n % 2] as Operator
        for (let round = 0; round < 6; round += 1) {
          const filter = [{ item: project.items[n % 3] }, { network: `198.51.${n}.0/24` }, { tier: 'device' }, { state: 'held' }][round % 4] as object
          const { id } = await moderator.invalidate({ filter })
          await moderator.release({ filter: { state: 'held' } })
          if (round % 2 === 0) await moderator.undo(id)
        }
      })
      await Promise.all([...voting, ...moderating])

      expect(Object.fromEntries(statuses)).toEqual({ 200: 600 })
      const check = await findTallyFaults(server.app.db)
      expect(check.faults).toEqual([])
      expect(check.votes).toBeGreaterThan(100)

      const [moderator] = moderators as [Operator]
      const log = expectJson<{ invalidations: { id: string; undoneAt: number | null }[] }>(
        await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}&limit=200`), 200)
      await Promise.all(log.invalidations.filter(({ undoneAt }) => undoneAt === null).map(({ id }, n) => (moderators[n % 2] as Operator).undo(id)))
      expect((await findTallyFaults(server.app.db)).faults).toEqual([])
      for (const itemId of project.items) expect((await moderator.columns(itemId)).invalidated).toBe(0)
      expect((await moderator.votes({ state: 'invalidated' })).votes).toEqual([])
    } finally {
      await second.close()
    }
  })
})
