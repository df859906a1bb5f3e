import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp
let project: TestProject
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
})

const add = (item: object) => moderator.call('POST', '/moderation/v1/items', { project: project.key, ...item })
const change = (id: string, patch: object) => moderator.call('PATCH', `/moderation/v1/items/${id}`, { project: project.key, ...patch })
const mark = (id: string, patch: object) => moderator.call('PATCH', `/moderation/v1/feedback/${id}`, { project: project.key, ...patch })

const board = async (): Promise<{ id: string; title: string; status: string; votes: number }[]> =>
  (await new Visitor(server, { project }).call('GET', '/board')).json<{ items: { id: string; title: string; status: string; votes: number }[] }>().items
interface Entry {
  id: string
  title: string
  state: string
  note: string | null
}
let visitors = 0
const send = async (title: string, extra: object = {}): Promise<string> => {
  const visitor = new Visitor(server, { project, ip: `198.51.${title.length}.${(visitors += 1) % 200}` })
  await visitor.start()
  return expectJson<{ id: string }>(await visitor.call('POST', '/feedback', { kind: 'idea', title, session: visitor.session, ...extra }), 201).id
}
const order = (itemIds: string[]) => moderator.call('PUT', '/moderation/v1/items/order', { project: project.key, itemIds })
const make = (id: string, extra: object = {}) => moderator.call('POST', `/moderation/v1/feedback/${id}/item`, { project: project.key, ...extra })
const found = async (query: Record<string, string>): Promise<string[]> => (await list(`&${new URLSearchParams(query)}`)).feedback.map(({ id }) => id)
const list = async (query = ''): Promise<{ feedback: Entry[]; nextCursor: string | null }> =>
  expectJson(await moderator.call('GET', `/moderation/v1/feedback?project=${project.key}${query}`), 200)

describe('items', () => {
  test('a new item is on the public board at once and can be voted for', async () => {
    const made = expectJson<{ id: string }>(await add({ title: '  Export to <b>PDF</b> ', description: 'one\0two' }), 201)
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/), title: 'Export to <b>PDF</b>', description: 'onetwo', status: 'open', position: project.items.length, mergedInto: null,
      votes: {
        counted: 0, held: 0, invalidated: 0,
        byTier: { verified: { counted: 0, held: 0, invalidated: 0 }, device: { counted: 0, held: 0, invalidated: 0 } },
      },
    })
    expect((await new Visitor(server, { project }).vote(made.id)).statusCode).toBe(200)
    expect((await board()).find(({ id }) => id === made.id)).toMatchObject({ title: 'Export to <b>PDF</b>', votes: 1 })
    expect((await moderator.columns(made.id)).counted).toBe(1)
  })

  test('a change keeps the votes and moves the board', async () => {
    const [first, , last] = project.items
    await new Visitor(server, { project }).vote(last)
    expect((await change(last, { position: -5, title: 'First now' })).json()).toMatchObject({ id: last, title: 'First now', position: -5, votes: { counted: 1 } })
    expect((await board()).map(({ id }) => id)[0]).toBe(last)
    await change(last, { position: 10 })
    expect((await board()).map(({ id }) => id)[0]).toBe(first)
  })

  test.each(['shipped', 'declined'])('nobody votes on an item that is %s, until it is open again', async (status) => {
    const [item] = project.items
    await change(item, { status })
    expectProblem(await new Visitor(server, { project }).vote(item), 409, 'voting_closed')
    await change(item, { status: 'open' })
    expect((await new Visitor(server, { project }).vote(item)).statusCode).toBe(200)
  })

  test.each(['2000000', '9999999999'])('an unknown item %s is a 404', async (id) => {
    expectProblem(await change(id, { title: 'Nothing' }), 404, 'unknown_item')
  })

  test('an item of another project is a 404 and stays as it was', async () => {
    const [foreign] = server.project.items
    expectProblem(await change(foreign, { title: 'Mine now' }), 404, 'unknown_item')
    expect((await moderator.call('GET', `/moderation/v1/items?project=${server.project.key}`)).body).not.toContain('Mine now')
  })

  test.each<[string, object]>([
    ['no title', {}], ['a blank title', { title: '   ' }], ['a long title', { title: 'x'.repeat(201) }], ['an unknown status', { title: 'x', status: 'gone' }],
    ['a position that is no whole number', { title: 'x', position: 1.5 }], ['a position as text', { title: 'x', position: '1' }], ['another field', { title: 'x', votes: 100 }],
  ])('%s is refused', async (_title, item) => {
    expectProblem(await add(item), 400, 'invalid_request')
  })
})

describe('the order of items', () => {
  test('is what was asked for, the others after them, on the board at once', async () => {
    const [first, second, third] = project.items
    const answer = expectJson<{ items: { id: string; position: number }[] }>(await order([third, first]), 200)
    expect(answer.items.map(({ id, position }) => [id, position])).toEqual([[third, 1], [first, 2], [second, 3]])
    expect((await board()).map(({ id }) => id)).toEqual([third, first, second])
  })

  test('knows its own items only, each once', async () => {
    expectProblem(await order([server.project.items[0]]), 404, 'unknown_item')
    expectProblem(await order([project.items[0], project.items[0]]), 400, 'invalid_request')
    expectProblem(await order([]), 400, 'invalid_request')
    expect((await board()).map(({ id }) => id)).toEqual(project.items)
  })
})

