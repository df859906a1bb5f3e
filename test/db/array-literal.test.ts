/** What the array writers write is what PostgreSQL reads. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonArray, plainArray, textArray } from '../../db/array-literal.ts'
import { type Pool, createPool } from '../../db/queryable.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase({ empty: true })
  pool = createPool(database.url, { max: 1, onError: () => undefined })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const HOSTILE = [
  '', ' ', 'NULL', 'null', '{}', '{a,b}', ',', '"', '\\', '\\"', '""', "'; drop table votes; --", '\n\r\t\b\f', '\u0001\u007f\u0085\u2028', 'üñí', '👍🏽',
  ' leads', 'trails ', '\\N', '$1', '%s', 'a\\', 'Mozilla/5.0 (X11; "quoted" \\ backslashed)', '‮right to left',
]

async function read<T>(type: string, literal: string): Promise<T[]> {
  return (await pool.query<{ value: T }>(`select value from unnest($1::${type}[]) as value`, [literal])).rows.map(({ value }) => value)
}

test('Texts come back as they went, whatever stands in them', async () => {
  expect(await read('text', textArray([...HOSTILE, null]))).toEqual([...HOSTILE, null])
  expect(await read('text', textArray([]))).toEqual([])
  expect(await read('text', textArray([''])), 'an empty text is no empty array').toEqual([''])
})

test('JSON comes back as it went, whatever stands in it', async () => {
  const values = [{ texts: HOSTILE }, [1, 2.5, -3e-7, true, null], 'text', { deep: { '"': '\\' } }, { lone: '\ud800' }]
  expect(await read('json', jsonArray([...values, null, undefined]))).toEqual([...values, null, null])
  const stored = values.slice(0, 4)
  expect(await read('jsonb', jsonArray(stored))).toEqual(stored)
})

test('Numbers, booleans and what needs no quotes', async () => {
  expect(await read('float8', plainArray([0, -1, 1.5, 1e21, 1795275370372, null]))).toEqual([0, -1, 1.5, 1e21, 1795275370372, null])
  expect(await read('boolean', plainArray([true, false, null]))).toEqual([true, false, null])
  expect(await read('text', plainArray(['203.0.113.0/24', '2001:db8::7', 'c', null]))).toEqual(['203.0.113.0/24', '2001:db8::7', 'c', null])
  expect(await read('int', plainArray([]))).toEqual([])
})
