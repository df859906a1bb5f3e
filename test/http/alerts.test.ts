import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Alert as AlertRow } from '../../server/watch/alerts/alert.ts'
import { storeAlert, storeResponse } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

interface Alert {
  id: string
  projectId: string | null
  acknowledgedAt: number | null
  acknowledgedBy: string | null
  disposition: string | null
  disposedBy: string | null
}
interface Detail {
  alert: Alert
  timeline: { at: number; kind: string; actor: string; detail: Record<string, unknown> }[]
  responses: { action: string; alertId: string }[]
  events: { id: string; eventType: string }[]
}

const PATH = '/security/v1/alerts'
const HOUR = 3_600_000
const NOBODY = '00000000-0000-4000-8000-000000000000'

let server: TestApp
let viewer: Operator
let moderator: Operator
let project: TestProject

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
  moderator = new Operator(server, server.operators.moderator)
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += HOUR
  project = await server.addProject()
})

const store = (changes: Partial<AlertRow> = {}): Promise<AlertRow> => storeAlert(server, { projectId: project.id, ...changes })
async function page(query: Record<string, string | number | boolean> = {}, operator = viewer): Promise<{ alerts: Alert[]; nextCursor: string | null }> {
  const search = new URLSearchParams(Object.entries({ project: project.key, ...query }).map(([key, value]): [string, string] => [key, String(value)]))
  return expectJson(await operator.call('GET', `${PATH}?${search}`), 200)
}
const ids = async (query: Record<string, string | number | boolean> = {}): Promise<string[]> => (await page(query)).alerts.map(({ id }) => id)
const detail = async (id: string): Promise<Detail> => expectJson(await viewer.call('GET', `${PATH}/${id}`), 200)
const say = (id: string, what: string, body?: object) => moderator.call('POST', `${PATH}/${id}/${what}`, body)
const kinds = async (id: string): Promise<string[]> => (await detail(id)).timeline.map(({ kind }) => kind)

describe('the list', () => {
  test('has alerts whole, the newest first', async () => {
    const old = await store({ startsAt: server.clock.now - HOUR })
    const young = await store({ group: { ipAddress: '203.0.113.7' } })
    const { alerts, nextCursor } = await page()
    expect(alerts.map(({ id }) => id)).toEqual([young.id, old.id])
    const { groupKey: _key, ...shown } = young
    expect(alerts[0]).toEqual({ ...shown, projectId: String(project.id) })
    expect(nextCursor).toBeNull()
  })

  test('takes every filter', async () => {
    const now = server.clock.now
    const low = await store({ severity: 'low', startsAt: now - 3000 })
    const over = await store({ state: 'resolved', endsAt: now, startsAt: now - 2000 })
    const other = await store({ rule: 'another-rule', startsAt: now - 1000 })
    await say(other.id, 'acknowledge')
    expect(await ids({ severity: 'low' })).toEqual([low.id])
    expect(await ids({ state: 'resolved' })).toEqual([over.id])
    expect(await ids({ rule: 'another-rule' })).toEqual([other.id])
    expect(await ids({ acknowledged: true })).toEqual([other.id])
    expect(await ids({ acknowledged: false })).toEqual([over.id, low.id])
    expect(await ids({ since: now - 2000 })).toEqual([other.id, over.id])
    expect(await ids({ until: now - 2000 })).toEqual([low.id])
    expect(await ids({ state: 'pending' })).toEqual([])
  })

  test('goes on page by page, over alerts of the same moment', async () => {
    const stored: string[] = []
    for (let n = 0; n < 9; n += 1) stored.push((await store({ startsAt: server.clock.now - Math.floor(n / 4) })).id)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const next = await page({ limit: 2, ...(cursor === '' ? {} : { cursor }) })
      seen.push(...next.alerts.map(({ id }) => id))
      cursor = next.nextCursor
    }
    expect(seen).toHaveLength(9)
    expect(seen.toSorted()).toEqual(stored.toSorted())
  })

  test.each([['state=open'], ['severity=urgent'], ['rule=A%20Rule'], ['since=yesterday'], ['limit=0'], ['limit=201'], ['x=1']])('refuses %s', async (query) => {
    expectProblem(await viewer.call('GET', `${PATH}?${query}`), 400, 'invalid_request')
  })

  test('refuses a cursor that is not its own', async () => {
    expectProblem(await viewer.call('GET', `${PATH}?cursor=abc`), 400, 'invalid_cursor')
  })
})

describe('one alert', () => {
  test('comes with its timeline, what was done, and the events that are its evidence', async () => {
    const visitor = new Visitor(server, { project, origin: 'https://evil.example', ip: '198.51.100.66' })
    await visitor.call('GET', '/board')
    const [event] = await readEvents(server, { project: project.key })
    const gone = NOBODY
    const stored = await store({ evidence: [event?.id ?? '', gone, '3:not-an-event'], group: { ipAddress: '198.51.100.66' } })
    await storeResponse(server, stored, { appliedAt: server.clock.now })
    const { alert, timeline, responses, events } = await detail(stored.id)
    expect(alert).toMatchObject({ id: stored.id, evidence: [event?.id, gone, '3:not-an-event'] })
    expect(timeline).toEqual([{ at: stored.detectedAt, kind: 'firing', actor: 'rule:a-rule', detail: { value: 11 } }])
    expect(responses).toMatchObject([{ action: 'block', alertId: stored.id }])
    expect(events).toMatchObject([{ id: event?.id, eventType: 'origin_mismatch' }])
  })

  test('that is not there is not found, whoever asks and whatever they want', async () => {
    expectProblem(await viewer.call('GET', `${PATH}/${NOBODY}`), 404, 'not_found')
    for (const [what, body] of [['acknowledge', {}], ['disposition', { disposition: 'benign' }], ['notes', { note: 'x' }]] as const) {
      expectProblem(await say(NOBODY, what, body), 404, 'not_found')
      expectProblem(await say('42', what, body), 400, 'invalid_request')
    }
  })
})

