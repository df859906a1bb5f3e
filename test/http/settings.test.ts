import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepPartitions } from '../../db/queries/partitions.ts'
import { inTransaction } from '../../db/queryable.ts'
import type { Settings } from '../../server/contract/settings.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

const PATH = '/operator/v1/settings'
const DAY = 86_400_000

interface Changed {
  settings: Settings
  loss: { before: number; days: number; securityEvents: number; decisions: number; alerts: number; feedbackAddresses: number } | null
}

let server: TestApp
let admin: Operator
let viewer: Operator
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  admin = new Operator(server, server.operators.admin)
  viewer = new Operator(server, server.operators.viewer)
})
afterAll(() => server.close())

const read = async (): Promise<Settings> => expectJson(await viewer.call('GET', PATH), 200)
const change = async (patch: object): Promise<Changed> => expectJson(await admin.call('PATCH', PATH, patch), 200)
const lastAudit = async () => (await server.app.db.query<{ action: string; before: unknown; after: unknown; actor: string }>(
  'select action, before, after, actor from audit_log order by entry_id desc limit 1')).rows[0]

describe('Settings', () => {
  test('that nobody set are the defaults, and one that is set says who did it and when', async () => {
    const untouched = { setBy: 'default', setAt: null, actor: null }
    expect(await read()).toEqual({ gateMode: { value: 'enforce', ...untouched }, retentionDays: { value: 90, ...untouched } })
    const { settings, loss } = await change({ gateMode: 'log', retentionDays: 120 })
    expect(loss).toBeNull()
    const set = { setBy: 'operator', setAt: server.clock.now, actor: expect.stringMatching(/^operator:\d+$/) as string }
    expect(settings).toEqual({ gateMode: { value: 'log', ...set }, retentionDays: { value: 120, ...set } })
    expect(await read()).toEqual(settings)
    expect(await lastAudit()).toMatchObject({
      action: 'settings.update', before: { gateMode: 'enforce', retentionDays: 90 }, after: { gateMode: 'log', retentionDays: 120 }, actor: settings.gateMode.actor,
    })
  })

  test('are taken back with null', async () => {
    await change({ gateMode: 'log' })
    expect((await change({ gateMode: null, retentionDays: null, confirm: true })).settings).toMatchObject({ gateMode: { value: 'enforce', setBy: 'default' }, retentionDays: { value: 90, setBy: 'default' } })
  })

  test('outlive a restart', async () => {
    await change({ gateMode: 'log' })
    const again = await startApp({ databaseUrl: server.databaseUrl })
    expect(again.app.modes.gateMode).toMatchObject({ value: 'log', setBy: 'operator' })
    await again.close()
    await change({ gateMode: null })
  })

  test('of the environment are fixed, whatever was set before', async () => {
    await change({ gateMode: 'log', retentionDays: 200 })
    const fixed = await startApp({
      databaseUrl: server.databaseUrl, gateMode: { value: 'enforce', fixed: true }, retentionDays: { value: 300, fixed: true },
    })
    const there = new Operator(fixed, server.operators.admin)
    expect(expectJson<Settings>(await there.call('GET', PATH), 200)).toMatchObject({ gateMode: { value: 'enforce', setBy: 'environment' }, retentionDays: { value: 300, setBy: 'environment' } })
    for (const patch of [{ gateMode: 'log' }, { gateMode: null }, { retentionDays: 400 }, { retentionDays: 10, confirm: true }, { gateMode: 'log', dryRun: true }]) {
      expectProblem(await there.call('PATCH', PATH, patch), 409, 'set_by_environment')
    }
    expect(fixed.app.gate.policy.version).not.toMatch(/-log$/)
    await fixed.close()
    await change({ gateMode: null, retentionDays: null, confirm: true })
  })

  test('are an admin’s of all projects', async () => {
    for (const operator of [viewer, new Operator(server)]) expectProblem(await operator.call('PATCH', PATH, { gateMode: 'log' }), 403, 'role_insufficient')
    expectProblem(await new Operator(server, await server.operatorToken('admin', server.project.id)).call('PATCH', PATH, { gateMode: 'log' }), 403, 'role_insufficient')
    expect((await read()).gateMode.value).toBe('enforce')
  })

  test.each([[{ gateMode: 'off' }], [{ retentionDays: 0 }], [{ retentionDays: 3651 }], [{ retentionDays: 1.5 }], [{ retentionDays: '30' }], [{ other: 1 }]])('are not %j', async (patch) =>
    expectProblem(await admin.call('PATCH', PATH, patch), 400, 'invalid_request'))
})

const counts = async (): Promise<{ events: number; decisions: number }> => (await server.app.db.query<{ events: number; decisions: number }>(
  'select (select count(*)::int from security_events) as events, (select count(*)::int from decisions) as decisions')).rows[0] as { events: number; decisions: number }

describe('A shorter retention', () => {
  test('says what it deletes, is confirmed, deletes just that, and can be taken back before', async () => {
    const visitor = new Visitor(server)
    for (const back of [40, 40, 20]) {
      server.clock.now -= back * DAY
      await inTransaction(server.app.db, (client) => keepPartitions(client, server.clock.now, 90))
      await new Visitor(server, { origin: 'https://evil.example' }).call('GET', '/board')
      await server.app.ledger.flush()
      server.clock.now += back * DAY
    }
    await visitor.vote(server.project.items[0])
    server.clock.now -= 40 * DAY
    await new Visitor(server, { ip: '203.0.113.99' }).vote(server.project.items[1])
    server.clock.now += 40 * DAY
    const before = await counts()

    const { loss, settings } = await change({ retentionDays: 30, dryRun: true })
    expect(settings.retentionDays.value).toBe(90)
    expect(loss).toMatchObject({ before: server.clock.now - 30 * DAY, decisions: 1 })
    expect(loss?.securityEvents).toBeGreaterThan(0)
    expect(loss?.days).toBeGreaterThan(0)
    expectProblem(await admin.call('PATCH', PATH, { retentionDays: 30 }), 409, 'confirmation_required')
    expectProblem(await admin.call('PATCH', PATH, { retentionDays: 30, confirm: false }), 409, 'confirmation_required')
    expect((await read()).retentionDays.value).toBe(90)

    expect((await change({ retentionDays: 30, confirm: true })).loss).toEqual(loss)
    expect(await counts()).toEqual(before)
    await inTransaction(server.app.db, (client) => keepPartitions(client, server.clock.now, server.app.modes.retentionDays.value))
    expect(await counts()).toEqual({ events: before.events - (loss?.securityEvents ?? 0), decisions: before.decisions - 1 })
    expect(await new Visitor(server).tally(server.project.items[1])).toBe(1)
    expect((await change({ retentionDays: 90 })).loss).toBeNull()
  })

  test('is followed by the housekeeping of the next start', async () => {
    await change({ retentionDays: 5, confirm: true })
    await (await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })).close()
    const { rows } = await server.app.db.query<{ oldest: string }>(`select min(right(c.relname, 8)) as oldest from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'security_events'::regclass and c.relname ~ '_[0-9]{8}$'`)
    expect(Number(rows[0]?.oldest)).toBeGreaterThanOrEqual(Number(new Date(server.clock.now - 5 * DAY).toISOString().slice(0, 10).replaceAll('-', '')))
    await change({ retentionDays: null })
  })
})
