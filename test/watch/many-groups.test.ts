/** Whichever way a rule is asked, it tells the same: about groups one by one, about everybody, and with every group’s windows made. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPool, inTransaction, type Pool, sortInMemory } from '../../db/queryable.ts'
import { compileRule } from '../../db/rules/compile.ts'
import { type Span, type Usual, findAllEpisodes, findEpisodes } from '../../db/rules/evaluate.ts'
import { MANY_GROUPS, type Group, compileTouched, findTouched } from '../../db/rules/touched.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import type { CorrelationDocument, DetectionDocument } from '../../server/contract/rule.ts'
import type { Episode } from '../../server/watch/alerts/episodes.ts'
import { RuleLibrary } from '../../server/watch/language/library.ts'
import { Random } from '../attacks/simulator/random.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { type LedgerLine, forgetLedger, insertLines } from '../helpers/ledger-lines.ts'
import { writeAttacks } from './attack-ledger.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { onError: () => undefined, statementTimeoutMs: 60_000 })
  await pool.query(`insert into projects (project_id, public_key, name, sealed_pepper) overriding system value values (1, 'pk_test', 'Shop', '')`)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(() => forgetLedger(pool))

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const BEGIN = Date.UTC(2026, 5, 1)

const detection = (name: string, service: DetectionDocument['logsource']['service'], search: DetectionDocument['detection'][string]): DetectionDocument =>
  ({ title: name, name, logsource: { product: 'truetally', service }, detection: { selection: search, condition: 'selection' } })
const correlation = (name: string, what: CorrelationDocument['correlation'], rest: Partial<CorrelationDocument> = {}): CorrelationDocument =>
  ({ title: name, name, level: 'low', triage: 'look', tags: ['owasp.api1'], correlation: what, keep_firing_for: '90s', ...rest })
const count = (rules: string[], by: string[], condition: CorrelationDocument['correlation']['condition']): CorrelationDocument['correlation'] =>
  ({ type: 'event_count', rules, 'group-by': by, timespan: '2m', condition: condition ?? {} })

const library = new RuleLibrary([
  detection('failure', 'security_events', { eventType: 'jwt_validation_failed' }),
  detection('mismatch', 'security_events', { eventType: 'origin_mismatch' }),
  detection('limit', 'security_events', { eventType: 'rate_limit_exceeded' }),
  detection('vote', 'decisions', { value: 1 }),
  detection('odd-vote', 'decisions', { value: 1, 'detectors|contains': 'sequential-users' }),
  detection('reading', 'traffic', { 'records|exists': true }),
  correlation('count-gt', count(['failure'], ['ipAddress'], { gt: 4 })),
  correlation('count-gte', count(['failure', 'mismatch'], ['network'], { gte: 12 })),
  correlation('count-eq', count(['failure'], ['ipAddress'], { eq: 3 })),
  correlation('count-few', count(['failure'], ['ipAddress'], { lte: 2 })),
  correlation('count-between', count(['vote'], ['itemId', 'network'], { gt: 2.5, lt: 6 })),
  correlation('count-of-projects', count(['failure'], [], { gte: 20 })),
  correlation('count-everywhere', count(['failure', 'limit'], ['ipAddress'], { gte: 8 }), { scope: 'installation' }),
  correlation('limits-everywhere', count(['limit'], ['ipAddress'], { gt: 3 }), { scope: 'installation' }),
  correlation('count-tumbling', { ...count(['failure'], ['ipAddress'], { gte: 5 }), window: 'tumbling' }),
  correlation('count-session', { ...count(['failure'], ['ipAddress'], { gte: 9 }), window: 'session' }),
  correlation('values', { type: 'value_count', rules: ['vote'], 'group-by': ['itemId', 'network'], timespan: '3m', condition: { field: 'fingerprint', gte: 3 } }),
  correlation('values-exactly', { type: 'value_count', rules: ['vote'], 'group-by': ['network'], timespan: '3m', condition: { field: 'country', eq: 2 } }),
  correlation('sum', { type: 'value_sum', rules: ['reading'], 'group-by': ['actor'], timespan: '2m', condition: { field: 'records', gt: 700 } }),
  correlation('sum-below', { type: 'value_sum', rules: ['reading'], 'group-by': ['actor'], timespan: '2m', condition: { field: 'records', lt: 200 } }),
  correlation('ratio', { type: 'event_ratio', rules: ['failure', 'vote'], 'group-by': ['ipAddress'], timespan: '5m', minimum: 5, condition: { gt: 0.6 } }),
  correlation('ratio-of-few', { type: 'event_ratio', rules: ['failure', 'vote'], 'group-by': ['ipAddress'], timespan: '1m', condition: { gte: 0.5 } }),
  correlation('together', { type: 'temporal', rules: ['failure', 'mismatch', 'limit'], 'group-by': ['ipAddress'], timespan: '1m' }),
  correlation('one-after-the-other', { type: 'temporal_ordered', rules: ['mismatch', 'failure', 'limit'], 'group-by': ['ipAddress'], timespan: '2m' }),
  correlation('failures-then-vote', { type: 'temporal_ordered', rules: ['count-gt', 'vote'], 'group-by': ['ipAddress'], timespan: '5m' }),
  correlation('all-of-it', { type: 'temporal', rules: ['count-between', 'values'], 'group-by': ['itemId', 'network'], timespan: '3m' }),
  correlation('busy-networks', { type: 'value_count', rules: ['some-votes'], timespan: '10m', condition: { field: 'network', gte: 2 } }),
  correlation('session-of-bursts', { type: 'event_count', rules: ['count-gt'], 'group-by': ['ipAddress'], timespan: '2m', window: 'session', condition: { gte: 4 } }),
  correlation('unless-values', count(['failure'], ['ipAddress'], { gte: 3 }), { unless: ['mismatch'] }),
  correlation('unless-found', count(['failure'], ['ipAddress'], { gte: 3 }), { unless: ['count-gte-address', 'expected-spike'] }),
  correlation('count-gte-address', count(['mismatch', 'limit'], ['ipAddress'], { gte: 3 })),
  correlation('unless-unless', count(['failure'], ['ipAddress'], { gte: 2 }), { unless: ['unless-values'] }),
  correlation('bursts-of-odd', { type: 'temporal', rules: ['odd-count', 'values'], 'group-by': ['itemId', 'network'], timespan: '3m' }),
  correlation('some-votes', count(['vote'], ['itemId', 'network'], { gte: 2 })),
  correlation('odd-count', count(['odd-vote'], ['itemId', 'network'], { gte: 2 })),
  correlation('usual', { ...count(['failure'], ['ipAddress'], { gt_baseline: 2, gt: 3 }), minimum: 5, history: '28d' }),
  correlation('new', { type: 'new_terms', rules: ['failure'], 'group-by': ['network'], timespan: '1m', history: '8m', after: '1m', condition: { field: 'ipAddress' } }),
].map((document) => ({ document, file: 'test.yaml', line: 1, version: 'v' })))
const NAMES = library.alerting.map(({ document }) => document.name)

const ADDRESSES = [...Array.from({ length: 7 }, (_, n) => `203.0.113.${n}`), '198.51.100.1', '198.51.100.2', '192.0.2.9', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']

/** Twenty minutes in whole seconds, so that much of it lies exactly a timespan apart. */
function randomLines(random: Random): LedgerLine[] {
  return Array.from({ length: 900 }, (_, index): LedgerLine => {
    const at = random.below(1200) * SECOND
    const common = { at, project: 1 + random.below(2), ipAddress: random.pick(ADDRESSES.slice(0, random.chance(0.6) ? 4 : ADDRESSES.length)) }
    if (index % 3 === 0) {
      return {
        ...common, service: 'decisions', itemId: 1 + random.below(3), value: random.chance(0.9) ? 1 : 0, detectors: random.chance(0.2) ? ['sequential-users'] : [],
        ...(random.chance(0.7) ? { fingerprint: `fp${random.below(5)}` } : {}), ...(random.chance(0.6) ? { country: random.pick(['VN', 'NZ', 'PE']) } : {}),
      }
    }
    if (index % 10 === 1) {
      const records = random.below(500) - (random.chance(0.2) ? 300 : 0)
      return { ...common, service: 'traffic', endpoint: `GET ${index}`, actor: `operator:${random.below(3)}`, requests: 1 + random.below(3), records }
    }
    const eventType = random.pick(['jwt_validation_failed', 'jwt_validation_failed', 'origin_mismatch', 'rate_limit_exceeded'])
    // What was coalesced ends at a moment of its own: of two lines of one instant no order is said.
    const coalesced = random.chance(0.15)
    return { ...common, eventType, ...(coalesced ? { at: at + 1 + index % 999, count: 2 + random.below(4), lastSeen: at + SECOND + random.below(200) * SECOND } : {}) }
  })
}

