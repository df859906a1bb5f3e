/** What db/rules/columns.ts says of indexes is what the database has. */
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { TABLES, columnOf } from '../../db/rules/columns.ts'
import type { Service } from '../../server/contract/rule.ts'
import { createDatabase } from '../helpers/database.ts'
import { withClient } from '../helpers/with-client.ts'

const columnsLed = async (client: Client, table: string): Promise<Set<string>> => {
  const { rows } = await client.query<{ name: string }>(
    `select a.attname as name from pg_index i, unnest(i.indkey::int[]) with ordinality as k (number, place), pg_attribute a
     where i.indrelid = $1::regclass and a.attrelid = i.indrelid and a.attnum = k.number and a.attname <> 'project_id'
       and k.place = (select min(place) from unnest(i.indkey::int[]) with ordinality as o (number, place)
         join pg_attribute b on b.attrelid = i.indrelid and b.attnum = o.number where b.attname <> 'project_id')`, [table])
  return new Set(rows.map(({ name }) => name))
}

test('every field that is said to be found by an index has one that begins with its column', async () => {
  const database = await createDatabase()
  try {
    await withClient(database.url, async (client) => {
      for (const [service, { name, indexed }] of Object.entries(TABLES) as [Service, (typeof TABLES)[Service]][]) {
        const led = await columnsLed(client, name)
        const without = [...indexed].filter((field) => ![...columnOf(service, field).equals('x').matchAll(/\be\.(\w+)/g)].some(([, column = '']) => led.has(column)))
        expect({ [service]: without }).toEqual({ [service]: [] })
      }
    })
  } finally {
    await database.drop()
  }
})
