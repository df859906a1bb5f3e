import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Pool, createPool, inTransaction } from '../../db/queryable.ts'
import { keepPartitions } from '../../db/queries/partitions.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2031, 4, 15, 13, 30)
const PARENTS = ['decisions', 'security_events'] as const

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { onError: () => undefined })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  const { rows } = await pool.query<{ name: string }>(`select inhrelid::regclass::text as name from pg_inherits where inhrelid::regclass::text ~ '_[0-9]{8}$'
    and inhparent in ('decisions'::regclass, 'security_events'::regclass, 'traffic'::regclass)`)
  for (const { name } of rows) await pool.query(`drop table ${name}`)
  await pool.query('delete from security_events; delete from decisions; delete from traffic')
})

const keep = (now = NOW, retentionDays = 90) => inTransaction(pool, (client) => keepPartitions(client, now, retentionDays))
const stamp = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll('-', '')

async function partitions(parent: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass', [parent])
  return rows.map(({ name }) => name.replace(`${parent}_`, '')).toSorted()
}
async function addEvent(at: number, message = 'kept'): Promise<void> {
  await pool.query(
    `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, error_message, last_seen_at)
     values (1, $1, gen_random_uuid(), 'origin_mismatch', 'low', 'GET /', $2, $1)`, [new Date(at), message])
}
async function addDecision(at: number): Promise<void> {
  await pool.query(
    `insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network, origin)
     values (1, $1, gen_random_uuid(), 1, gen_random_uuid(), 'd', '1', 'c', 0, 'allow', 'test', '{}', '192.0.2.1', '192.0.2.0/24', 'https://a.example')`, [new Date(at)])
}
async function homes(parent: string): Promise<string[]> {
  const { rows } = await pool.query<{ home: string }>(`select tableoid::regclass::text as home from ${parent} order by 1`)
  return rows.map(({ home }) => home.replace(`${parent}_`, ''))
}

describe('day partitions', () => {
  test('reach from yesterday to seven days ahead, in every table', async () => {
    expect(await keep()).toEqual({ made: 27, dropped: 0 })
    const days = Array.from({ length: 9 }, (_, n) => stamp(NOW + (n - 1) * DAY))
    for (const parent of [...PARENTS, 'traffic']) expect(await partitions(parent)).toEqual([...days, 'default'])
    expect(await keep()).toEqual({ made: 0, dropped: 0 })
    expect(await keep(NOW + DAY)).toEqual({ made: 3, dropped: 0 })
  })

  test('hold the rows of their UTC day, to the last millisecond', async () => {
    await keep()
    const midnight = Date.UTC(2031, 4, 16)
    for (const at of [midnight - 1, midnight, midnight + DAY - 1, midnight + DAY]) {
      await addEvent(at)
      await addDecision(at)
    }
    for (const parent of PARENTS) expect(await homes(parent)).toEqual(['20310515', '20310516', '20310516', '20310517'])
  })

  test('made by ten nodes at once are made once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => keep()))
    expect(results.reduce((sum, { made }) => sum + made, 0)).toBe(27)
  })

  test('are made and dropped while rows keep coming, without either waiting for ever', async () => {
    await keep()
    const writing = Array.from({ length: 60 }, (_, n) => Promise.all([addEvent(NOW + (n % 5) * DAY), addDecision(NOW + (n % 5) * DAY)]))
    const keeping = Array.from({ length: 8 }, (_, n) => keep(NOW + n * DAY))
    await Promise.all([...writing, ...keeping])
    for (const parent of PARENTS) expect(await homes(parent)).toHaveLength(60)
  })
})

describe('retention', () => {
  test('drops whole days that ended before it, and keeps the day it falls on', async () => {
    for (let n = -12; n <= 0; n += 1) {
      await pool.query(`select ensure_day_partitions('security_events', $1, $1), ensure_day_partitions('decisions', $1, $1)`, [new Date(NOW + n * DAY).toISOString().slice(0, 10)])
      await addEvent(NOW + n * DAY)
      await addDecision(NOW + n * DAY)
    }
    expect(await keep(NOW, 5)).toMatchObject({ dropped: 14 })
    for (const parent of PARENTS) {
      expect((await partitions(parent))[0]).toBe(stamp(NOW - 5 * DAY))
      expect(await homes(parent)).toHaveLength(6)
    }
  })

  test('deletes rows of the default partition by the millisecond', async () => {
    await keep()
    for (const at of [NOW - 90 * DAY - 1, NOW - 90 * DAY, NOW - 80 * DAY]) {
      await addEvent(at)
      await addDecision(at)
    }
    await keep()
    for (const parent of PARENTS) expect(await homes(parent)).toEqual(['default', 'default'])
  })

  test('clears the address and fingerprint feedback came from, and keeps the words', async () => {
    await pool.query(`insert into projects (public_key, name, sealed_pepper) values ('pk_retention', 'Retention', '\\x00') on conflict do nothing`)
    await pool.query(`insert into feedback (project_id, kind, title, voter, tier, ip_address, fingerprint, created_at)
      select project_id, 'idea', age, gen_random_uuid(), 'd', '192.0.2.1', 'abcdef01', $1::timestamptz - age::interval from projects, unnest(array['91 days', '89 days']) as age
      where public_key = 'pk_retention'`, [new Date(NOW)])
    await keep()
    const { rows } = await pool.query('select title, host(ip_address) as ip, fingerprint from feedback order by title')
    expect(rows).toEqual([{ title: '89 days', ip: '192.0.2.1', fingerprint: 'abcdef01' }, { title: '91 days', ip: null, fingerprint: null }])
  })
})

describe('a row whose day has no partition', () => {
  test('lands in the default one, is read like any other, and neither hinders the days around it nor its own', async () => {
    await keep()
    const far = NOW + 9 * DAY
    await addEvent(far, 'from a clock that jumped')
    await addDecision(far)
    for (const parent of PARENTS) expect(await homes(parent)).toEqual(['default'])

    // Two days later that day is within the seven: it cannot get a partition of its own any more, its neighbours can.
    expect(await keep(NOW + 4 * DAY)).toEqual({ made: 10, dropped: 0 })
    for (const parent of PARENTS) {
      const days = await partitions(parent)
      expect(days).toContain(stamp(far - DAY))
      expect(days).not.toContain(stamp(far))
      expect(days).toContain(stamp(far + DAY))
    }
    await addEvent(far + 1000)
    const { rows } = await pool.query('select count(*)::int as count from security_events where occurred_at >= $1', [new Date(far)])
    expect(rows).toEqual([{ count: 2 }])
  })
})
