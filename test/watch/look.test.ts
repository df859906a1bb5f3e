/** The watch at work: what it finds live is what a replay finds, whenever it looked, whoever looked, and whatever was in between. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../../db/queryable.ts'
import { replay } from '../../db/rules/replay.ts'
import type { CorrelationDocument, DetectionDocument } from '../../server/contract/rule.ts'
import { RuleLibrary } from '../../server/watch/language/library.ts'
import { Random } from '../attacks/simulator/random.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { type LedgerLine, forgetLedger, insertLines } from '../helpers/ledger-lines.ts'
import { withClient } from '../helpers/with-client.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const detection = (name: string, eventType: string): DetectionDocument =>
  ({ title: name, name, logsource: { product: 'truetally', service: 'security_events' }, detection: { selection: { eventType }, condition: 'selection' } })
const rule = (name: string, correlation: CorrelationDocument['correlation'], rest: Partial<CorrelationDocument> = {}): CorrelationDocument =>
  ({ title: name, name, level: 'high', triage: 'look', tags: ['owasp.api1'], correlation, ...rest })
const library = new RuleLibrary([
  detection('failure', 'jwt_validation_failed'), detection('mismatch', 'origin_mismatch'),
  rule('many-failures', { type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '2m', condition: { gt: 5 } }, { keep_firing_for: '3m' }),
  rule('lasting-failures', { type: 'event_count', rules: ['failure'], timespan: '1m', condition: { gte: 4 } }, { for: '2m', keep_firing_for: '1m', suppress: '10m' }),
  rule('many-sources', { type: 'value_count', rules: ['mismatch'], 'group-by': ['network'], timespan: '5m', condition: { field: 'ipAddress', gte: 4 } }),
  rule('first-this-then-that', { type: 'temporal_ordered', rules: ['mismatch', 'failure'], 'group-by': ['ipAddress'], timespan: '4m' }),
].map((document) => ({ document, file: 'test.yaml', line: 1, version: 'v' })))
const NAMES = library.alerting.map(({ document }) => document.name)

let test1: TestApp
let test2: TestApp
beforeAll(async () => {
  test1 = await startApp({ rules: library })
  test2 = await startApp({ rules: library, databaseUrl: test1.databaseUrl })
})
afterAll(async () => {
  await test2.close()
  await test1.close()
})
beforeEach(() => forgetLedger(test1.app.db))

interface Shown {
  rule: string
  group: string
  startsAt: number
  firesAt: number | null
  lastAt: number
  value: number
  state: string
  suppressed: boolean
}
const shown = (alerts: { rule: string; group: Record<string, string>; startsAt: number; firesAt: number | null; lastAt: number; value: number; state: string; suppressed: boolean }[]): Shown[] =>
  alerts.map(({ rule: name, group, startsAt, firesAt, lastAt, value, state, suppressed }) => ({ rule: name, group: JSON.stringify(group), startsAt, firesAt, lastAt, value, state, suppressed }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const stored = async (): Promise<Shown[]> => {
  const { rows } = await test1.app.db.query(
    `select rule, group_by as "group", starts_at as "startsAt", fires_at as "firesAt", last_at as "lastAt", value, state, suppressed from alerts`)
  return shown(rows)
}
const replayed = async (since: number, until: number): Promise<Shown[]> =>
  shown(await inTransaction(test1.app.db, (client) => replay(client, library, NAMES, { since, until })))

/** Half an hour of bursts and pauses from a dozen addresses. */
function randomLines(seed: number): LedgerLine[] {
  const source = new Random(String(seed))
  const random = (): number => source.next()
  const lines: LedgerLine[] = []
  for (let at = 0; at < 30 * MINUTE; at += Math.floor(random() * (random() < 0.1 ? 4 * MINUTE : 12 * SECOND))) {
    const kind = random() < 0.6 ? 'jwt_validation_failed' : 'origin_mismatch'
    const count = random() < 0.2 ? Math.ceil(random() * 5) : 1
    lines.push({ at, eventType: kind, ipAddress: `203.0.113.${Math.floor(random() * 12)}`, count, lastSeen: at + (count - 1) * SECOND })
  }
  return lines
}

