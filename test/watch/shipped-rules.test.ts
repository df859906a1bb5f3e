/** What comes with Truetally: every rule’s fixtures, over a real ledger, and what every shipped rule owes its reader. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Pool, createPool } from '../../db/queryable.ts'
import { SHIPPED_RULES_DIR, readRules } from '../../server/commands/rule-files.ts'
import { readFixtures, tryCase } from '../../server/commands/rules.ts'
import { durationMs } from '../../server/watch/language/duration.ts'
import { CASE_KINDS } from '../../server/watch/language/fixture.ts'
import { classes } from '../attacks/simulator/classes/registry.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'

const library = await readRules({ rulesDir: undefined })
const fixtures = await readFixtures(library, [SHIPPED_RULES_DIR])
const rules = library.alerting.map(({ document }) => document)

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

describe.each(fixtures)('$rule', ({ rule, cases }) => {
  test.each(cases)('$name', async (one) => {
    expect(await tryCase(pool, library, rule, one)).toEqual([])
  })
})

test('every rule has fixtures that fire, stay silent at the threshold, and look alike', () => {
  expect(rules.length).toBeGreaterThan(40)
  const missing = rules.flatMap(({ name }) => {
    const kinds = new Set(fixtures.filter(({ rule }) => rule === name).flatMap(({ cases }) => cases.map(({ kind }) => kind)))
    return CASE_KINDS.filter((kind) => !kinds.has(kind)).map((kind) => `${name}: ${kind}`)
  })
  expect(missing).toEqual([])
})

test('every rule says what to look at first, what is done, and who it may be instead', () => {
  expect(rules.filter(({ triage = '' }) => triage.length < 150 || !/^(?:Look|Read|People|Good)/.test(triage)).map(({ name }) => name)).toEqual([])
  expect(rules.filter(({ falsepositives = [] }) => falsepositives.length === 0).map(({ name }) => name)).toEqual([])
  expect(rules.filter(({ actions = [], triage = '' }) => actions.some(({ mode }) => mode !== 'log') && !/undo|undone/i.test(triage)).map(({ name }) => name)).toEqual([])
})

test('what is in force ends by itself within a day, and a block grows with each further time', () => {
  const actions = rules.flatMap(({ name, actions: own = [] }) => own.map((action) => ({ name, ...action })))
  expect(actions.filter(({ ttl }) => durationMs(ttl) > 24 * 3_600_000)).toEqual([])
  expect(actions.filter(({ type, backoff }) => type === 'block' && backoff === undefined)).toEqual([])
})

test('no action waits for a severity: an alert that nobody acknowledges rises, and would act on who is merely persistent', () => {
  expect(rules.filter(({ actions = [] }) => actions.some(({ level }) => level !== undefined)).map(({ name }) => name)).toEqual([])
})

/** Those which the rules find in the ledger that each class leaves behind, replayed at scale 1 with seed 1. */
test('every class of attack in the simulator has a rule that tells of it', () => {
  // Everything is cast after a block: what that turns away is not counted, so that it feeds no detection.
  const untold = new Set(['honest-only', 'blocked-live-session'])
  const told = new Set(rules.flatMap(({ tags = [] }) => tags))
  expect(classes.filter(({ name }) => !untold.has(name) && !told.has(`truetally.${name}`)).map(({ name }) => name)).toEqual([])
  const known = new Set(classes.map(({ name }) => `truetally.${name}`))
  expect([...told].filter((tag) => tag.startsWith('truetally.') && !known.has(tag))).toEqual([])
})
