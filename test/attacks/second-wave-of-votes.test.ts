/** The first votes of a wave are sacrificed: what follows while the alert fires, or after it, is met as the first ones were. */
import { expect, test } from 'vitest'
import { insertLines } from '../helpers/ledger-lines.ts'
import { ADDRESS, MINUTE, useWatched } from '../helpers/watched.ts'

const watched = useWatched()

test('The votes that follow while the alert fires are held as the first ones were', async () => {
  for (let wave = 0; wave < 6; wave += 1) {
    await watched.votes(70, 285)
    await watched.look()
  }
  expect(await watched.columns()).toEqual({ counted: 0, held: 420, invalidated: 0 })
})

test('A second wave while the first hold stands is held, suppressed or not, and a graver one is told', async () => {
  await watched.votes(61, 300)
  await watched.look()
  await watched.look(4 * MINUTE)
  await watched.votes(400, 100)
  await watched.look()
  expect(await watched.columns()).toEqual({ counted: 0, held: 461, invalidated: 0 })
  const { rows } = await watched.server.app.db.query<{ suppressed: boolean }>(`select suppressed from alerts where rule = 'instant-spike' and value >= 400`)
  expect(rows).toEqual([{ suppressed: false }])
  await watched.look(20 * MINUTE)
  await watched.votes(80, 100)
  await watched.look()
  expect(await watched.columns()).toEqual({ counted: 0, held: 541, invalidated: 0 })
})

test('A response that ended is done again while the alert goes on', async () => {
  for (let minute = 0; minute < 40; minute += 1) {
    await insertLines(watched.server.app.db, watched.server.clock.now, Array.from({ length: 8 }, (_, n) => ({
      at: n, project: watched.server.project.id, eventType: 'suspicious_activity', severity: 'low', ipAddress: ADDRESS, detail: { kind: 'payload' },
    })))
    await watched.look(2 * MINUTE)
  }
  expect(watched.server.app.blocks.find(watched.server.project.id, { ip: ADDRESS }, watched.server.clock.now, 'step_up')).toBeDefined()
})
