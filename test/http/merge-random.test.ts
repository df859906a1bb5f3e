/** Random votes, actions, merges and undos beside a model: every row, every tally. */
import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertItem } from '../../db/queries/items.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { MergeModel, type ModelMerge } from '../helpers/merge-model.ts'
import { askToUndo, merge, previewMerge, undoMerge, votesStored } from '../helpers/merges.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'
import { findLayerFaults } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'
import { randomFrom } from '../helpers/vote-model.ts'

let server: TestApp
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const DEVICES = ['d1', 'd2', 'd3', 'd4', 'd5']
const USERS = ['u1', 'u2']

function beginScenario(seed: number, project: TestProject, items: readonly string[]) {
  const random = randomFrom(seed)
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
  const moderator = new Operator(server, server.operators.moderator, project)
  const model = new MergeModel()
  const actions: string[] = []
  const done = { merges: 0, undos: 0, refused: 0, copies: 0, swaps: 0, links: 0 }
  /** Of this scenario: names of voters are never those of another. */
  const keyOf = (name: string): string =>
    createHash('md5').update(`${seed} ${project.id} ${name}`).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const names = new Map([...DEVICES, ...USERS].map((name) => [keyOf(name), name]))

  async function cast(): Promise<void> {
    const item = pick(items)
    const device = pick(DEVICES)
    const user = random(3) === 0 ? pick(USERS) : null
    const value = random(3) === 0 ? 0 : 1
    const voter = user ?? device
    const at = server.clock.now
    const outcome = await server.app.recorder.record({
      ballot: {
        projectId: project.id, itemId: Number(item), voter: keyOf(voter), tier: user === null ? 'd' : 'v', value, castAt: at, hold: false, seat: null,
        supersedes: user === null ? null : keyOf(device),
      },
      decide: ({ state }) => ({
        projectId: project.id, decisionId: uuidv7({ msecs: at }), decidedAt: at, itemId: Number(item), voter: keyOf(voter), tier: user === null ? 'd' : 'v', value, state,
        score: 0, action: 'allow', wouldHave: null, policy: 'test', breakdown: {}, ipAddress: '203.0.113.7', network: '203.0.113.0/24', fingerprint: null,
        device: keyOf(device), userAgent: null, origin: 'https://shop.example', endUser: null, signals: null, core: null, asn: null, country: null, shadow: null,
        heldUntil: null, newcomer: true, hosting: null, heldFor: null, cohortId: null,
      }),
    })
    expect(outcome.result === 'refused' ? 'refused' : 'ok').toBe(model.cast(item, voter, value, at, user === null ? null : device))
  }

  async function act(effect: 'h' | 'i'): Promise<void> {
    const chosen = model.rows().filter(() => random(4) === 0)
    if (chosen.length === 0) return
    const voteIds = chosen.map(({ item, voter }) => `${item}:${keyOf(voter)}`)
    const { id } = effect === 'i' ? await moderator.invalidate({ voteIds }) : await moderator.hold({ voteIds })
    for (const row of chosen) if (MergeModel.state(row) !== 'i') row.layers.push({ action: id, effect })
    actions.push(id)
  }

  async function undoAct(): Promise<void> {
    const [action] = actions.splice(random(Math.max(1, actions.length)), 1)
    if (action === undefined) return
    await moderator.undo(action)
    for (const row of model.rows()) row.layers = row.layers.filter((layer) => layer.action !== action)
  }

  async function mergeOne(): Promise<void> {
    const open = items.filter((item) => !model.mergedInto.has(item))
    if (open.length < 2) return
    const item = pick(open)
    const into = pick(open.filter((other) => other !== item))
    const stored = await votesStored(server, project)
    const preview = await previewMerge(moderator, item, into)
    if (random(3) === 0) {
      // There and back again is as if nothing had been.
      await undoMerge(moderator, (await merge(moderator, item, into)).id)
      expect(await votesStored(server, project)).toEqual(stored)
    }
    const before = { [item]: model.countedOn(item), [into]: model.countedOn(into) }
    const answer = await merge(moderator, item, into)
    expect(preview).toEqual({ ...answer, id: null })
    const { moved, kept } = model.merge(answer.id, item, into)
    const tallyChanges = [item, into].toSorted((a, b) => Number(a) - Number(b))
      .map((itemId) => ({ itemId, before: before[itemId], after: model.countedOn(itemId) })).filter((change) => change.before !== change.after)
    expect(answer).toEqual({ id: answer.id, moved, kept, held: 0, tallyChanges })
    done.merges += 1
    done.swaps += model.merges.at(-1)?.swapped.size ?? 0
    done.links += model.merges.at(-1)?.linked.size ?? 0
  }

  async function undoOne(standing: ModelMerge | undefined): Promise<void> {
    if (standing === undefined) return
    if (model.isBuiltUpon(standing)) {
      expectProblem(await askToUndo(moderator, standing.id), 409, 'merge_built_upon')
      done.refused += 1
      return
    }
    await undoMerge(moderator, standing.id)
    const rows = model.rows().length
    model.undo(standing)
    done.undos += 1
    done.copies += model.rows().length - rows
  }

  async function compare(): Promise<void> {
    const { rows } = await server.app.db.query<{ item: string; voter: string; tier: string; value: string; castAt: number; state: string; by: string | null }>(
      `select item_id::text as item, voter, tier, value, cast_at as "castAt", state, superseded_by as by from votes where project_id = $1`, [project.id])
    const named = rows.map(({ voter, by, value, ...row }) => ({ ...row, value: Number(value), voter: names.get(voter), by: by === null ? null : names.get(by) }))
    const expected = model.rows().map(({ item, voter, tier, value, castAt, by, ...row }) => ({ item, voter, tier, value, castAt, by, state: MergeModel.state({ ...row, item, voter, tier, value, castAt, by }) }))
    expect(sorted(named)).toEqual(sorted(expected))
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    expect(await findLayerFaults(server)).toEqual([])
    const { items: shown } = (await new Visitor(server, { project }).call('GET', '/board')).json<{ items: { id: string; votes: number }[] }>()
    expect(Object.fromEntries(shown.map(({ id, votes }) => [id, votes])))
      .toEqual(Object.fromEntries(items.filter((item) => !model.mergedInto.has(item)).map((item) => [item, model.countedOn(item)])))
    // Whoever speaks for a device on an item of the board has a row there.
    expect(rows.filter(({ item, by }) => by !== null && !model.mergedInto.has(item) && !rows.some((other) => other.item === item && other.voter === by))).toEqual([])
    // A decision lies where the vote is that it was made about.
    const { rows: stray } = await server.app.db.query(
      `select d.item_id, d.voter from decisions d where d.project_id = $1
         and not exists (select from votes v where v.project_id = d.project_id and v.item_id = d.item_id and v.voter = d.voter)`, [project.id])
    expect(stray).toEqual([])
  }

  return {
    done,
    compare,
    async step(): Promise<void> {
      server.clock.now += 700
      const roll = random(100)
      if (roll < 62) await cast()
      else if (roll < 68) await act('i')
      else if (roll < 72) await act('h')
      else if (roll < 79) await undoAct()
      else if (roll < 90) await mergeOne()
      else await undoOne(model.merges.length === 0 ? undefined : pick(model.merges))
    },
    async undoAll(): Promise<void> {
      for (let standing = model.merges.at(-1); standing !== undefined; standing = model.merges.at(-1)) await undoOne(standing)
    },
  }
}

const sorted = <T extends { item: string; voter: string | undefined }>(list: T[]): T[] =>
  list.toSorted((a, b) => (`${a.item} ${a.voter}` < `${b.item} ${b.voter}` ? -1 : 1))

/** Where what is rare comes about: votes that change places, devices spoken for, rows that stay. */
const RICH = 22
/** Few merges come about with it, as with most. */
const PLAIN = 1009

test.each([RICH, 23, PLAIN])('agree with the model every few steps, and after undoing all (seed %i)', async (seed) => {
  server.clock.now += 3_600_000
  const project = await server.addProject()
  const fourth = String(await insertItem(server.app.db, project.id, { title: 'A fourth', description: '', status: 'open', position: 9 }))
  await server.app.boards.refresh(project.id)
  const scenario = beginScenario(seed, project, [...project.items, fourth])
  for (let n = 0; n < 150; n += 1) {
    await scenario.step()
    if (n % 3 === 2) await scenario.compare()
  }
  await scenario.undoAll()
  await scenario.compare()
  expect(Math.min(scenario.done.merges, scenario.done.undos)).toBeGreaterThan(3)
  expect({ ...scenario.done, missing: seed === RICH && Object.values(scenario.done).includes(0) }).toMatchObject({ missing: false })
})
