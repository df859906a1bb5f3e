/** What each type of correlation means, by the replay of a few lines; and that looking group by group finds the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Pool } from '../../db/queryable.ts'
import { compileRule } from '../../db/rules/compile.ts'
import { findEpisodes } from '../../db/rules/evaluate.ts'
import { replay } from '../../db/rules/replay.ts'
import type { CorrelationDocument, DetectionDocument, RuleDocument } from '../../server/contract/rule.ts'
import { RuleLibrary } from '../../server/watch/language/library.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { type LedgerLine, forgetLedger, insertLines } from '../helpers/ledger-lines.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { onError: () => undefined })
  await pool.query(`insert into projects (project_id, public_key, name, sealed_pepper) overriding system value values (1, 'pk_test', 'Shop', '')`)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const BEGIN = Date.UTC(2026, 5, 1)

const detection = (name: string, search: DetectionDocument['detection'][string], service: DetectionDocument['logsource']['service'] = 'security_events'): DetectionDocument =>
  ({ title: name, name, logsource: { product: 'truetally', service }, detection: { selection: search, condition: 'selection' } })
const rule = (correlation: CorrelationDocument['correlation'], rest: Partial<CorrelationDocument> = {}): CorrelationDocument =>
  ({ title: 'A rule', name: 'rule', level: 'high', triage: 'look', tags: ['owasp.api1'], correlation, ...rest })
const libraryOf = (...documents: RuleDocument[]): RuleLibrary =>
  new RuleLibrary(documents.map((document) => ({ document, file: 'test.yaml', line: 1, version: 'v' })))

const failure = detection('failure', { eventType: 'jwt_validation_failed' })
const mismatch = detection('mismatch', { eventType: 'origin_mismatch' })
const limit = detection('limit', { eventType: 'rate_limit_exceeded' })
const vote = detection('vote', { value: 1 }, 'decisions')

const spanOf = ({ startsAt, lastAt, value }: { startsAt: number; lastAt: number; value: number }): string => `${startsAt} ${lastAt} ${value}`

/** Alerts of `rule`, and a check that the groups one by one, from where they crossed, give the same episodes. */
async function run(library: RuleLibrary, lines: LedgerLine[], until = 2 * 24 * HOUR) {
  await forgetLedger(pool)
  await insertLines(pool, BEGIN, lines)
  const span = { since: BEGIN - SECOND, until: BEGIN + until }
  const alerts = await replay(pool, library, ['rule'], span)
  const compiled = compileRule(library, 'rule')
  const groups = [...new Map(alerts.map(({ projectId, group }) => [JSON.stringify([projectId, group]), { projectId, keys: compiled.fields.map((field) => group[field] ?? '') }])).values()]
  // With a baseline it takes what is usual, which look.ts knows.
  const live = compiled.baseline ? alerts : await findEpisodes(pool, compiled, groups, { from: span.since, until: span.until }, [])
  expect(live.map(spanOf).toSorted()).toEqual(alerts.map(spanOf).toSorted())
  return alerts.map(({ group, startsAt, lastAt, firesAt, value, lines: count, state, suppressed, projectId }) =>
    ({ projectId, group, startsAt: startsAt - BEGIN, lastAt: lastAt - BEGIN, firesAt: firesAt === null ? null : firesAt - BEGIN, value, lines: count, state, suppressed }))
}

const fail = (at: number, ipAddress = '203.0.113.7', rest: Partial<LedgerLine> = {}): LedgerLine => ({ at, eventType: 'jwt_validation_failed', ipAddress, ...rest })
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

const windowed = (window: 'tumbling' | 'session') =>
  libraryOf(failure, rule({ type: 'event_count', rules: ['failure'], timespan: '1m', window, condition: { gte: 4 } }))