describe('feedback', () => {
  test('arrives as new, with what the person wrote, word for word', async () => {
    const id = await send('<script>alert(1)</script> é\u{1F5F3}', { kind: 'bug', body: "'; drop table feedback;--\n\ttabs", email: 'ada@example.com' })
    expect((await list()).feedback).toEqual([{
      id, kind: 'bug', title: '<script>alert(1)</script> é\u{1F5F3}', body: "'; drop table feedback;--\n\ttabs", email: 'ada@example.com',
      state: 'new', note: null, tier: 'device', itemId: null, createdAt: expect.any(Number),
    }])
  })

  test('is accepted or rejected with a note, which stays when the next decision brings none', async () => {
    const id = await send('Better search')
    expect((await mark(id, { state: 'accepted', note: 'planned\0 for May' })).json()).toMatchObject({ id, state: 'accepted', note: 'planned for May' })
    expect((await mark(id, { state: 'rejected' })).json()).toMatchObject({ state: 'rejected', note: 'planned for May' })
    expect((await list('&state=rejected')).feedback.map((entry) => entry.id)).toEqual([id])
    expect((await list('&state=new')).feedback).toEqual([])
    expect((await moderator.call('GET', `/moderation/v1/feedback/${id}?project=${project.key}`)).json()).toMatchObject({ id, state: 'rejected' })
    expectProblem(await moderator.call('GET', `/moderation/v1/feedback/${id}?project=${server.project.key}`), 404, 'not_found')
  })

  test('pages newest first, each once, while more arrives', async () => {
    const ids: string[] = []
    for (let n = 0; n < 7; n += 1) ids.unshift(await send(`Idea ${n}`))
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...page.feedback.map(({ id }) => id))
      cursor = page.nextCursor
      await send('One more')
    }
    expect(seen).toEqual(ids)
    expectProblem(await moderator.call('GET', `/moderation/v1/feedback?project=${project.key}&cursor=x`), 400, 'invalid_cursor')
  })

  test.each(['2000000', '9999999999'])('%s, which never was, is a 404', async (id) => {
    expectProblem(await mark(id, { state: 'accepted' }), 404, 'not_found')
  })

  test('of another project is a 404', async () => {
    const id = await send('Ours')
    const stranger = { project: server.project.key, state: 'rejected' }
    expectProblem(await moderator.call('PATCH', `/moderation/v1/feedback/${id}`, stranger), 404, 'not_found')
    expect((await list()).feedback).toMatchObject([{ id, state: 'new' }])
  })

  test('is found by its kind and by what is in it, letters large or small, and nothing else is a pattern', async () => {
    const ids = [await send('Print VIEW'), await send('Dark mode', { kind: 'bug', body: 'the print view is bright' }), await send('100% done_now')]
    expect(await found({ q: 'print view' })).toEqual([ids[1], ids[0]])
    expect(await found({ q: 'PRINT', kind: 'bug' })).toEqual([ids[1]])
    expect(await found({ q: '%' })).toEqual([ids[2]])
    expect(await found({ q: 'e_n' })).toEqual([ids[2]])
    expect(await found({ q: "'; drop table feedback" })).toEqual([])
    expectProblem(await moderator.call('GET', `/moderation/v1/feedback?project=${project.key}&q=`), 400, 'invalid_request')
  })
})

describe('an item made of feedback', () => {
  test('is on the board with its title and nothing else of it, once', async () => {
    const id = await send('A print <view>', { body: 'call me: ada@example.com', email: 'ada@example.com' })
    const item = expectJson<{ id: string }>(await make(id, { note: 'thanks' }), 201)
    expect(item).toMatchObject({ title: 'A print <view>', description: '', status: 'open', votes: { counted: 0 } })
    expect((await board()).find(({ id: shown }) => shown === item.id)).toMatchObject({ title: 'A print <view>', votes: 0 })
    expect((await list()).feedback).toMatchObject([{ id, state: 'accepted', note: 'thanks', itemId: item.id }])
    expectProblem(await make(id), 409, 'already_an_item')
    expect(await board()).toHaveLength(4)
  })

  test('says what the moderator made of it', async () => {
    const item = expectJson<object>(await make(await send('prnt'), { title: ' Print view ', description: 'For paper.', status: 'planned', position: 7 }), 201)
    expect(item).toMatchObject({ title: 'Print view', description: 'For paper.', status: 'planned', position: 7 })
  })

  test('of nothing, or of another project’s, is none', async () => {
    expectProblem(await make('2000000'), 404, 'not_found')
    const id = await send('Ours')
    expectProblem(await moderator.call('POST', `/moderation/v1/feedback/${id}/item`, { project: server.project.key }), 404, 'not_found')
    expectProblem(await make(id, { title: '  ' }), 400, 'invalid_request')
    expect((await list()).feedback).toMatchObject([{ id, state: 'new', note: null }])
  })
})
