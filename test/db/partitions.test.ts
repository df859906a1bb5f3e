import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Pool, createPool, inTransaction } from '../../db/queryable.ts'
import { holdVotes, undoInvalidation } from '../../db/queries/invalidations.ts'
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
    // No more at a time than the pool has connections: whoever waits for one longer than five seconds is refused.
    const writing = Array.from({ length: 5 }, async () => {
      for (let n = 0; n < 12; n += 1) {
        await addEvent(NOW + (n % 5) * DAY)
        await addDecision(NOW + (n % 5) * DAY)
      }
    })
    const keeping = Array.from({ length: 4 }, async (_, lane) => {
      for (const day of [lane, lane + 4]) await keep(NOW + day * DAY)
    })
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

describe('the log of actions on votes', () => {
  const VOTER = '00000000-0000-4000-8000-0000000000aa'
  /** An action of so many days ago on one counted vote. Answers its id. */
  async function addAction(projectId: number, itemId: number, request: object, days: number): Promise<number> {
    const id = await inTransaction(pool, async (client) => {
      const done = await holdVotes(client, projectId, { filter: {}, named: { itemIds: [itemId], voters: [VOTER] } }, { reason: 'test', actor: 'rule:test', request, dryRun: false })
      return done.id ?? 0
    })
    await pool.query('update invalidations set created_at = $2 where invalidation_id = $1', [id, new Date(NOW - days * DAY)])
    return id
  }

  test('forgets whose votes an action was about, keeps what it did, and can be undone as before', async () => {
    const { rows: [project] } = await pool.query<{ id: number }>(`insert into projects (public_key, name, sealed_pepper) values ('pk_actions', 'Actions', '\\x00') returning project_id as id`)
    const projectId = project?.id ?? 0
    const { rows: [item] } = await pool.query<{ id: number }>(`insert into items (project_id, title, description) values ($1, 'Dark mode', '') returning item_id as id`, [projectId])
    const itemId = item?.id ?? 0
    await pool.query(`insert into votes (project_id, item_id, voter, cast_at, tier, value, state) values ($1, $2, $3, $4, 'd', '1', 'c')`, [projectId, itemId, VOTER, new Date(NOW)])
    const old = await addAction(projectId, itemId, { alert: 'a', group: { ipAddress: '192.0.2.1' }, since: 7 }, 91)
    const asked = await addAction(projectId, itemId, { filter: { ip: '192.0.2.1', fingerprint: 'abcdef01' } }, 91)
    const named = await addAction(projectId, itemId, { voteIds: ['1:2'] }, 91)
    const young = await addAction(projectId, itemId, { filter: { ip: '192.0.2.1' } }, 89)

    await keep()
    const { rows } = await pool.query<{ id: number; request: object }>('select invalidation_id as id, request from invalidations order by 1')
    expect(rows).toEqual([
      { id: old, request: { alert: 'a', since: 7 } }, { id: asked, request: {} }, { id: named, request: { voteIds: ['1:2'] } }, { id: young, request: { filter: { ip: '192.0.2.1' } } },
    ])

    const stateOf = async (): Promise<string | undefined> => (await pool.query<{ state: string }>('select state from votes where project_id = $1', [projectId])).rows[0]?.state
    expect(await stateOf()).toBe('h')
    for (const id of [old, asked, named, young]) await inTransaction(pool, (client) => undoInvalidation(client, projectId, id, { reason: null, actor: 'test' }))
    expect(await stateOf()).toBe('c')
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
