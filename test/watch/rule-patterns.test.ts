/** What `|re` takes means the same in PostgreSQL, where rules run, as in JavaScript, where people try it out; and stays quick. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Pool, createPool } from '../../db/queryable.ts'
import { regexFault } from '../../server/watch/language/regex.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { tellTook } from '../helpers/took.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase()
  // What backtracks without end takes hours, and fails here.
  pool = createPool(database.url, { max: 1, statementTimeoutMs: 50_000, onError: () => undefined })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const PATTERNS = [
  'admin', '^/api/v[12]/.*$', String.raw`\.env$`, String.raw`(union|select)\s+all`, String.raw`^pk_[A-Za-z0-9_\-]{8,}$`, '^user-?[0-9]{1,6}$', '(?:wp-(?:login|admin)|xmlrpc)',
  '(ab)+$', '([0-9a-f]{4}-){3}', '(a+)?b', '[^a-z]', '[-a]', '[a-]', '[.*+?]', String.raw`[\]\[\\]`, String.raw`[\d_]+x`, String.raw`^\D+$`, String.raw`\S\s\S`, 'a{0,3}b',
  'a{2}', String.raw`\{\{|\}\}`, String.raw`\$\{jndi:`, 'ü', '/', '<script', '^$', 'a.c', String.raw`a\.c`, String.raw`\^a\$`, '[a-f0-9]{32}',
]
const TEXTS = [
  '', 'a', 'ab', 'abab', 'aab', 'abc', 'a.c', 'A.C', 'admin', '/api/v1/items', '/api/v3/items', '/.env', '/.envx', 'union  all', 'unionall', 'pk_12345678', 'pk_1234', 'user-12', 'user1234567',
  'wp-login', 'xmlrpc.php', '00aa-11bb-22cc-', '-', ']', '[', String.raw`\ `, '1_x', 'äöü', 'x y', '{{7*7}}', '${jndi:ldap}', '<script>', '^a$', '0123456789abcdef0123456789abcdef', '*',
]

it.each(PATTERNS)('%s', async (pattern) => {
  expect(regexFault(pattern)).toBeUndefined()
  const { rows } = await pool.query<{ found: boolean[] }>('select array_agg(t ~ $1 order by i) as found from unnest($2::text[]) with ordinality as u (t, i)', [pattern, TEXTS])
  const meant = new RegExp(pattern)
  expect(Object.fromEntries(TEXTS.map((text, index) => [text, rows[0]?.found[index]]))).toEqual(Object.fromEntries(TEXTS.map((text) => [text, meant.test(text)])))
})

it.each([
  '.*.*.*.*.*.*.*.*.*.*x$', 'a?a?a?a?a?a?a?a?a?a?aaaaaaaaaa$', `${'a{0,99}'.repeat(10)}b`, '.*a.{100}$', '([ab]{49}){20}c', '(.*)(.*)(.*)(.*)x',
])('the worst of what is taken ends in time: %s', async (pattern) => {
  expect(regexFault(pattern)).toBeUndefined()
  const begun = performance.now()
  await expect(pool.query('select count(*) from generate_series(1, 20) as i where repeat(chr(97 + i % 2), 290) || $2 ~ $1', [pattern, 'y'])).resolves.toHaveProperty('rowCount', 1)
  tellTook(`the worst of what is taken, ${pattern.slice(0, 20)}`, begun)
})
