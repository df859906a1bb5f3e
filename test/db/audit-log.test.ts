/** The audit log on a real database: what cannot be done to it, what shows when it was done anyway, and what many writers make of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listAuditEntries } from '../../db/queries/audit.ts'
import { type Pool, createPool, inTransaction } from '../../db/queryable.ts'
import { verifyAudit } from '../../db/verify-audit.ts'
import { GENESIS, hashEntry } from '../../server/ledger/audit-chain.ts'
import { audit } from '../../server/plugins/audit.ts'
import { appendEntry, tamper } from '../helpers/audit-log.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'

let database: TestDatabase
let db: Pool

beforeEach(async () => {
  database = await createDatabase()
  db = openPool()
})
afterEach(async () => {
  await db.end()
  await database.drop()
})

const openPool = (): Pool => createPool(database.url, { onError: (error) => expect.unreachable(error.message) })
const fill = async (count: number): Promise<void> => {
  for (let n = 1; n <= count; n += 1) await appendEntry(db, { projectId: n % 3, target: String(n) })
}
const entries = async () => await listAuditEntries(db, {}, { before: null, limit: 1000 })

describe('the table', () => {
  test.each([
    'update audit_log set actor = actor', 'update audit_log set actor = $$nobody$$ where entry_id = 1', 'delete from audit_log where entry_id = 2',
    'delete from audit_log', 'truncate audit_log', 'truncate audit_log cascade',
    'insert into audit_log select * from audit_log where entry_id = 1 on conflict (project_id, entry_id) do update set actor = $$nobody$$',
    'merge into audit_log a using (select 1) x on a.entry_id = 1 when matched then delete',
  ])('refuses %s', async (statement) => {
    await fill(3)
    await expect(db.query(statement)).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('append-only') as string })
    await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 3, fault: null })
  })

  test('refuses it of a session that calls itself a replica, too', async () => {
    await fill(1)
    await expect(inTransaction(db, async (client) => {
      await client.query('set local session_replication_role = replica')
      await client.query('delete from audit_log')
    })).rejects.toMatchObject({ code: '42501' })
  })
})

describe('an entry', () => {
  test('is read back as it was hashed, whatever PostgreSQL makes of its parts', async () => {
    await appendEntry(db, {
      before: { zero: -0, small: 1e-7, large: 1e21, long: 0.1 + 0.2, text: 'ä\u2028\u{1f600}\\"\0\ud800', b: 1, a: { d: [1.50, null], c: {} }, '': 1 },
      after: { list: [], precise: 123_456_789.123_456_79, max: Number.MAX_VALUE, min: 5e-324 },
      ipAddress: '2001:db8:0:0:1:0:0:1', actorName: 'J\u00e4ne \u202e', target: 'x'.repeat(5000),
    }, 1_790_000_000_999)
    for (const ipAddress of ['::ffff:203.0.113.7', '64:ff9b::102:304', '::', 'fe80::1', null]) await appendEntry(db, { ipAddress, before: null, after: null })
    await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 6, fault: null })
    const [first, ...rest] = (await entries()).toReversed()
    expect(first).toMatchObject({ id: '1', at: 1_790_000_000_999, before: { text: 'ä\u2028\u{1f600}\\"\ufffd', a: { d: [1.5, null] } }, ipAddress: '2001:db8::1:0:0:1' })
    expect(rest.map(({ before, after }) => [before, after])).toEqual(rest.map(() => [null, null]))
  })

  test('can be checked by another program, from what the API shows', async () => {
    await fill(4)
    let previous = GENESIS.hash
    for (const { hash, ...fields } of (await entries()).toReversed()) {
      expect(hashEntry(previous, fields).toString('hex')).toBe(hash)
      previous = Buffer.from(hash, 'hex')
    }
  })

  test('stands and falls with its change', async () => {
    await fill(2)
    await expect(inTransaction(db, async (client) => {
      await audit(client, { action: 'item.update', target: '1', projectId: 1, actor: 'account:1', actorName: 'x', ipAddress: null }, 0)
      throw new Error('the change fails')
    })).rejects.toThrow('the change fails')
    await appendEntry(db)
    expect((await entries()).map(({ id }) => id)).toEqual(['3', '2', '1'])
    await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 3, fault: null })
  })

  test('is not written for an address that is none', async () => {
    await expect(appendEntry(db, { ipAddress: 'nowhere' })).rejects.toMatchObject({ code: '22P02' })
    expect(await entries()).toEqual([])
  })
})

const writeOrFail = (pool: Pool, n: number): Promise<void> => inTransaction(pool, async (client) => {
  // Every third fails after it has its number.
  await audit(client, { action: 'item.update', target: String(n), projectId: n % 5, actor: 'account:1', actorName: 'x', ipAddress: null }, 0)
  if (n % 3 === 0) throw new Error('rolled back')
})

test('many writers on two nodes make one chain without gaps', async () => {
  const other = openPool()
  // As many at a time as there are connections: whoever waits for one longer than five seconds is refused.
  const failures: unknown[] = []
  await Promise.all(Array.from({ length: 20 }, async (_, lane) => {
    for (let n = lane; n < 120; n += 20) await writeOrFail(lane % 2 === 0 ? db : other, n).catch((error: unknown) => void failures.push(error))
  }))
  expect(failures).toEqual(Array.from({ length: 40 }, () => new Error('rolled back')))
  await other.end()
  expect((await entries()).map(({ id }) => Number(id)).toReversed()).toEqual(Array.from({ length: 80 }, (_, n) => n + 1))
  await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 80, fault: null })
})

test('an entry waits for the commit of the one before it, so that their order is that of the changes', async () => {
  const [first, second] = [await db.connect(), await db.connect()]
  const change = { action: 'item.update', target: '1', projectId: 1, actor: 'account:1', ipAddress: null }
  await first.query('begin')
  await audit(first, { ...change, actorName: 'first' }, 0)
  await second.query('begin')
  let waits = true
  const behind = audit(second, { ...change, actorName: 'second' }, 0).then(() => (waits = false))
  await expect.poll(async () => (await db.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount).toBe(1)
  expect(waits).toBe(true)
  await first.query('commit')
  await behind
  await second.query('commit')
  first.release()
  second.release()
  expect((await entries()).map(({ id, actorName }) => [id, actorName])).toEqual([['2', 'second'], ['1', 'first']])
})

const renumber = (from: number, to: number): string => `update audit_log set entry_id = ${to} where entry_id = ${from}`

describe('whoever turns the triggers off', () => {
  test.each<[string, string[], string, number]>([
    ['changes a byte of a name', [`update audit_log set actor_name = 'Jone' where entry_id = 4`], 'changed', 4],
    ['changes a time by a microsecond', [`update audit_log set at = at + interval '1 microsecond' where entry_id = 4`], 'changed', 4],
    ['changes what was', [`update audit_log set before = '{"title": "Older"}' where entry_id = 4`], 'changed', 4],
    ['takes what was away', ['update audit_log set before = null where entry_id = 4'], 'changed', 4],
    ['widens an address', [`update audit_log set ip_address = '203.0.113.0/24' where entry_id = 4`], 'changed', 4],
    ['moves an entry to another project', ['update audit_log set project_id = 9 where entry_id = 4'], 'changed', 4],
    ['changes a byte of a hash', [`update audit_log set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where entry_id = 4`], 'changed', 4],
    ['changes a byte of the hash before', [`update audit_log set prev_hash = set_byte(prev_hash, 0, get_byte(prev_hash, 0) # 1) where entry_id = 4`], 'broken_link', 4],
    ['deletes the first', ['delete from audit_log where entry_id = 1'], 'missing', 1],
    ['deletes one in the middle', ['delete from audit_log where entry_id = 4'], 'missing', 4],
    ['deletes one and renumbers the others', ['delete from audit_log where entry_id = 4', 'update audit_log set entry_id = entry_id - 1 where entry_id > 4'], 'broken_link', 4],
    ['swaps two', [renumber(4, 1000), renumber(5, 4), renumber(1000, 5)], 'broken_link', 4],
    ['renumbers one', [renumber(4, 1000)], 'missing', 4],
    ['doubles one under another project', [
      `insert into audit_log select 999, entry_id, at, actor, actor_name, action, target, before, after, ip_address, prev_hash, hash from audit_log where entry_id = 4`], 'out_of_order', 4],
  ])('and %s is found', async (_what, statements, kind, entry) => {
    await fill(8)
    await tamper(db, ...statements)
    await expect(verifyAudit(db)).resolves.toMatchObject({ entries: kind === 'out_of_order' ? entry : entry - 1, fault: { id: String(entry), kind } })
  })

  test('and cuts the end off is found by whoever kept a head, and by nobody else', async () => {
    await fill(8)
    const { head } = await verifyAudit(db)
    await appendEntry(db)
    await expect(verifyAudit(db, head)).resolves.toMatchObject({ entries: 9, fault: null })
    await tamper(db, 'delete from audit_log where entry_id > 6')
    await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 6, fault: null })
    await expect(verifyAudit(db, head)).resolves.toMatchObject({ entries: 6, fault: { id: null, kind: 'head_gone' } })
    // What is appended afterwards does not heal it.
    await fill(3)
    await expect(verifyAudit(db, head)).resolves.toMatchObject({ entries: 9, fault: { id: null, kind: 'head_gone' } })
  })
})

test('a long log is walked in batches, over their borders too, and a head of any of its entries is found', async () => {
  // 2,500 entries hashed here, put in at once: one by one they would take seconds.
  let prev = GENESIS.hash
  const rows = Array.from({ length: 2500 }, (_, n) => {
    const fields = { id: String(n + 1), at: 1000 + n, actor: 'a', actorName: 'n', action: 'x.y', target: 't', projectId: null, before: null, after: null, ipAddress: null }
    const row = { ...fields, prev: prev.toString('hex'), hash: hashEntry(prev, fields).toString('hex') }
    prev = Buffer.from(row.hash, 'hex')
    return row
  })
  await db.query(
    `insert into audit_log (project_id, entry_id, at, actor, actor_name, action, target, prev_hash, hash)
     select 0, (r->>'id')::bigint, to_timestamp((r->>'at')::float8 / 1000.0), 'a', 'n', 'x.y', 't', decode(r->>'prev', 'hex'), decode(r->>'hash', 'hex')
     from jsonb_array_elements($1::jsonb) r`, [JSON.stringify(rows)])
  await expect(verifyAudit(db)).resolves.toEqual({ entries: 2500, head: rows.at(-1)?.hash, fault: null })
  for (const id of [1, 999, 1000, 1001, 2000, 2499, 2500]) await expect(verifyAudit(db, rows[id - 1]?.hash)).resolves.toMatchObject({ fault: null })
  await tamper(db, 'delete from audit_log where entry_id = 1001')
  await expect(verifyAudit(db)).resolves.toMatchObject({ entries: 1000, fault: { id: '1001', kind: 'missing' } })
})

test('before the first entry the head is zeros, and holds', async () => {
  const { head } = await verifyAudit(db)
  expect(head).toBe('0'.repeat(64))
  await fill(1)
  await expect(verifyAudit(db, head)).resolves.toMatchObject({ entries: 1, fault: null })
})