const shown = (episodes: readonly Episode[]): string[] =>
  episodes.map(({ projectId, group, startsAt, lastAt, value, lines, evidence }) =>
    JSON.stringify([projectId, Object.values(group), startsAt, lastAt, value, lines, evidence])).toSorted()

/** Every group that has lines at all, as a look finds them. */
async function groupsOf(names: readonly string[], of: RuleLibrary): Promise<Map<string, Group[] | 'many'>> {
  const rules = names.map((name) => compileRule(of, name))
  const touched = await findTouched(pool, compileTouched(rules), { after: rules.map(() => 0), until: Date.now() + DAY, dated: 0 })
  return new Map(names.map((name, place) => [name, touched.get(place) ?? []]))
}

async function ask(of: RuleLibrary, name: string, groups: readonly Group[] | 'many', span: Span, usual: Usual[]): Promise<{ live: string[]; everybody: string[]; plain: string[] }> {
  return await inTransaction(pool, async (client) => {
    await sortInMemory(client)
    const [rule, plain] = [compileRule(of, name), compileRule(of, name, false)]
    return {
      live: shown(await findEpisodes(client, rule, groups, span, usual)),
      everybody: shown(await findEpisodes(client, rule, 'many', span, usual)),
      plain: shown(await findAllEpisodes(client, plain, null, span, usual)),
    }
  })
}