const from = (at: number, last: number): LedgerLine => fail(at, `203.0.113.${last}`)
const read = (at: number, records: number): LedgerLine => ({ service: 'traffic', at, actor: 'operator:7', endpoint: 'GET /votes', requests: 5, records })
const votesFrom = (count: number): LedgerLine[] => times(count, (n) => ({ service: 'decisions' as const, at: n * SECOND, ipAddress: '192.0.2.1' }))
const sequence = (type: 'temporal' | 'temporal_ordered') => libraryOf(mismatch, failure, limit, rule({ type, rules: ['mismatch', 'failure', 'limit'], 'group-by': ['ipAddress'], timespan: '1d' }))
const event = (eventType: string, at: number, ipAddress = '203.0.113.7'): LedgerLine => ({ at, eventType, ipAddress })
const block = (name: string, correlation: CorrelationDocument['correlation']): CorrelationDocument => ({ title: name, name, correlation })
const variedVotes = (count: number, fingerprints: number): LedgerLine[] =>
  times(count, (n) => ({ service: 'decisions', at: n * SECOND, itemId: 3, ipAddress: `203.0.113.${n}`, fingerprint: `fp${n % fingerprints}` }))
const found = async (search: DetectionDocument['detection'][string], lines: LedgerLine[]): Promise<number> => {
  const alerts = await run(libraryOf(detection('any', search), rule({ type: 'event_count', rules: ['any'], timespan: '1d', condition: { gte: 1 } })), lines)
  return alerts[0]?.value ?? 0
}

describe('event_count', () => {
  const library = libraryOf(failure, rule({ type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gt: 3 } }))

  test('more than so many within the timespan fire, from the line that crossed until the last that did', async () => {
    const alerts = await run(library, [...times(5, (n) => fail(n * MINUTE)), fail(0, '198.51.100.1')])
    expect(alerts).toEqual([{
      projectId: 1, group: { ipAddress: '203.0.113.7' }, startsAt: 3 * MINUTE, lastAt: 4 * MINUTE, firesAt: 3 * MINUTE, value: 5, lines: 5, state: 'resolved', suppressed: false,
    }])
  })

  test('exactly as many stay silent, and so does a line that lies a whole timespan back', async () => {
    expect(await run(library, times(3, (n) => fail(n * SECOND)))).toEqual([])
    expect(await run(library, [fail(0), ...times(3, (n) => fail(5 * MINUTE + n))])).toEqual([])
    expect(await run(library, [fail(1), ...times(3, (n) => fail(5 * MINUTE - n))])).toHaveLength(1)
  })

  test('counts what was coalesced, and goes on as long as that did', async () => {
    expect(await run(library, [fail(0, undefined, { count: 40, lastSeen: 9000 })])).toMatchObject([{ value: 40, startsAt: 0, lastAt: 9000 }])
  })

  test('projects are apart, unless the rule is about the installation', async () => {
    const lines = times(4, (n) => fail(n * SECOND, undefined, { project: 1 + (n % 2) }))
    expect(await run(library, lines)).toEqual([])
    const across = libraryOf(failure, rule({ type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gt: 3 } }, { scope: 'installation' }))
    expect(await run(across, lines)).toMatchObject([{ projectId: 0, value: 4 }])
  })

  test('a pause longer than it keeps firing ends it, and the next is another; within suppress it is quiet', async () => {
    const quiet = libraryOf(failure, rule({ type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '1m', condition: { gte: 2 } }, { keep_firing_for: '2m', suppress: '1h' }))
    const bursts = [0, 30 * MINUTE, 3 * HOUR].flatMap((at) => [fail(at), fail(at + SECOND)])
    expect(await run(quiet, bursts)).toMatchObject([
      { startsAt: SECOND, suppressed: false }, { startsAt: 30 * MINUTE + SECOND, suppressed: true }, { startsAt: 3 * HOUR + SECOND, suppressed: false },
    ])
  })

  test('is pending until it has held for as long as it says', async () => {
    const lasting = libraryOf(failure, rule({ type: 'event_count', rules: ['failure'], timespan: '1m', condition: { gte: 2 } }, { for: '5m', keep_firing_for: '2m' }))
    expect(await run(lasting, times(6, (n) => fail(n * 50 * SECOND)), 5 * MINUTE)).toMatchObject([{ state: 'pending', firesAt: null }])
    expect(await run(lasting, times(9, (n) => fail(n * 50 * SECOND)))).toMatchObject([{ state: 'resolved', startsAt: 50 * SECOND, firesAt: 350 * SECOND }])
  })

  test('a tumbling window begins anew, a session ends with a pause', async () => {
    const across = [50, 55, 65, 70].map((at) => fail(at * SECOND))
    expect(await run(windowed('tumbling'), across)).toEqual([])
    expect(await run(windowed('tumbling'), across.map((line) => ({ ...line, at: line.at + 10 * SECOND })))).toHaveLength(1)
    expect(await run(windowed('session'), [0, 55, 110, 165].map((at) => fail(at * SECOND)))).toHaveLength(1)
    expect(await run(windowed('session'), [0, 55, 110, 171].map((at) => fail(at * SECOND)))).toEqual([])
  })
})

