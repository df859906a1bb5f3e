import { afterEach, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { type DatabaseCable, type TestApp, cableTo, readEvents, startApp } from '../helpers/app.ts'

const MINUTE = 60_000
/** Nothing is slow by it: what a busy machine takes for an answer is not under test. */
const PATIENT_MS = 60_000
let server: TestApp
let cable: DatabaseCable | undefined
let home: TestApp | undefined
afterEach(async () => {
  await server.close()
  await cable?.close()
  await home?.close()
  cable = home = undefined
})

const told = async (): Promise<SecurityEvent[]> =>
  (await readEvents(server, { eventType: 'suspicious_activity', sort: 'oldest' })).filter(({ detail }) => detail['kind'] === 'probe')
const states = async (): Promise<[unknown, unknown][]> => (await told()).map(({ detail }) => [detail['target'], detail['state']])

describe('A server that asks itself', () => {
  test('says nothing while all is well, and keeps no limit from anybody', async () => {
    server = await startApp({ probeSlowMs: PATIENT_MS })
    for (let turn = 0; turn < 5; turn += 1) {
      await server.app.probes.tick()
      server.clock.now += 30_000
    }
    expect(await readEvents(server)).toEqual([])
    const { body } = await server.app.inject({ url: '/metrics', headers: { authorization: server.operators.viewer } })
    expect(body).toMatch(/^truetally_probes_failing 0$/m)
  })

  test('says once that its database is away, every minute that it still is, and once that it is back', async () => {
    home = await startApp()
    cable = await cableTo(home.databaseUrl)
    server = await startApp({ databaseUrl: cable.url, probeSlowMs: PATIENT_MS })
    await server.app.probes.tick()
    cable.unplug()
    const began = server.clock.now
    for (let turn = 0; turn < 5; turn += 1) {
      await server.app.probes.tick()
      server.clock.now += 30_000
    }
    expect(server.app.probes.stateOf('database')).toBe('down')
    expect(server.app.probes.stateOf('healthz')).toBe('up')
    cable.plugIn()
    await server.app.probes.tick()
    await server.app.probes.tick()
    const events = await told()
    const down = events.filter(({ detail }) => detail['target'] === 'database' && detail['state'] === 'down')
    // It could not be written while it happened: its three times are one line, or two where the ledger tried to in between.
    expect(down.reduce((sum, { count }) => sum + count, 0)).toBe(3)
    expect([down[0]?.timestamp, down.at(-1)?.lastSeenAt]).toEqual([began, began + 2 * MINUTE])
    for (const event of down) {
      expect(event).toMatchObject({ severity: 'high', projectId: null, metadata: { endpoint: 'probe', errorMessage: 'Does not answer: database' } })
    }
    expect(events.slice(down.length)).toMatchObject([{ severity: 'low', count: 1, timestamp: server.clock.now, detail: { state: 'up' } }])
    expect(new Set(events.map(({ detail }) => detail['target']))).toEqual(new Set(['database']))
  })

  test('says that notifications have been due for more than five minutes', async () => {
    server = await startApp({ probeSlowMs: PATIENT_MS })
    const channel = async (): Promise<number> => (await server.app.db.query<{ id: number }>(
      `insert into channels (project_id, name, kind, sealed_settings, severities, group_wait_ms, group_interval_ms, repeat_interval_ms, created_at)
       values (0, gen_random_uuid(), 'webhook', '', '{}', 0, 0, 0, now()) returning channel_id as id`)).rows[0]?.id ?? 0
    const [open, disabled] = [await channel(), await channel()]
    await server.app.db.query('update channels set disabled_at = now() where channel_id = $1', [disabled])
    const wait = async (channelId: number, group: string, ageMs: number): Promise<void> => {
      await server.app.db.query(
        `insert into notifications (project_id, channel_id, channel_project_id, dedup_key, message, created_at, next_attempt_at)
         values (0, $1, 0, gen_random_uuid(), jsonb_build_object('groupKey', $2::text), now(), to_timestamp($3 / 1000.0))`,
        [channelId, group, server.clock.now - ageMs])
    }
    const due = async (ageMs: number): Promise<void> => {
      await server.app.db.query('delete from notifications')
      await wait(open, 'a', ageMs)
      // Behind one that is tried again in a minute, and where nobody is told any more: neither is late.
      await wait(open, 'b', -MINUTE)
      await wait(open, 'b', 60 * MINUTE)
      await wait(disabled, 'c', 60 * MINUTE)
    }
    await due(5 * MINUTE)
    for (let turn = 0; turn < 4; turn += 1) await server.app.probes.tick()
    expect(await told()).toEqual([])
    await due(5 * MINUTE + 1)
    for (let turn = 0; turn < 3; turn += 1) await server.app.probes.tick()
    expect(await told()).toMatchObject([{ severity: 'medium', detail: { target: 'notifications', state: 'slow', ms: 5 * MINUTE + 1 } }])
    await server.app.db.query('update notifications set sent_at = now()')
    server.clock.now += 1
    await server.app.probes.tick()
    expect(await states()).toEqual([['notifications', 'slow'], ['notifications', 'up']])
  })

  test('says that its boards answer with a failure, although database and health check are well', async () => {
    server = await startApp({ probeSlowMs: PATIENT_MS })
    await server.app.db.query('alter table items rename to items_gone')
    await server.app.probes.tick()
    await server.app.db.query('alter table items_gone rename to items')
    server.clock.now += 1
    await server.app.probes.tick()
    expect(await states()).toEqual([['board', 'down'], ['board', 'up']])
  })
})

test('By itself it asks as often as it was told to', async () => {
  home = await startApp()
  cable = await cableTo(home.databaseUrl)
  server = await startApp({ databaseUrl: cable.url, probeEveryMs: 20, probeSlowMs: PATIENT_MS })
  cable.unplug()
  await expect.poll(() => server.app.probes.stateOf('database')).toBe('down')
  cable.plugIn()
  await expect.poll(() => server.app.probes.stateOf('database')).toBe('up')
})
