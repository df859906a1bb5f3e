/** What makes the schema distributable and the tallies safe, read from the catalogue rather than from the migrations. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIGRATIONS_TABLE } from '../../db/migrate.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { withClient } from '../helpers/with-client.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const ask = async <Row>(text: string): Promise<Row[]> => await withClient(database.url, async (client) => (await client.query(text, [MIGRATIONS_TABLE])).rows as Row[])

const TABLES = `select c.oid, c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> $1`

test('every table has a primary key, and its first column is project_id', async () => {
  const tables = await ask<{ name: string; first: string | null }>(`
    select t.relname as name, a.attname as first
    from (${TABLES}) t
    left join pg_index i on i.indrelid = t.oid and i.indisprimary
    left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    order by t.relname`)
  expect(tables.length).toBeGreaterThan(12)
  expect(tables.filter(({ first }) => first !== 'project_id')).toEqual([])
})

test('so does every unique index but the one that finds a project by its public key', async () => {
  const indexes = await ask<{ name: string }>(`
    select i.indexrelid::regclass::text as name
    from (${TABLES}) t join pg_index i on i.indrelid = t.oid and i.indisunique
    join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    where a.attname <> 'project_id'`)
  expect(indexes).toEqual([{ name: 'projects_public_key_key' }])
})

test('every foreign key carries project_id along', async () => {
  const keys = await ask<{ name: string; carries: boolean }>(`
    select c.conname as name, exists (
      select from unnest(c.conkey, c.confkey) as k (own, other)
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own and a.attname = 'project_id'
      join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other and b.attname = 'project_id') as carries
    from (${TABLES}) t join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'`)
  expect(keys.length).toBeGreaterThan(5)
  expect(keys.filter(({ carries }) => !carries)).toEqual([])
})

test('a tally cannot become negative, and a vote has no key but its voter', async () => {
  const checks = await ask<{ definition: string }>(`
    select pg_get_constraintdef(c.oid) as definition from (${TABLES}) t join pg_constraint c on c.conrelid = t.oid and c.contype = 'c' where t.relname = 'tallies'`)
  expect(checks.map(({ definition }) => definition).toSorted()).toEqual([
    'CHECK (((counted_verified >= 0) AND (counted_verified <= counted)))', 'CHECK (((held_verified >= 0) AND (held_verified <= held)))',
    'CHECK (((invalidated_verified >= 0) AND (invalidated_verified <= invalidated)))',
    'CHECK ((counted >= 0))', 'CHECK ((held >= 0))', 'CHECK ((invalidated >= 0))',
  ])
  const [key] = await ask<{ definition: string }>(`
    select pg_get_constraintdef(c.oid) as definition from (${TABLES}) t join pg_constraint c on c.conrelid = t.oid and c.contype = 'p' where t.relname = 'votes'`)
  expect(key).toEqual({ definition: 'PRIMARY KEY (project_id, item_id, voter)' })
})
