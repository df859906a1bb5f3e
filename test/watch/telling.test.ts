/** Routing (server/watch/alerts/routing.ts) against the real tables: what is in the outbox, in what was told, and in timelines. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../../db/queryable.ts'
import { loadRoutableAlerts } from '../../db/queries/notified-groups.ts'
import type { Message } from '../../server/watch/notifiers/message.ts'
import { tellChannels } from '../../server/watch/alerts/tell.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { tellTook } from '../helpers/took.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

let server: TestApp
let project: TestProject

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  for (const table of ['notifications', 'notified_groups', 'channels', 'alerts', 'silences']) await server.app.db.query(`delete from ${table}`)
  server.clock.now += 10 * HOUR
  project = await server.addProject()
  await channel('ops')
})

async function channel(name: string, escalationsOnly = false): Promise<void> {
  await server.app.db.query(
    `insert into channels (project_id, name, kind, sealed_settings, severities, escalations_only, group_wait_ms, group_interval_ms, repeat_interval_ms, created_at)
     values ($1, $2, 'webhook', '', '{low,medium,high,critical}', $3, 30000, 300000, 14400000, now())`, [project.id, name, escalationsOnly])
}

/** What the worker does after it has looked. */
const tell = (fails = false): Promise<number> => inTransaction(server.app.db, async (client) => {
  const { library, settings, pageOf } = server.app.alerts
  const enqueued = await tellChannels(client, { library, settings, now: server.clock.now, projectName: () => 'Shop', pageOf })
  if (fails) throw new Error('the server is killed here')
  return enqueued
})
const outbox = async (): Promise<Message[]> =>
  (await server.app.db.query<{ message: Message }>('select message from notifications order by notification_id')).rows.map(({ message }) => message)
const count = async (table: 'notified_groups' | 'alert_timeline', where = 'true'): Promise<number> =>
  (await server.app.db.query<{ n: number }>(`select count(*)::int as n from ${table} where ${where}`)).rows[0]?.n ?? 0
const kinds = async (id: string): Promise<string[]> =>
  (await server.app.db.query<{ kind: string }>('select kind from alert_timeline where alert_id = $1 order by entry_id', [id])).rows.map(({ kind }) => kind)

describe('an alert', () => {
  test('is told once, however often the worker looks, and once of its end; then nothing of it is remembered', async () => {
    const alert = await storeAlert(server, { projectId: project.id })
    for (let n = 0; n < 3; n += 1) expect(await tell()).toBe(0)
    server.clock.now += 30 * SECOND
    expect([await tell(), await tell(), await tell()]).toEqual([1, 0, 0])
    await storeAlert(server, { ...alert, state: 'resolved', endsAt: server.clock.now })
    expect(await tell()).toBe(0)
    server.clock.now += 5 * MINUTE
    expect([await tell(), await tell()]).toEqual([1, 0])
    expect((await outbox()).map(({ status, alerts }) => [status, alerts.length, alerts[0]?.id])).toEqual([['firing', 1, alert.id], ['resolved', 1, alert.id]])
    expect((await inTransaction(server.app.db, loadRoutableAlerts)).map(({ id }) => id)).toEqual([alert.id])
    server.clock.now += HOUR
    expect(await tell()).toBe(0)
    expect([await count('notified_groups'), (await inTransaction(server.app.db, loadRoutableAlerts)).length]).toEqual([0, 0])
    expect(await kinds(alert.id)).toEqual(['firing', 'notified', 'firing', 'notified'])
  })

  test('of a worker that is killed before its commit was told to nobody, and is told once by the next', async () => {
    await storeAlert(server, { projectId: project.id })
    server.clock.now += MINUTE
    await expect(tell(true)).rejects.toThrow('killed')
    expect([(await outbox()).length, await count('notified_groups')]).toEqual([0, 0])
    expect([await tell(), await tell()]).toEqual([1, 0])
  })

  test('is told once by two workers at a time, even if no lock kept them apart', async () => {
    await storeAlert(server, { projectId: project.id })
    server.clock.now += MINUTE
    await Promise.allSettled([tell(), tell(), tell()])
    expect(await outbox()).toHaveLength(1)
    expect(await tell()).toBe(0)
  })

  test('one of 500 is told in one message', async () => {
    for (let n = 0; n < 500; n += 1) await storeAlert(server, { projectId: project.id })
    server.clock.now += MINUTE
    expect(await tell()).toBe(1)
    expect((await outbox()).map(({ alerts, more }) => [alerts.length, more])).toEqual([[20, 480]])
    expect([await count('alert_timeline', `kind = 'notified'`), await count('notified_groups')]).toEqual([500, 1])
    const began = performance.now()
    expect(await tell()).toBe(0)
    tellTook('nothing new to tell, with 500 alerts open', began)
  })

  test('that nobody acknowledges is escalated, and its row says how often; acknowledged over the API it is no more', async () => {
    await channel('pager', true)
    const alert = await storeAlert(server, { projectId: project.id })
    const escalations = async (): Promise<unknown> => (await server.app.db.query('select escalations from alerts where alert_id = $1', [alert.id])).rows[0]
    server.clock.now += 15 * MINUTE
    expect([await tell(), await tell()]).toEqual([2, 0])
    expect([await escalations(), (await outbox()).map(({ kind }) => kind).toSorted()]).toEqual([{ escalations: 1 }, ['alerts', 'escalation']])
    server.clock.now += HOUR
    expect([await tell(), await escalations()]).toEqual([2, { escalations: 2 }])
    expectJson(await new Operator(server).call('POST', `/security/v1/alerts/${alert.id}/acknowledge`), 200)
    server.clock.now += 9 * HOUR
    expect(await tell()).toBe(0)
    expect((await kinds(alert.id)).filter((kind) => kind === 'escalated')).toHaveLength(2)
  })

  test('that is silenced over the API is told to nobody until the silence is over, and is not escalated meanwhile', async () => {
    const { now } = server.clock
    const matchers = [{ name: 'rule', value: 'a-*' }]
    const body = { project: project.key, matchers, reason: 'maintenance', endsAt: now + HOUR }
    expectJson(await new Operator(server, server.operators.moderator, project).call('POST', '/security/v1/silences', body), 201)
    const alert = await storeAlert(server, { projectId: project.id })
    const loud = await storeAlert(server, { projectId: project.id, rule: 'b-rule' })
    server.clock.now = now + HOUR - SECOND
    expect([await tell(), await tell()]).toEqual([1, 0])
    expect((await outbox()).map(({ alerts }) => alerts[0]?.id)).toEqual([loud.id])
    server.clock.now = now + HOUR
    expect([await tell(), await tell()]).toEqual([1, 0])
    expect(await kinds(alert.id)).toEqual(['firing', 'silenced', 'silenced', 'escalated', 'notified'])
  })
})
