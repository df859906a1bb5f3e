/**
 * The benchmark of the dashboard in small: everything it asks, over a made-up month, counted again out of the ledger. How long it
 * takes is for `npm run bench:dashboard`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type Pool, createPool } from '../../db/queryable.ts'
import { deriveKeys } from '../../server/tokens/keys.ts'
import { fillDashboardLedger } from '../bench/dashboard-ledger.ts'
import { findUnasked, runDashboard } from '../bench/dashboard-run.ts'
import { MASTER_SECRET, type TestApp, startApp } from '../helpers/app.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'

const ROWS = 20_000
let database: TestDatabase
let pool: Pool
let server: TestApp
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { statementTimeoutMs: 0, onError: (error) => console.error(error) })
  const client = await pool.connect()
  try {
    await fillDashboardLedger(client, { rows: ROWS, now: Date.now(), vaultKey: deriveKeys(MASTER_SECRET).vault })
  } finally {
    client.release(true)
  }
  server = await startApp({ databaseUrl: database.url, requestsPerMinute: 1_000_000 })
  await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await pool.end()
  await database.drop()
})

test('the made-up month is a ledger that holds together', async () => {
  expect(await findTallyFaults(pool)).toMatchObject({ votes: ROWS, faults: [] })
  const { rows: [counts] } = await pool.query<Record<string, number>>(`
    select (select count(*)::int from security_events) as events, (select count(*)::int from security_events_default) as stray,
      (select count(*)::int from decisions) as decisions, (select count(distinct held_for)::int from decisions) as "heldFor",
      (select count(*)::int from votes where state = 'i') as invalidated,
      (select count(*)::int from invalidated_votes where not ended and prior_state is not null) as layers`)
  expect(counts).toMatchObject({ events: ROWS, stray: 0, decisions: ROWS, heldFor: 4 })
  expect(counts?.['layers']).toBeGreaterThan(counts?.['invalidated'] ?? 0)
})

test('every call of the dashboard is asked, with every filter it takes', async () => {
  expect(await findUnasked(server.app, pool)).toEqual([])
})

test('what the dashboard answers is what the ledger counts', async () => {
  const address = server.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens to no port')
  const { faults, checked } = await runDashboard(pool, {
    base: `http://127.0.0.1:${address.port}`, authorization: server.operators.admin, repetitions: 0, warmUps: 0,
  })
  expect(faults).toEqual([])
  expect(checked).toBeGreaterThan(70)
})