/** Writes lines as time goes by, and lets somebody look now and then. */
async function playLive(lines: readonly LedgerLine[], seed: number, look: (now: number, turn: number) => Promise<unknown>, from = 0, to = 45 * MINUTE): Promise<number> {
  const source = new Random(String(seed))
  const random = (): number => source.next()
  const begin = Math.floor(test1.clock.now / MINUTE) * MINUTE
  const rest = lines.filter(({ at }) => at >= from).toSorted((a, b) => a.at - b.at)
  let turn = 0
  for (let at = from; at <= to; at += Math.ceil(random() * 40 * SECOND)) {
    const due = rest.filter((line) => (line.lastSeen ?? line.at) <= at)
    rest.splice(0, rest.length, ...rest.filter((line) => !due.includes(line)))
    await insertLines(test1.app.db, begin, due)
    await look(begin + at, (turn += 1))
  }
  return begin
}
const lookBy = async (who: TestApp, now: number): Promise<boolean> => {
  who.clock.now = now
  return await who.app.alerts.tick()
}

/** Which rules fired for which groups. */
const found = (alerts: Shown[]): string[] => [...new Set(alerts.filter(({ firesAt }) => firesAt !== null).map(({ rule: name, group }) => `${name} ${group}`))].toSorted()

describe('alerts are a function of the ledger', () => {
  test.each([1, 2, 3, 4])('what is found live is what a replay finds (seed %i)', async (seed) => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    await playLive(randomLines(seed), seed, (now) => lookBy(test1, now))
    const live = await stored()
    expect(live.length).toBeGreaterThan(3)
    expect(live).toEqual(await replayed(begin - MINUTE, begin + 50 * MINUTE))
  })

  test('whoever looks: two nodes in turn find the same', async () => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    await playLive(randomLines(5), 5, (now, turn) => lookBy(turn % 3 === 0 ? test2 : test1, now))
    expect(await stored()).toEqual(await replayed(begin - MINUTE, begin + 50 * MINUTE))
  })

  test('at the same moment one looks, and what both find is there once', async () => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    await playLive(randomLines(6), 6, async (now) => {
      const looked = await Promise.all([lookBy(test1, now), lookBy(test2, now)])
      expect(looked).toContain(true)
    })
    expect(await stored()).toEqual(await replayed(begin - MINUTE, begin + 50 * MINUTE))
  })

  test('a look whose commit never came changes nothing, and the next finds all of it', async () => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    const failures: string[] = []
    await playLive(randomLines(7), 7, async (now, turn) => {
      if (turn % 2 === 0) {
        // The last statement of a look fails: as if the database had gone away before the commit.
        await test1.app.db.query(`create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'gone' using errcode = '57P01'; end $$`)
        await test1.app.db.query(`create trigger refuse before insert or update on watch_position for each row execute function refuse()`)
        await lookBy(test1, now).catch((error: unknown) => void failures.push(String(error)))
        await test1.app.db.query('drop trigger refuse on watch_position')
      }
      await lookBy(test1, now)
    })
    expect(failures.length).toBeGreaterThan(20)
    expect(new Set(failures)).toEqual(new Set(['error: gone']))
    expect(await stored()).toEqual(await replayed(begin - MINUTE, begin + 50 * MINUTE))
    const { rows } = await test1.app.db.query('select count(*)::int as n from alert_timeline where kind = $1', ['firing'])
    expect(rows[0].n).toBe((await stored()).filter(({ firesAt, suppressed }) => firesAt !== null && !suppressed).length)
  })

  test('lines that come late, by a node whose clock is behind or whose database was away, are taken up', async () => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    const lines = randomLines(8)
    const late = lines.filter((_, index) => index % 5 === 0)
    await playLive(lines.filter((line) => !late.includes(line)), 8, async (now) => {
      const due = late.filter(({ at }) => at + 100 * SECOND <= now - begin)
      late.splice(0, late.length, ...late.filter((line) => !due.includes(line)))
      await insertLines(test1.app.db, begin, due)
      await lookBy(test1, now)
    })
    const [live, again] = [await stored(), await replayed(begin - MINUTE, begin + 50 * MINUTE)]
    expect(found(live)).toEqual(found(again))
  })
})

