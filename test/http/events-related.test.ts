import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventDraft } from '../../server/ledger/event.ts'
import type { RelatedAnswer, SecurityEvent, TimelineAnswer } from '../../server/contract/security.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp
let other: TestProject
let viewer: Operator
let elsewhere: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  other = await server.addProject()
  viewer = new Operator(server, server.operators.viewer)
  elsewhere = new Operator(server, await server.operatorToken('viewer', other.id))
})
afterAll(() => server.close())

/** Writes it and returns it as the ledger has it. */
async function see(draft: Partial<EventDraft>): Promise<SecurityEvent> {
  const errorMessage = draft.errorMessage ?? `seen ${Math.random()}`
  server.app.ledger.write({ projectId: server.project.id, eventType: 'suspicious_activity', endpoint: 'PUT /vote', ...draft, errorMessage })
  await server.app.ledger.flush()
  const event = (await readEvents(server)).find(({ metadata }) => metadata.errorMessage === errorMessage)
  if (event === undefined) throw new Error('it was not written')
  return event
}

describe('one event', () => {
  test('comes with all there is of it and the alerts that name it', async () => {
    const event = await see({ ipAddress: '192.0.2.50', detail: { kind: 'test', userAgent: '<b>x</b>' } })
    const alert = await storeAlert(server, { evidence: [event.id, '0198c0de-0000-7000-8000-000000000001'], startsAt: event.timestamp + 1000 })
    await storeAlert(server, { evidence: ['0198c0de-0000-7000-8000-000000000001'] })
    const answer = expectJson<{ event: SecurityEvent; alerts: object[] }>(await viewer.call('GET', `/security/v1/events/${event.id}`), 200)
    expect(answer).toEqual({
      event: { ...event, firstOccurrence: true },
      alerts: [{ id: alert.id, rule: 'a-rule', title: 'A rule', state: 'firing', severity: 'high', startsAt: alert.startsAt }],
    })
  })

  test('of another project, or none at all, is not there', async () => {
    const event = await see({})
    for (const path of ['', '/related']) {
      expectProblem(await elsewhere.call('GET', `/security/v1/events/${event.id}${path}`), 404, 'not_found')
      expectProblem(await viewer.call('GET', `/security/v1/events/0198c0de-0000-7000-8000-000000000001${path}`), 404, 'not_found')
      // Of a kind that carries no time.
      expectProblem(await viewer.call('GET', `/security/v1/events/0198c0de-0000-4000-8000-000000000001${path}`), 404, 'not_found')
    }
    expectProblem(await viewer.call('GET', '/security/v1/events/1'), 400, 'invalid_request')
  })

  test('is found by its id in upper case, and where the id says nothing of the time', async () => {
    const event = await see({})
    expect((await viewer.call('GET', `/security/v1/events/${event.id.toUpperCase()}`)).statusCode).toBe(200)
    await server.app.db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at)
       values ($1, now(), '0198c0de-0000-4000-8000-00000000000a', 'origin_mismatch', 'low', '/x', now())`, [server.project.id])
    expect((await viewer.call('GET', '/security/v1/events/0198c0de-0000-4000-8000-00000000000a')).statusCode).toBe(200)
  })
})

const ids = ({ events, total }: RelatedAnswer['sameUser']) => [events.map(({ id }) => id).toSorted(), total]

test('related are those of the address, of the user in the same project, and of the same minutes', async () => {
  server.clock.now += 3_600_000
  const before = await see({ ipAddress: '192.0.2.60', endUserId: 'usr_abcdefgh' })
  const foreign = await see({ ipAddress: '192.0.2.60', endUserId: 'usr_abcdefgh', projectId: other.id })
  server.clock.now += 3_600_000
  const event = await see({ ipAddress: '192.0.2.60', endUserId: 'usr_abcdefgh' })
  const sameTime = await see({ ipAddress: '192.0.2.61' })
  server.clock.now += 6 * 60_000
  const late = await see({ ipAddress: '192.0.2.62' })
  const answer = expectJson<RelatedAnswer>(await viewer.call('GET', `/security/v1/events/${event.id}/related`), 200)
  expect(ids(answer.sameAddress)).toEqual([[before.id, foreign.id].toSorted(), 2])
  expect(ids(answer.sameUser)).toEqual([[before.id], 1])
  expect(ids(answer.sameWindow)).toEqual([[sameTime.id], 1])
  const own = new Operator(server, await server.operatorToken('viewer', server.project.id))
  expect(ids(expectJson<RelatedAnswer>(await own.call('GET', `/security/v1/events/${event.id}/related`), 200).sameAddress)).toEqual([[before.id], 1])
  expect(expectJson<RelatedAnswer>(await viewer.call('GET', `/security/v1/events/${late.id}/related`), 200).sameUser).toEqual({ events: [], total: 0 })
})

test('related are twenty at most, and counted all the same', async () => {
  server.clock.now += 3_600_000
  for (let n = 0; n < 25; n += 1) server.app.ledger.write({ projectId: server.project.id, eventType: 'origin_mismatch', endpoint: `/${n}`, ipAddress: '192.0.2.70' })
  const event = await see({ ipAddress: '192.0.2.70' })
  const { sameAddress } = expectJson<RelatedAnswer>(await viewer.call('GET', `/security/v1/events/${event.id}/related`), 200)
  expect([sameAddress.events.length, sameAddress.total]).toEqual([20, 25])
})

const timeline = async (query: string, operator = viewer): Promise<TimelineAnswer> => expectJson(await operator.call('GET', `/security/v1/events/timeline?${query}`), 200)

describe('the timeline of a source', () => {
  const ip = '192.0.2.80'

  test('has its events and its votes together, newest first, page by page', async () => {
    for (let n = 0; n < 3; n += 1) {
      server.clock.now += 60_000
      await see({ ipAddress: ip, errorMessage: `event ${n}` })
      server.clock.now += 60_000
      const visitor = new Visitor(server, { ip })
      await visitor.start()
      await visitor.vote(server.project.items[n % 3] ?? '', 1, { fingerprint: 'e'.repeat(32) })
      await server.app.ledger.flush()
    }
    const whole = await timeline(`ip=${ip}&limit=200`)
    const kinds = whole.entries.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'vote')).toHaveLength(3)
    expect(kinds.filter((kind) => kind === 'event').length).toBeGreaterThanOrEqual(3)
    expect(whole.entries.map(({ at }) => at)).toEqual(whole.entries.map(({ at }) => at).toSorted((a, b) => b - a))
    expect(whole.entries.find(({ kind }) => kind === 'vote')?.vote).toMatchObject({ itemTitle: 'Dark mode', value: 1, ipAddress: ip, projectId: String(server.project.id) })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const next: TimelineAnswer = await timeline(`ip=${ip}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...next.entries.map(({ id }) => id))
      cursor = next.nextCursor
    }
    expect(seen).toEqual(whole.entries.map(({ id }) => id))
    expect((await timeline(`fingerprint=${'e'.repeat(32)}`)).entries.filter(({ kind }) => kind === 'vote')).toHaveLength(3)
    expect((await timeline(`ip=${ip}`, elsewhere)).entries).toEqual([])
  })

  test.each(['', `ip=${ip}&user=usr_1234***`, 'limit=5'])('takes one of address, user and fingerprint, not %j', async (query) => {
    expectProblem(await viewer.call('GET', `/security/v1/events/timeline?${query}`), 400, 'invalid_selection')
  })
})