describe('what people say of an alert', () => {
  test('that they see to it: once, with a note or without, and with an empty body', async () => {
    const { id } = await store()
    const first = expectJson<Alert>(await say(id, 'acknowledge', { note: 'looking at it' }), 200)
    expect(first).toMatchObject({ acknowledgedAt: server.clock.now, acknowledgedBy: 'a moderator' })
    server.clock.now += 1000
    expect(expectJson<Alert>(await say(id, 'acknowledge'), 200)).toEqual(first)
    expectJson(await say(id, 'acknowledge', { note: 'still am' }), 200)
    const { timeline } = await detail(id)
    expect(timeline.slice(1).map(({ kind, actor, detail: said }) => [kind, actor, said])).toEqual([
      ['acknowledged', 'a moderator', { note: 'looking at it' }], ['note', 'a moderator', { note: 'still am' }],
    ])
    const other = await store()
    expect(expectJson<Alert>(await say(other.id, 'acknowledge'), 200).acknowledgedBy).toBe('a moderator')
  })

  test('what it was: the last word counts, and all of them stay in the timeline', async () => {
    const { id } = await store()
    expectJson(await say(id, 'disposition', { disposition: 'false_positive' }), 200)
    const last = expectJson<Alert>(await say(id, 'disposition', { disposition: 'true_positive', note: 'looked again' }), 200)
    expect(last).toMatchObject({ disposition: 'true_positive', disposedAt: server.clock.now, disposedBy: 'a moderator', acknowledgedAt: null })
    expect((await detail(id)).timeline.slice(1).map(({ detail: said }) => said)).toEqual([
      { disposition: 'false_positive', before: null }, { disposition: 'true_positive', before: 'false_positive', note: 'looked again' },
    ])
  })

  test('a note, with the words it had', async () => {
    const { id } = await store()
    expectJson(await say(id, 'notes', { note: 'ring the office; "\0it" is theirs \ud800' }), 201)
    expect((await detail(id)).timeline.at(-1)).toEqual({ at: server.clock.now, kind: 'note', actor: 'a moderator', detail: { note: 'ring the office; "it" is theirs \ufffd' } })
  })

  test.each<[string, string, object]>([
    ['a note of nothing', 'notes', { note: '  ' }], ['no note', 'notes', {}], ['a note too long', 'notes', { note: 'x'.repeat(2001) }],
    ['another field', 'notes', { note: 'x', at: 5 }], ['a disposition that is none', 'disposition', { disposition: 'maybe' }],
    ['no disposition', 'disposition', { note: 'x' }], ['a note that is no text', 'acknowledge', { note: 5 }],
  ])('is refused: %s', async (_title, what, body) => {
    const { id } = await store()
    expectProblem(await say(id, what, body), 400, 'invalid_request')
    expect(await kinds(id)).toEqual(['firing'])
  })

  test('at once by many is one acknowledgement and no lost note', async () => {
    const { id } = await store()
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => say(id, 'acknowledge', { note: `note ${n}` })))
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
    const found = await kinds(id)
    expect([found.filter((kind) => kind === 'acknowledged').length, found.filter((kind) => kind === 'note').length]).toEqual([1, 11])
  })

  test('stays while the worker stores the alert anew', async () => {
    const stored = await store()
    expectJson(await say(stored.id, 'acknowledge'), 200)
    expectJson(await say(stored.id, 'disposition', { disposition: 'benign' }), 200)
    await storeAlert(server, { ...stored, lastAt: stored.lastAt + 1000, value: 99 })
    expect((await detail(stored.id)).alert).toMatchObject({ value: 99, acknowledgedBy: 'a moderator', disposition: 'benign' })
  })
})

describe('whose alerts', () => {
  test('a token of one project sees and answers that project’s only; the installation’s take one of everything', async () => {
    const other = await server.addProject()
    const [mine, theirs, ours] = [await store(), await store({ projectId: other.id }), await store({ projectId: 0 })]
    const bound = new Operator(server, await server.operatorToken('moderator', project.id))
    const { alerts } = expectJson<{ alerts: Alert[] }>(await bound.call('GET', `${PATH}?limit=200`), 200)
    expect(alerts.map(({ id }) => id)).toEqual([mine.id])
    expectJson(await bound.call('GET', `${PATH}/${mine.id}`), 200)
    for (const { id } of [theirs, ours]) {
      expectProblem(await bound.call('GET', `${PATH}/${id}`), 404, 'not_found')
      expectProblem(await bound.call('POST', `${PATH}/${id}/acknowledge`), 404, 'not_found')
      expectProblem(await bound.call('POST', `${PATH}/${id}/disposition`, { disposition: 'benign' }), 404, 'not_found')
      expectProblem(await bound.call('POST', `${PATH}/${id}/notes`, { note: 'x' }), 404, 'not_found')
      expect((await detail(id)).alert).toMatchObject({ acknowledgedAt: null, disposition: null })
    }
    const all = expectJson<{ alerts: Alert[] }>(await viewer.call('GET', `${PATH}?limit=200`), 200).alerts
    expect(all.find(({ id }) => id === ours.id)?.projectId).toBeNull()
    expect([mine.id, theirs.id].every((id) => all.some((alert) => alert.id === id))).toBe(true)
  })

  test('a viewer looks and says nothing', async () => {
    const { id } = await store()
    for (const what of ['acknowledge', 'disposition', 'notes']) expectProblem(await viewer.call('POST', `${PATH}/${id}/${what}`, {}), 403, 'role_insufficient')
  })
})