describe('rules that a line can contradict', () => {
  const contradictable = new RuleLibrary([
    ...library.all.filter(({ document: { name } }) => ['failure', 'mismatch'].includes(name)),
    ...[
      { title: 'any', name: 'any', logsource: { product: 'truetally', service: 'security_events' }, detection: { selection: { 'eventType|exists': true }, condition: 'selection' } } as DetectionDocument,
      rule('mostly-failures', { type: 'event_ratio', rules: ['failure', 'mismatch'], timespan: '5m', minimum: 6, condition: { gt: 0.7 } }),
      rule('failures-alone', { type: 'event_count', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '2m', condition: { gte: 2 } }, { unless: ['mismatch'] }),
      rule('new-kind', { type: 'new_terms', rules: ['any'], 'group-by': ['ipAddress'], timespan: '1m', history: '8m', after: '1m', condition: { field: 'eventType' } }),
      rule('usual-failures', { type: 'event_count', rules: ['failure'], timespan: '5m', minimum: 3, history: '28d', condition: { gt_baseline: 2 } }),
    ].map((document) => ({ document, file: 'test.yaml', line: 1, version: 'v' })),
  ])

  test.each([11, 12])('find live what a replay finds, when lines come in order (seed %i)', async (seed) => {
    const other = await startApp({ rules: contradictable, databaseUrl: test1.databaseUrl })
    try {
      other.clock.now = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
      const begin = other.clock.now
      // What is usual: a failure an hour, for five days.
      await insertLines(other.app.db, begin, Array.from({ length: 120 }, (_, n) => ({ at: -(n + 2) * 60 * MINUTE, eventType: 'jwt_validation_failed', ipAddress: '198.51.100.1' })))
      await playLive(randomLines(seed).map(({ at, eventType = '', ipAddress = '' }) => ({ at, eventType, ipAddress })), seed, (now) => lookBy(other, now))
      const live = await stored()
      expect(new Set(live.map(({ rule: name }) => name)).size).toBe(4)
      const names = contradictable.alerting.map(({ document }) => document.name)
      expect(live).toEqual(shown(await inTransaction(other.app.db, (client) => replay(client, contradictable, names, { since: begin - 1, until: begin + 50 * MINUTE }))))
    } finally {
      await other.close()
    }
  })
})

describe('tens of thousands of new groups', () => {
  const DAY = 24 * 60 * MINUTE
  test.each([
    ['on any day', (now: number) => now],
    // What the rule compares with is of the day before then, and lies in another partition.
    ['just after midnight', (now: number) => Math.ceil(now / DAY) * DAY + MINUTE],
  ])('are all gone through, those of a rule that needs a list of them in shorter looks: who crosses is found, and nobody else, %s', async (_when, at) => {
    const document = rule('new-kind', { type: 'new_terms', rules: ['failure'], 'group-by': ['ipAddress'], timespan: '1m', history: '8m', after: '1m', condition: { field: 'endpoint' } })
    const other = await startApp({
      rules: new RuleLibrary([...library.all, { document, file: 'test.yaml', line: 1, version: 'v' }]), databaseUrl: test1.databaseUrl,
    })
    try {
      const begin = other.clock.now = at(Math.floor(Date.now() / MINUTE) * MINUTE)
      const known = ['10.0.47.255', '10.1.0.0', '10.1.46.3']
      await insertLines(other.app.db, begin, known.map((ipAddress) => ({ at: -5 * MINUTE, eventType: 'jwt_validation_failed', ipAddress, endpoint: '/before' })))
      await lookBy(other, begin)
      for (const half of [0, 1]) {
        // Not by the server's connections, on which a statement may not take as long as this on a busy machine.
        await withClient(test1.databaseUrl, (client) => insertLines(client, begin, Array.from({ length: 12_000 }, (_, index) => (
          { at: SECOND, eventType: 'jwt_validation_failed', ipAddress: `10.${half}.${index >> 8}.${index & 255}` }))))
        await insertLines(other.app.db, begin, known.flatMap((ipAddress) => Array.from({ length: 4 }, () => ({ at: 2 * SECOND, eventType: 'jwt_validation_failed', ipAddress }))))
        // Longer than looks overlap.
        if (half === 0) await sleep(3000)
      }
      await lookBy(other, begin + 5 * SECOND)
      expect([...other.app.alerts.evaluations].filter(([, { error }]) => error !== undefined)).toEqual([])
      for (const one of ['many-failures', 'new-kind']) {
        const groups = (await stored()).filter(({ rule: name }) => name === one).map(({ group }) => (JSON.parse(group) as { ipAddress: string }).ipAddress)
        expect({ one, groups: groups.toSorted() }).toEqual({ one, groups: known })
      }
    } finally {
      await other.close()
    }
  })
})

describe('after an hour in which nobody looked', () => {
  test('everything is gone through, step by step, and nothing of it is lost', async () => {
    const begin = test1.clock.now = Math.floor(Date.now() / MINUTE) * MINUTE
    await lookBy(test1, begin)
    await insertLines(test1.app.db, begin, randomLines(9))
    // Recorded over that time by the database’s clock, too.
    await test1.app.db.query(`update security_events set recorded_at = now() - interval '1 hour' + (occurred_at - to_timestamp($1 / 1000.0))`, [begin])
    await test1.app.db.query(`update watch_position set recorded_at = now() - interval '1 hour', looked_at = to_timestamp($1 / 1000.0)`, [begin])
    const later = await startApp({ rules: library, databaseUrl: test1.databaseUrl })
    try {
      await lookBy(later, begin + 60 * MINUTE)
      expect(later.app.alerts.saturation.behindMs).toBe(0)
      expect(await stored()).toEqual(await replayed(begin - MINUTE, begin + 60 * MINUTE))
    } finally {
      await later.close()
    }
  })
})