describe('value_count', () => {
  const library = libraryOf(failure, rule({ type: 'value_count', rules: ['failure'], 'group-by': ['network'], timespan: '5m', condition: { field: 'ipAddress', gt: 2 } }))

  test('counts different values at one time, not lines', async () => {
    expect(await run(library, times(20, (n) => from(n * SECOND, n % 2)))).toEqual([])
    expect(await run(library, times(20, (n) => from(n * SECOND, n % 4)))).toMatchObject([{ group: { network: '203.0.113.0/24' }, startsAt: 2 * SECOND, lastAt: 19 * SECOND, value: 4 }])
  })

  test('a value leaves the window a whole timespan after its last line', async () => {
    expect(await run(library, [from(0, 1), from(MINUTE, 2), from(5 * MINUTE, 3)])).toEqual([])
    expect(await run(library, [from(1, 1), from(MINUTE, 2), from(5 * MINUTE, 3)])).toMatchObject([{ value: 3, startsAt: 5 * MINUTE }])
    expect(await run(library, [from(0, 1), from(2 * MINUTE, 1), from(MINUTE, 2), from(5 * MINUTE, 3)])).toHaveLength(1)
  })

  test('who has one address of an IPv6 /64 has them all: it is one source', async () => {
    const lines = times(3, (n) => fail(n, `2001:db8:1:2::${n}`, { detail: { user: `u${n}` } }))
    expect(await run(library, lines)).toEqual([])
    const users = libraryOf(failure, rule({ type: 'value_count', rules: ['failure'], 'group-by': ['ipAddress', 'network'], timespan: '5m', condition: { field: 'detail.user', gt: 2 } }))
    expect(await run(users, lines)).toMatchObject([{ group: { ipAddress: '2001:db8:1:2::', network: '2001:db8:1:2::/64' } }])
  })
})

describe('value_sum', () => {
  const reads = detection('reads', { 'records|gt': 0 }, 'traffic')
  const library = libraryOf(reads, rule({ type: 'value_sum', rules: ['reads'], 'group-by': ['actor'], timespan: '1m', condition: { field: 'records', gt: 1000 } }))

  test('adds the field up', async () => {
    expect(await run(library, [read(0, 600), read(10 * SECOND, 400)])).toEqual([])
    expect(await run(library, [read(0, 600), read(10 * SECOND, 401)])).toMatchObject([{ group: { actor: 'operator:7' }, value: 1001 }])
  })
})

describe('event_ratio', () => {
  const library = libraryOf(failure, vote, rule({ type: 'event_ratio', rules: ['failure', 'vote'], timespan: '1h', minimum: 20, condition: { gt: 0.1 } }))

  test('is the share of the first rule’s lines, once there are enough', async () => {
    expect(await run(library, [...votesFrom(18), fail(MINUTE), fail(MINUTE + 1)])).toEqual([])
    expect(await run(library, [...votesFrom(17), ...times(3, (n) => fail(MINUTE + n))])).toMatchObject([{ value: 0.15, startsAt: MINUTE + 2 }])
    expect(await run(library, [...votesFrom(3), ...times(3, (n) => fail(MINUTE + n))])).toEqual([])
  })
})

