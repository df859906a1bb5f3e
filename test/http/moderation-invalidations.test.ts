import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let server: TestApp
let project: TestProject
let moderator: Operator
let item: string
let other: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  // The windows of votes per network move on.
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  ;[item, other] = project.items
})

/** Votes of as many visitors, one second apart. */
async function castVotes(count: number, { ip = '198.51.100.1', itemId = item, extra = {} as object } = {}): Promise<Visitor[]> {
  const visitors: Visitor[] = []
  for (let n = 0; n < count; n += 1) {
    const visitor = new Visitor(server, { project, ip })
    server.clock.now += 1000
    expect((await visitor.vote(itemId, 1, extra)).statusCode).toBe(200)
    visitors.push(visitor)
  }
  return visitors
}
const states = async (): Promise<string[]> => (await moderator.votes({ item })).votes.map(({ state, value }) => `${state} ${value}`).toSorted()
const idOf = async (ip: string): Promise<string> => (await moderator.votes({ item, ip })).votes[0]?.id ?? 'no such vote'
const tally = (itemId = item): Promise<number> => new Visitor(server, { project }).tally(itemId)
const faults = async (): Promise<unknown[]> => (await findTallyFaults(server.app.db)).faults

describe('a dry run', () => {
  test('predicts what applying does, and changes nothing', async () => {
    await castVotes(4)
    await castVotes(2, { itemId: other })
    await castVotes(3, { ip: '192.0.2.1' })
    const selected = { filter: { ip: '198.51.100.1' } }
    const before = await moderator.votes()

    const preview = await moderator.preview(selected)
    expect(preview).toEqual({
      id: null, matched: 6, tallyChanges: [{ itemId: item, before: 7, after: 3 }, { itemId: other, before: 2, after: 0 }],
    })
    expect(await moderator.votes()).toEqual(before)
    expect(await tally()).toBe(7)
    expect((await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json()).toEqual({ invalidations: [], nextCursor: null })

    const applied = await moderator.invalidate(selected)
    expect({ ...applied, id: null }).toEqual(preview)
  })

  test('of a selection without votes says so', async () => {
    await castVotes(1)
    expect(await moderator.preview({ filter: { ip: '192.0.2.99' } })).toEqual({ id: null, matched: 0, tallyChanges: [] })
  })
})

describe('applying and undoing', () => {
  test('the public board shows both at once', async () => {
    await castVotes(3)
    const { id } = await moderator.invalidate({ filter: { item } })
    expect(await tally()).toBe(0)
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 3 })
    expect(await moderator.undo(id)).toEqual({ id, matched: 3, tallyChanges: [{ itemId: item, before: 0, after: 3 }] })
    expect(await tally()).toBe(3)
    expect(await moderator.columns(item)).toEqual({ counted: 3, held: 0, invalidated: 0 })
  })

  test('held votes come back held', async () => {
    await castVotes(3, { extra: { fingerprint: 'abcdef0123456789' } })
    expect(await states()).toEqual(['counted 1', 'held 1', 'held 1'])
    const { id, matched, tallyChanges } = await moderator.invalidate({ filter: { item } })
    expect({ matched, tallyChanges }).toEqual({ matched: 3, tallyChanges: [{ itemId: item, before: 1, after: 0 }] })
    await moderator.undo(id)
    expect(await states()).toEqual(['counted 1', 'held 1', 'held 1'])
    expect(await moderator.columns(item)).toEqual({ counted: 1, held: 2, invalidated: 0 })
  })

  test('votes cast since then stay', async () => {
    await castVotes(2)
    const { id } = await moderator.invalidate({ filter: { item } })
    await castVotes(3)
    expect(await tally()).toBe(3)
    expect((await moderator.undo(id)).tallyChanges).toEqual([{ itemId: item, before: 3, after: 5 }])
    expect(await tally()).toBe(5)
  })

  test('a vote taken back while invalidated stays taken back', async () => {
    const [first] = await castVotes(3)
    const { id } = await moderator.invalidate({ filter: { item } })
    expect((await first?.vote(item, 0))?.statusCode).toBe(200)
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 2 })
    await moderator.undo(id)
    expect(await tally()).toBe(2)
    expect(await states()).toEqual(['counted 0', 'counted 1', 'counted 1'])
    expect((await first?.vote(item, 1))?.statusCode).toBe(200)
    expect(await tally()).toBe(3)
  })

  test('voting again does not get an invalidated vote back into the tally, undo does', async () => {
    const [first] = await castVotes(1)
    const { id } = await moderator.invalidate({ filter: { item } })
    for (const value of [0, 1] as const) {
      server.clock.now += 1000
      expect((await first?.vote(item, value))?.statusCode).toBe(200)
    }
    expect(await tally()).toBe(0)
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 1 })
    await moderator.undo(id)
    expect(await tally()).toBe(1)
  })

  test.each(['the first', 'the second'])('of two that overlap, %s is undone first, and both bring back what was', async (which) => {
    await castVotes(3)
    await castVotes(2, { ip: '192.0.2.1' })
    await castVotes(2, { itemId: other })
    const before = (await moderator.votes()).votes
    const first = await moderator.invalidate({ filter: { item } })
    const second = await moderator.invalidate({ filter: { ip: '198.51.100.1' } })
    expect([first.matched, second.matched]).toEqual([5, 2])
    expect([await tally(), await tally(other)]).toEqual([0, 0])
    for (const { id } of which === 'the first' ? [first, second] : [second, first]) {
      await moderator.undo(id)
      expect(await faults()).toEqual([])
    }
    expect([await tally(), await tally(other)]).toEqual([5, 2])
    expect((await moderator.votes()).votes).toEqual(before)
  })

  test('a device vote that its verified owner spoke for in between does not come back beside theirs', async () => {
    const device = new Visitor(server, { project })
    await device.vote(item)
    const { id } = await moderator.invalidate({ filter: { item } })
    const owner = new Visitor(server, { project, userToken: await signUserToken(server, 'usr_owner', { project }), deviceToken: device.deviceToken ?? '' })
    expect((await owner.vote(item)).statusCode).toBe(200)
    expect(await tally()).toBe(1)
    expect((await moderator.undo(id)).tallyChanges).toEqual([])
    expect(await tally()).toBe(1)
    expect(await faults()).toEqual([])
  })

  test('undoing a second time is refused and changes nothing', async () => {
    await castVotes(2)
    const { id } = await moderator.invalidate({ filter: { item } })
    await moderator.undo(id)
    await moderator.invalidate({ filter: { item } })
    const again = await moderator.call('POST', `/moderation/v1/invalidations/${id}/undo`, {})
    expectProblem(again, 409, 'already_undone')
    expect(await tally()).toBe(0)
  })

  test.each(['2000000', '2147483648', '9999999999'])('undoing %s, which never was, is a 404', async (id) => {
    expectProblem(await moderator.call('POST', `/moderation/v1/invalidations/${id}/undo`, { project: project.key }), 404, 'not_found')
  })

  test('undo works without a body, and with the project in the query', async () => {
    await castVotes(1)
    const one = await moderator.invalidate({ filter: { item } })
    expect((await moderator.call('POST', `/moderation/v1/invalidations/${one.id}/undo`)).statusCode).toBe(200)
    const two = await moderator.invalidate({ filter: { item } })
    expect((await moderator.call('POST', `/moderation/v1/invalidations/${two.id}/undo?project=${project.id}`)).statusCode).toBe(200)
    expect(await tally()).toBe(1)
  })

  test('of ten undos at the same moment exactly one does it', async () => {
    await castVotes(3)
    const { id } = await moderator.invalidate({ filter: { item } })
    const answers = await Promise.all(Array.from({ length: 10 }, () => moderator.call('POST', `/moderation/v1/invalidations/${id}/undo`, {})))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
    expect(await tally()).toBe(3)
  })

  test('the log tells newest first who did what and why, word for word', async () => {
    await castVotes(1)
    const reason = `Robert'); drop table votes;-- "quoted" $1 \\ %s <b>é\u{1F5F3}</b>`
    const { id } = await moderator.invalidate({ filter: { item } }, reason)
    const nul = await moderator.invalidate({ filter: { ip: '192.0.2.1' } }, 'with a \0 in it')
    await moderator.undo(id)
    const list = (await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json()
    const common = { actor: 'a moderator', effect: 'invalidate', cohortId: null, createdAt: expect.any(Number) as number }
    expect(list).toEqual({
      nextCursor: null,
      invalidations: [
        { ...common, id: nul.id, reason: 'with a  in it', matched: 0, undoneAt: null, undoneBy: null, undoable: true },
        { ...common, id, reason, matched: 1, undoneAt: expect.any(Number), undoneBy: 'a moderator', undoable: false },
      ],
    })
    expect((await moderator.votes()).votes).toHaveLength(1)
  })

  test('the log pages', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.unshift((await moderator.invalidate({ filter: { ip: '192.0.2.1' } })).id)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      const page = answer.json<{ invalidations: { id: string }[]; nextCursor: string | null }>()
      seen.push(...page.invalidations.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids)
  })
})