describe('two nodes with different rules, as while a new version comes in', () => {
  test('leave each other’s alerts alone', async () => {
    const fewer = new RuleLibrary(library.all.filter(({ document: { name } }) => ['failure', 'mismatch', 'many-sources'].includes(name)))
    const other = await startApp({ rules: fewer, databaseUrl: test1.databaseUrl })
    try {
      const begin = Math.floor(Date.now() / MINUTE) * MINUTE
      await lookBy(test1, begin)
      await insertLines(test1.app.db, begin, Array.from({ length: 8 }, (_, n) => ({ at: n, eventType: 'jwt_validation_failed', ipAddress: '203.0.113.9' })))
      for (let second = 1; second <= 60; second += 10) {
        await lookBy(test1, begin + second * SECOND)
        await lookBy(other, begin + (second + 5) * SECOND)
      }
      const { rows } = await test1.app.db.query<{ kind: string }>(
        `select t.kind from alert_timeline t join alerts a using (project_id, alert_id) where a.rule = 'many-failures' order by entry_id`)
      expect(rows.map(({ kind }) => kind)).toEqual(['firing'])
    } finally {
      await other.close()
    }
  })
})

describe('a flood of one thing', () => {
  test('is measured in good time: a hundred thousand lines in ten minutes', async () => {
    const begin = Math.floor(Date.now() / MINUTE) * MINUTE
    // Not by the server's connections, on which a statement may not take as long as this on a busy machine.
    await withClient(test1.databaseUrl, (client) => client.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, ip_address, last_seen_at)
       select 1, t, gen_random_uuid(), 'jwt_validation_failed', 'high', '/', '10.0.0.0'::inet + n, t
       from (select n, to_timestamp($1 / 1000.0) + n * interval '6 milliseconds' as t from generate_series(1, 100000) n) lines`, [begin]))
    const began = performance.now()
    await lookBy(test1, begin + 10 * MINUTE)
    console.log(`a look at 100 000 new lines from as many addresses: ${(performance.now() - began).toFixed(0)} ms`)
    expect([...test1.app.alerts.evaluations].filter(([, { error }]) => error !== undefined)).toEqual([])
    expect((await stored()).map(({ rule: name }) => name)).toContain('lasting-failures')
  })
})

describe('one rule that fails', () => {
  const oddDetection: DetectionDocument = { ...detection('odd', 'jwt_validation_failed'), detection: { selection: { 'errorMessage|re': '(' }, condition: 'selection' } }
  const count = { type: 'event_count', timespan: '1m', condition: { gte: 1 } } as const

  test.each<[string, (DetectionDocument | CorrelationDocument)[], RegExp]>([
    // Text that is no number: the database refuses it with the first line.
    ['when it measures', [rule('broken', { type: 'value_sum', rules: ['failure'], timespan: '1m', condition: { field: 'endpoint', gt: 1 } })], /invalid input syntax/],
    ['when it looks for lines', [oddDetection, rule('broken', { ...count, rules: ['odd'] })], /invalid regular expression/],
  ])('does not keep the others from looking, and is said to: %s', async (_when, documents, error) => {
    const broken = new RuleLibrary([...library.all, ...documents.map((document) => ({ document, file: 'test.yaml', line: 1, version: 'v' }))])
    const other = await startApp({ rules: broken, databaseUrl: test1.databaseUrl })
    try {
      for (const address of ['203.0.113.9', '203.0.113.10']) {
        other.clock.now += MINUTE
        await insertLines(other.app.db, other.clock.now, Array.from({ length: 7 }, (_, n) => ({ at: n, eventType: 'jwt_validation_failed', ipAddress: address, errorMessage: 'x' })))
        other.clock.now += SECOND
        await other.app.alerts.tick()
        expect((await stored()).map(({ rule: name, group }) => `${name} ${group}`)).toContain(`many-failures {"ipAddress":"${address}"}`)
        expect(other.app.alerts.evaluations.get('broken')?.error).toMatch(error)
        expect(other.app.alerts.evaluations.get('many-failures')?.error).toBeUndefined()
      }
    } finally {
      await other.close()
    }
  })
})