describe('temporal', () => {
  test('needs every rule within the timespan, in any order', async () => {
    expect(await run(sequence('temporal'), [event('rate_limit_exceeded', 0), event('origin_mismatch', HOUR), event('jwt_validation_failed', 2 * HOUR)]))
      .toMatchObject([{ startsAt: 2 * HOUR, lines: 3 }])
    expect(await run(sequence('temporal'), [event('rate_limit_exceeded', 0), event('origin_mismatch', HOUR), event('jwt_validation_failed', 2 * HOUR, '198.51.100.1')])).toEqual([])
    expect(await run(sequence('temporal'), [event('rate_limit_exceeded', 0), event('origin_mismatch', HOUR), event('jwt_validation_failed', 24 * HOUR)])).toEqual([])
  })

  test('in order means in order', async () => {
    const ordered = sequence('temporal_ordered')
    expect(await run(ordered, [event('rate_limit_exceeded', 0), event('jwt_validation_failed', HOUR), event('origin_mismatch', 2 * HOUR)])).toEqual([])
    expect(await run(ordered, [event('origin_mismatch', 0), event('jwt_validation_failed', HOUR), event('rate_limit_exceeded', 2 * HOUR)])).toMatchObject([{ startsAt: 2 * HOUR }])
    expect(await run(ordered, [event('origin_mismatch', 0), event('jwt_validation_failed', 0), event('rate_limit_exceeded', 1)])).toEqual([])
  })

  test('the latest beginning counts: an old one does not make a new chain too long', async () => {
    const ordered = sequence('temporal_ordered')
    expect(await run(ordered, [
      event('origin_mismatch', 0), event('jwt_validation_failed', HOUR), event('origin_mismatch', 23 * HOUR), event('jwt_validation_failed', 24 * HOUR), event('rate_limit_exceeded', 30 * HOUR),
    ])).toMatchObject([{ startsAt: 30 * HOUR }])
    expect(await run(ordered, [event('origin_mismatch', 0), event('jwt_validation_failed', HOUR), event('rate_limit_exceeded', 24 * HOUR)])).toEqual([])
  })
})

describe('several conditions together', () => {
  const library = libraryOf(
    vote,
    block('many', { type: 'event_count', rules: ['vote'], 'group-by': ['itemId', 'network'], timespan: '5m', condition: { gte: 5 } }),
    block('varied', { type: 'value_count', rules: ['vote'], 'group-by': ['itemId', 'network'], timespan: '5m', condition: { field: 'fingerprint', gte: 3 } }),
    rule({ type: 'temporal', rules: ['many', 'varied'], 'group-by': ['itemId', 'network'], timespan: '5m' }),
  )

  test('are correlations of which each must hold', async () => {
    expect(await run(library, variedVotes(5, 2))).toEqual([])
    expect(await run(library, variedVotes(4, 4))).toEqual([])
    expect(await run(library, variedVotes(5, 3))).toMatchObject([{ group: { itemId: '3', network: '203.0.113.0/24' }, startsAt: 4 * SECOND }])
  })

  test('a finer correlation can be counted by what it is finer in', async () => {
    const attackers = libraryOf(
      failure, block('source', { type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gte: 2 } }),
      rule({ type: 'value_count', rules: ['source'], timespan: '1h', condition: { field: 'ipAddress', gte: 3 } }),
    )
    const twice = (address: number): LedgerLine[] => times(2, (n) => fail(address * MINUTE + n, `203.0.113.${address}`))
    expect(await run(attackers, [twice(1), twice(2), [fail(3 * MINUTE)]].flat())).toEqual([])
    expect(await run(attackers, [twice(1), twice(2), twice(3)].flat())).toMatchObject([{ value: 3, group: {} }])
  })
})

