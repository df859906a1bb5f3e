/** The ledger onward: each line once, in order, however many there are and however late they can be seen. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LedgerVote } from '../../db/queries/watch.ts'
import { type Pool, type Queryable, createPool } from '../../db/queryable.ts'
import { LedgerReader } from '../../server/watch/ledger-reader.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { forgetLedger } from '../helpers/ledger-lines.ts'

const HOUR = 3_600_000
/** Of one look. */
const MOST = 20_000

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool(database.url, { statementTimeoutMs: 60_000, onError: () => undefined })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(() => forgetLedger(pool))

/** `count` votes recorded from then on, four in each millisecond. */
async function record(db: Queryable, recordedAt: number, count: number): Promise<void> {
  await db.query(
    `insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network, origin,
       signals, recorded_at)
     select 1, t, gen_random_uuid(), 1, gen_random_uuid(), 'd', '1', 'c', 0, 'allow', 'test', '{}', '203.0.113.7', '203.0.113.0/24', 'https://shop.example',
       '{"pressMs": 80, "hoverMs": 250.5}', t
     from (select to_timestamp($1 / 1000.0) + n / 4 * interval '1 millisecond' as t from generate_series(0, $2::int - 1) as n) lines`,
    [recordedAt, count],
  )
}

/** A reader that knows all there is, and what it handed over since. */
async function readerAtTheHead(): Promise<{ look: () => Promise<number>; lines: LedgerVote[]; reader: LedgerReader }> {
  const reader = new LedgerReader(pool, HOUR, 1000)
  await reader.read(Date.now(), () => undefined)
  const lines: LedgerVote[] = []
  const look = async (): Promise<number> => {
    const before = lines.length
    await reader.read(Date.now() + HOUR, (line) => void lines.push(line))
    return lines.length - before
  }
  return { look, lines, reader }
}
const positionOf = ({ recordedAt, decisionId }: LedgerVote): string => `${recordedAt} ${decisionId}`

test('more lines than one look takes are handed over in order, look by look, each of them once', async () => {
  const { look, lines, reader } = await readerAtTheHead()
  await record(pool, Date.now(), 25_000)
  expect(await look()).toBe(MOST)
  expect(reader.behindMs).toBeGreaterThan(0)
  expect(await look()).toBe(5000)
  expect(reader.behindMs).toBe(0)
  expect(await look()).toBe(0)
  expect(new Set(lines.map(({ decisionId }) => decisionId)).size).toBe(25_000)
  expect(lines.map(positionOf)).toEqual(lines.map(positionOf).toSorted())
  expect(lines[24_999]).toMatchObject({ projectId: 1, value: 1, state: 'c', ipAddress: '203.0.113.7', gesture: { pressMs: 80, hoverMs: 250.5 } })
})

test.each([999, 1000, 1001, MOST - 1, MOST, MOST + 1])('as many as fill a page or a look are no end and no gap: %i', async (count) => {
  const { look, lines, reader } = await readerAtTheHead()
  await record(pool, Date.now(), count)
  for (let looks = 0; looks < 3; looks += 1) await look()
  expect(reader.behindMs).toBe(0)
  expect(new Set(lines.map(({ decisionId }) => decisionId)).size).toBe(count)
  expect(lines).toHaveLength(count)
})

test('lines that could be seen only after later ones were read are handed over too, once', async () => {
  const { look, lines } = await readerAtTheHead()
  const begin = Date.now()
  await record(pool, begin, 21_000)
  const late = await pool.connect()
  try {
    await late.query('begin')
    await record(late, begin + 5700, 30)
    expect(await look()).toBe(MOST)
    await record(pool, begin + 5350, 1500)
    expect(await look()).toBe(2500)
    await late.query('commit')
  } finally {
    late.release()
  }
  expect(await look()).toBe(30)
  expect(await look()).toBe(0)
  expect(new Set(lines.map(({ decisionId }) => decisionId)).size).toBe(22_530)
})

test('what could not be counted is handed over again', async () => {
  const { look, lines, reader } = await readerAtTheHead()
  await record(pool, Date.now(), 3000)
  let left = 2500
  await expect(reader.read(Date.now() + HOUR, (line) => {
    if ((left -= 1) < 0) throw new Error('stumbled')
    lines.push(line)
  })).rejects.toThrow('stumbled')
  await look()
  expect(new Set(lines.map(({ decisionId }) => decisionId)).size).toBe(2999)
})