describe('a rule of every kind over a ledger of chance', () => {
  test.each([1, 2])('tells the same however it is asked (seed %i)', async (seed) => {
    const random = new Random(`many-groups/${seed}`)
    await insertLines(pool, BEGIN, [...randomLines(random), { service: 'expected_spikes', at: 4 * MINUTE, until: 6 * MINUTE }])
    const groups = await groupsOf(NAMES, library)
    const silent = new Set(NAMES)
    for (const name of NAMES) {
      const own = groups.get(name) ?? []
      const usual = name !== 'usual' || own === 'many' ? [] : own.map((group) => ({ ...group, hour: BEGIN, amount: 1 + random.below(4) }))
      for (let turn = 0; turn < 3; turn += 1) {
        const from = BEGIN + random.below(900) * SECOND
        const { live, everybody, plain } = await ask(library, name, own, { from, until: from + random.below(600) * SECOND }, usual)
        expect({ name, episodes: live }).toEqual({ name, episodes: plain })
        expect({ name, episodes: everybody }).toEqual({ name, episodes: plain })
        if (plain.length > 0) silent.delete(name)
      }
    }
    expect([...silent]).toEqual([])
  })
})

describe('the shipped rules', () => {
  test('tell the same of attacks however they are asked', async () => {
    const shipped = await readRules({ rulesDir: undefined })
    const expected = await writeAttacks(pool, BEGIN)
    const names = [...new Set(expected.map(({ rule }) => rule))].filter((name) => !compileRule(shipped, name).baseline)
    const groups = await groupsOf(names, shipped)
    for (const name of names) {
      const { live, everybody, plain } = await ask(shipped, name, groups.get(name) ?? [], { from: BEGIN, until: BEGIN + 27 * DAY }, [])
      expect(plain.length).toBeGreaterThan(0)
      expect({ name, episodes: live }).toEqual({ name, episodes: plain })
      expect({ name, episodes: everybody }).toEqual({ name, episodes: plain })
    }
  })
})

describe('groups with new lines', () => {
  const names = ['count-gt', 'count-of-projects', 'new']

  test.each([[MANY_GROUPS, MANY_GROUPS], [MANY_GROUPS + 1, 'many']])('are listed as long as they are few: %i', async (size, told) => {
    await insertLines(pool, BEGIN, Array.from({ length: size }, (_, n) => ({ at: n, eventType: 'jwt_validation_failed', ipAddress: `10.0.${n >> 8}.${n & 255}` })))
    const groups = await groupsOf(names, library)
    const shownOf = (name: string): number | string | undefined => (groups.get(name) === 'many' ? 'many' : groups.get(name)?.length)
    expect(shownOf('count-gt')).toBe(told)
    expect(groups.get('count-of-projects')).toEqual([{ projectId: 1, keys: [] }])
    // What has a history is asked for a list, whatever its length.
    expect(groups.get('new')).toHaveLength(Math.ceil(size / 256))
  })

  test('are new to each rule from where it left off', async () => {
    await insertLines(pool, BEGIN, [{ at: 0, eventType: 'jwt_validation_failed', ipAddress: '203.0.113.1' }])
    const { rows: [clock] } = await pool.query<{ now: number }>('select max(recorded_at) + interval \'1 millisecond\' as now from security_events')
    const between = clock?.now ?? 0
    await pool.query('select pg_sleep(0.01)')
    await insertLines(pool, BEGIN, [{ at: 1, eventType: 'jwt_validation_failed', ipAddress: '203.0.113.2' }, { at: 2, eventType: 'rate_limit_exceeded', ipAddress: '203.0.113.3' }])
    const rules = ['count-gt', 'count-eq', 'count-few'].map((name) => compileRule(library, name))
    const until = Date.now() + DAY
    const touched = await findTouched(pool, compileTouched(rules), { after: [0, between, until], until, dated: 0 })
    const addresses = (place: number): string[] | undefined => {
      const groups = touched.get(place)
      return groups === 'many' ? undefined : groups?.map(({ keys }) => String(keys[0])).toSorted()
    }
    expect([addresses(0), addresses(1), touched.has(2)]).toEqual([['203.0.113.1', '203.0.113.2'], ['203.0.113.2'], false])
  })
})