describe('what is selected', () => {
  test.each<[string, (at: number) => object, number]>([
    ['by address', () => ({ ip: '198.51.100.1' }), 2],
    ['by address, written the long way round', () => ({ ip: '::ffff:198.51.100.1' }), 2],
    ['by network', () => ({ network: '198.51.100.0/24' }), 3],
    ['by network with host bits', () => ({ network: '198.51.100.77/24' }), 3],
    ['by fingerprint', () => ({ fingerprint: 'feedfacefeedface' }), 1],
    ['by tier verified', () => ({ tier: 'verified' }), 1],
    ['by tier device', () => ({ tier: 'device' }), 5],
    ['by state', () => ({ state: 'held' }), 1],
    ['cast since', (at) => ({ since: at + 4000 }), 3],
    ['cast until, which is not included', (at) => ({ until: at + 4000 }), 3],
    ['in an interval', (at) => ({ since: at + 2000, until: at + 4000 }), 2],
    ['by two fields that must both match', () => ({ network: '198.51.100.0/24', fingerprint: 'feedfacefeedface' }), 1],
    ['by fields that exclude each other', () => ({ ip: '192.0.2.1', fingerprint: 'feedfacefeedface' }), 0],
  ])('%s', async (_title, filterOf, expected) => {
    const at = server.clock.now
    await castVotes(2)
    await castVotes(1, { ip: '198.51.100.2', extra: { fingerprint: 'feedfacefeedface' } })
    await castVotes(2, { ip: '192.0.2.1', extra: { fingerprint: 'abcdef0123456789' } })
    server.clock.now += 1000
    await new Visitor(server, { project, ip: '192.0.2.9', userToken: await signUserToken(server, 'usr_1', { project }) }).vote(item)
    const selected = { filter: { item, ...filterOf(at) } }
    // The signed-in visitor’s device has a row of its own, which says nothing and stands in no tally.
    const listed = (await moderator.votes({ item, ...filterOf(at) })).votes.filter(({ supersededBy }) => supersededBy === null)
    expect(listed).toHaveLength(expected)
    await moderator.invalidate(selected)
    expect((await moderator.columns(item)).invalidated).toBe(expected)
    expect(await faults()).toEqual([])
  })

  test('by vote ids, of this project only', async () => {
    await castVotes(1, { ip: '192.0.2.1' })
    await castVotes(1, { ip: '192.0.2.2' })
    const ids = [await idOf('192.0.2.2'), `${other}:00000000-0000-0000-0000-000000000000`]
    expect((await moderator.invalidate({ voteIds: ids })).matched).toBe(1)
    const stranger = new Operator(server, server.operators.moderator, await server.addProject())
    expect((await stranger.invalidate({ voteIds: [await idOf('192.0.2.1')] })).matched).toBe(0)
    expect(await tally()).toBe(1)
  })

  test.each<[string, object, string]>([
    ['an empty filter', { filter: {} }, 'invalid_selection'],
    ['neither filter nor ids', {}, 'invalid_selection'],
    ['both filter and ids', { filter: { tier: 'device' }, voteIds: ['1:00000000-0000-0000-0000-000000000000'] }, 'invalid_selection'],
    ['an unknown filter field', { filter: { everyone: true } }, 'invalid_request'],
    ['a wrong address', { filter: { ip: '1.2.3' } }, 'invalid_request'],
    ['a network as wide as the internet', { filter: { network: '0.0.0.0/0' } }, 'invalid_request'],
    ['a fingerprint that is none', { filter: { fingerprint: 'a\0b' } }, 'invalid_request'],
    ['an id that only looks like one', { voteIds: [`1:${'-'.repeat(36)}`] }, 'invalid_request'],
    ['no ids', { voteIds: [] }, 'invalid_request'],
    ['an empty reason', { filter: { tier: 'device' }, reason: '' }, 'invalid_request'],
  ])('%s is refused', async (_title, selected, code) => {
    for (const path of ['/moderation/v1/invalidations', '/moderation/v1/holds', '/moderation/v1/votes/release']) {
      expectProblem(await moderator.call('POST', path, { project: project.key, reason: 'a test', ...selected }), 400, code)
    }
  })

  test('an item id beyond any item selects nothing', async () => {
    expect((await moderator.preview({ filter: { item: '9999999999' } })).matched).toBe(0)
    expect((await moderator.preview({ voteIds: ['9999999999:00000000-0000-0000-0000-000000000000'] })).matched).toBe(0)
    expect((await moderator.votes({ item: '9999999999' })).votes).toEqual([])
  })
})