describe('new_terms', () => {
  const all = detection('all', { 'eventType|exists': true })
  const library = libraryOf(all, rule({ type: 'new_terms', rules: ['all'], timespan: '1m', history: '1d', after: '1h', condition: { field: 'eventType' } }))

  test('is a value that the group has not had, where the group is known', async () => {
    expect(await run(library, [event('origin_mismatch', 0), event('rate_limit_exceeded', 30 * MINUTE)])).toEqual([])
    expect(await run(library, [event('origin_mismatch', 0), event('origin_mismatch', 2 * HOUR), event('rate_limit_exceeded', 3 * HOUR), event('rate_limit_exceeded', 4 * HOUR)]))
      .toMatchObject([{ startsAt: 3 * HOUR }])
  })

  test('is new again when its history is over, but not where nothing at all was seen in it', async () => {
    expect(await run(library, [event('origin_mismatch', 0), event('origin_mismatch', 10 * HOUR), event('origin_mismatch', 35 * HOUR)], 3 * 24 * HOUR)).toEqual([])
    expect(await run(library, [event('origin_mismatch', 0), event('rate_limit_exceeded', 23 * HOUR), event('origin_mismatch', 24 * HOUR)], 3 * 24 * HOUR))
      .toMatchObject([{ startsAt: 23 * HOUR }, { startsAt: 24 * HOUR }])
  })
})

describe('unless', () => {
  test('another rule was seen in the same group', async () => {
    const library = libraryOf(failure, limit, rule({ type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gte: 2 } }, { unless: ['limit'] }))
    const failures = [fail(0), fail(SECOND)]
    expect(await run(library, failures)).toHaveLength(1)
    expect(await run(library, [{ at: -MINUTE, eventType: 'rate_limit_exceeded', ipAddress: '203.0.113.7' }, ...failures])).toEqual([])
    expect(await run(library, [{ at: -MINUTE, eventType: 'rate_limit_exceeded', ipAddress: '203.0.113.8' }, ...failures])).toHaveLength(1)
  })

  test('a rule that is grouped more coarsely speaks for all that is finer, in its project', async () => {
    const library = libraryOf(
      failure, block('everywhere', { type: 'value_count', rules: ['failure'], timespan: '15m', condition: { field: 'ipAddress', gt: 3 } }),
      rule({ type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gte: 3 } }, { unless: ['everywhere'] }),
    )
    const office = times(3, (n) => fail(MINUTE + n))
    const homes = (count: number, project = 1): LedgerLine[] => times(count, (n) => fail(n, `198.51.100.${n}`, { project }))
    expect(await run(library, [...office, ...homes(2)])).toHaveLength(1)
    expect(await run(library, [...office, ...homes(3)])).toEqual([])
    expect(await run(library, [...office, ...homes(3, 2)])).toHaveLength(1)
  })

  test('somebody expects a crowd', async () => {
    const library = libraryOf(vote, rule({ type: 'event_count', rules: ['vote'], 'group-by': ['itemId'], timespan: '5m', condition: { gte: 3 } }, { unless: ['expected-spike'] }))
    const votes = times(3, (n): LedgerLine => ({ service: 'decisions', at: n * SECOND, itemId: 3, ipAddress: `203.0.113.${n}` }))
    expect(await run(library, votes)).toHaveLength(1)
    expect(await run(library, [...votes, { service: 'expected_spikes', at: -HOUR, until: HOUR, itemId: 3 }])).toEqual([])
    expect(await run(library, [...votes, { service: 'expected_spikes', at: -HOUR, until: HOUR, itemId: 4 }])).toHaveLength(1)
    expect(await run(library, [...votes, { service: 'expected_spikes', at: -HOUR, until: HOUR }])).toEqual([])
  })
})

