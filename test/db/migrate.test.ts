import { readdir, readFile } from 'node:fs/promises'
import { PG_MIGRATE_LOCK_ID } from 'node-pg-migrate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts'
import { migrate } from '../../db/migrate.ts'
import { describeSchema } from '../../db/snapshot.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { withClient } from '../helpers/with-client.ts'

const migrations = new URL('../../db/migrations/', import.meta.url)
const snapshot = new URL('../../db/schema.sql', import.meta.url)

describe('migrations', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createDatabase({ empty: true })
  })

  afterAll(() => database.drop())

  test('nodes that start together all succeed, and each file is applied once', async () => {
    const files = (await readdir(migrations)).toSorted().map((name) => name.replace(/\.sql$/, ''))
    const log: string[] = []
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, (line) => log.push(line))))
    expect(applied.flat()).toEqual(files)
    expect(log).toEqual(files.map((name) => `applied migration ${name}`))
    expect(await migrate(database.url)).toEqual([])
  })

  test('the lock is the one that node-pg-migrate’s own command line takes', () => expect(ADVISORY_LOCKS.migration).toBe(PG_MIGRATE_LOCK_ID))

  test('the schema is what db/schema.sql says (npm run schema rewrites it)', async () => {
    expect(await withClient(database.url, describeSchema)).toBe(await readFile(snapshot, 'utf8'))
  })

  test('day partitions do not show in the snapshot', () =>
    withClient(database.url, async (client) => {
      const before = await describeSchema(client)
      const { rows } = await client.query(`select ensure_day_partitions('decisions', '2030-01-01', '2030-01-03') as made`)
      expect(rows).toEqual([{ made: 3 }])
      expect(await describeSchema(client)).toBe(before)
    }))

  test.each([
    'alter table items add column extra text',
    'alter table items alter column title drop not null',
    'alter table items alter column position set default 1',
    'alter table items add constraint items_extra_check check (length(title) < 10)',
    'alter table tallies set (fillfactor = 60)',
    'create index items_extra on items (title)',
    'create trigger items_extra before update on items for each row execute function suppress_redundant_updates_trigger()',
    'create function extra() returns integer language sql return 1',
    'create view extra_view as select 1 as one',
    'create sequence extra_sequence',
    "create type extra_type as enum ('a')",
  ])('the snapshot sees: %s', (change) =>
    withClient(database.url, async (client) => {
      const before = await describeSchema(client)
      await client.query('begin')
      await client.query(change)
      expect(await describeSchema(client)).not.toBe(before)
      await client.query('rollback')
    }))
})