describe('gt_baseline', () => {
  const library = libraryOf(failure, rule({
    type: 'event_count', rules: ['failure'], timespan: '1h', minimum: 10, history: '28d', condition: { gt_baseline: 3 },
  }))
  const DAY = 24 * HOUR
  /** Ten in the first hour of each day, and `burst` on the last. */
  const days = (count: number, burst: number): LedgerLine[] =>
    times(count, (day) => times(day === count - 1 ? burst : 10, (n) => fail(day * DAY + n * SECOND))).flat()

  test('is more than so many times what is usual at this hour', async () => {
    expect(await run(library, days(5, 30), 10 * DAY)).toEqual([])
    expect(await run(library, days(5, 31), 10 * DAY)).toMatchObject([{ value: 31, startsAt: 4 * DAY + 30 * SECOND }])
  })

  test('nothing is unusual while little is known, nor below the minimum', async () => {
    expect(await run(library, days(3, 100), 10 * DAY)).toEqual([])
    expect(await run(library, days(5, 10).map((line, n) => ({ ...line, at: n < 40 ? line.at : line.at + 12 * HOUR })), 10 * DAY)).toEqual([])
  })

  test('an attack does not train it: the same attack fires on every day', async () => {
    const attack = (day: number): LedgerLine[] => times(100, (n) => fail(day * DAY + 600 * SECOND + n * SECOND))
    const lines = [...times(12, (day) => times(10, (n) => fail(day * DAY + n * SECOND))).flat(), ...[5, 6, 7, 8, 9, 10, 11].flatMap(attack)]
    expect(await run(library, lines, 20 * DAY)).toHaveLength(7)
  })
})

describe('searches', () => {
  const lines: LedgerLine[] = [
    { at: 0, eventType: 'origin_mismatch', ipAddress: '203.0.113.7', origin: 'https://Evil.example', errorMessage: '100% wrong', detail: { kind: 'scan', ms: 1500 } },
    { at: 1, eventType: 'invalid_api_key', ipAddress: '2001:db8::1', severity: 'critical', detail: { kind: 'probe', ms: 20 } },
    { at: 2, eventType: 'invalid_api_key', detail: {} },
  ]

  test.each<[string, DetectionDocument['detection'][string], number]>([
    ['text is compared without regard to case', { origin: 'HTTPS://evil.EXAMPLE' }, 1],
    ['wildcards are Sigma’s', { origin: 'https://*.example' }, 1],
    ['one character', { origin: 'https://evil.exampl?' }, 1],
    ['a percent sign is itself', { 'errorMessage|contains': '0% w' }, 1],
    ['and an underscore', { 'eventType|contains': 'n_m' }, 1],
    ['startswith', { 'origin|startswith': 'https://evil' }, 1],
    ['endswith', { 'origin|endswith': '.example' }, 1],
    ['any of a list', { eventType: ['origin_mismatch', 'invalid_api_key'] }, 3],
    ['all of a list', { 'origin|contains|all': ['evil', 'example'] }, 1],
    ['all of a list is not any', { 'origin|contains|all': ['evil', 'good'] }, 0],
    ['cidr', { 'ipAddress|cidr': ['203.0.113.0/24', '2001:db8::/32'] }, 2],
    ['a regular expression', { 'origin|re': '^https://[A-Z][a-z]+[.]' }, 1],
    ['figures in text', { 'detail.ms|gt': 1000 }, 1],
    ['a field of the detail', { 'detail.kind': 'probe' }, 1],
    ['what is missing', { ipAddress: null }, 1],
    ['what is there', { 'detail.kind|exists': true }, 2],
    ['what is not there', { 'detail.kind|exists': false }, 1],
    ['any one of several searches', [{ 'detail.kind': 'scan' }, { severity: 'critical' }], 2],
    ['a quote in a value', { origin: "x' or '1'='1" }, 0],
  ])('%s', async (_title, search, expected) => {
    expect(await found(search, lines)).toBe(expected)
  })

  test('a line that lacks the field of a filter is not filtered', async () => {
    const filtered: DetectionDocument = {
      title: 'filtered', name: 'filtered', logsource: { product: 'truetally', service: 'security_events' },
      detection: { selection: { 'eventType|exists': true }, office: { 'ipAddress|cidr': '203.0.113.0/24' }, condition: 'selection and not office' },
    }
    const alerts = await run(libraryOf(filtered, rule({ type: 'event_count', rules: ['filtered'], timespan: '1d', condition: { gte: 1 } })), lines)
    expect(alerts[0]?.value).toBe(2)
  })
})
