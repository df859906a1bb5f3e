/** `truetally audit verify`, as somebody types it or a job runs it, and what commands leave in the log. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { listAuditEntries } from '../../db/queries/audit.ts'
import { type Pool, createPool } from '../../db/queryable.ts'
import { ConfigError, readConfig } from '../../server/config.ts'
import { ensureFirstOperator } from '../../server/commands/operator-token.ts'
import { type CommandOptions, runCommand } from '../../server/commands/run.ts'
import { MASTER_SECRET } from '../helpers/app.ts'
import { tamper } from '../helpers/audit-log.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { buildWhenMissing, runToEnd as runWithin } from '../helpers/command.ts'

let database: TestDatabase
let db: Pool
let home: string
let said: string[]

beforeAll(async () => {
  database = await createDatabase()
  db = createPool(database.url, { onError: () => undefined })
  home = await mkdtemp(join(inject('databaseServer').scratch, 'audit-'))
  buildWhenMissing()
})
afterAll(async () => {
  await db.end()
  await database.drop()
  await rm(home, { recursive: true, force: true })
})

/** This machine may be busy. */
const runToEnd = (args: string[], environment: Record<string, string>) => runWithin(args, environment, 60_000)

/** In this process, which is quicker. Returns the exit code. */
async function command(name: string, options: Partial<CommandOptions> = {}): Promise<number> {
  said = []
  return await runCommand(readConfig({ DATABASE_URL: database.url, TRUETALLY_SECRET: MASTER_SECRET }), name, {
    role: 'admin', name: undefined, origins: [], head: undefined, print: (text) => said.push(text), usage: '', ...options,
  } as CommandOptions)
}
const entries = async () => (await listAuditEntries(db, {}, { before: null, limit: 100 })).toReversed().map(({ action, actor, actorName, target, ipAddress }) => ({ action, actor, actorName, target, ipAddress }))
const headSaid = (): string => /^head ([0-9a-f]{64})$/m.exec(said.join('\n'))?.[1] ?? 'none'
const by = { actor: 'command line', actorName: 'command line', ipAddress: null }

test('what commands change has entries without anybody’s name, what they only read has none, and secrets they print are in none', async () => {
  await command('migrate')
  await command('token', { name: 'for a job', role: 'viewer' })
  const token = said.join('\n')
  await command('project create', { name: 'Shop', origins: ['https://shop.example'] })
  const secret = /sk_[\w-]+/.exec(said.join('\n'))?.[0] ?? ''
  expect(token).toMatch(/^ttop_[\w-]{20,}$/)
  expect(secret).toMatch(/^sk_[\w-]{20,}$/)
  await command('seed')
  await command('seed')
  await command('project list')
  await command('verify-tallies')
  await command('audit verify')
  expect(await entries()).toEqual([
    { action: 'token.create', target: 'for a job', ...by }, { action: 'project.create', target: '1', ...by }, { action: 'project.create', target: '2', ...by },
  ])
  const { rows } = await db.query<{ line: string }>('select a::text as line from audit_log a')
  for (const { line } of rows) for (const text of [token, secret]) expect(line).not.toContain(text)
})

test('a start that makes or takes an operator token says so once', async () => {
  const before = (await entries()).length
  const printed: string[] = []
  for (const token of ['the-first-token-of-all', 'the-first-token-of-all', 'another-token-of-the-environment', undefined, undefined]) {
    expect(await ensureFirstOperator(db, token, (line) => printed.push(line))).toBeUndefined()
  }
  expect((await entries()).slice(before)).toEqual(['token.create', 'token.create', 'token.revoke'].map((action) => ({ action, target: 'environment', ...by })))
  expect(printed).toEqual([expect.stringMatching(/^TRUETALLY_ADMIN_TOKEN is not set any more/)])
})

test('verify ends with 0 and the head, and with 1 where something does not hold', async () => {
  expect(await command('audit verify')).toBe(0)
  expect(said[0]).toBe('6 entries verified: every one is as it was written.')
  const head = headSaid()
  await command('token', { name: 'one more' })
  expect(await command('audit verify', { head })).toBe(0)
  expect(said[0]).toBe('7 entries verified: every one is as it was written, and the kept head is among them.')

  await tamper(db, 'delete from audit_log where entry_id >= 6')
  expect(await command('audit verify')).toBe(0)
  expect(await command('audit verify', { head })).toBe(1)
  expect(said).toEqual([expect.stringMatching(/^The log does not hold \(head_gone\)\. No entry has the head/), expect.stringMatching(/^5 entries before it hold; head there [0-9a-f]{64}$/)])
  await tamper(db, `update audit_log set target = 'another' where entry_id = 2`)
  expect(await command('audit verify')).toBe(1)
  expect(said).toEqual([expect.stringMatching(/^Entry 2 does not hold \(changed\)\. Its content/), expect.stringMatching(/^1 entry before it holds; head there/)])
})

test('a head that is none is a mistake of whoever typed it', async () => {
  for (const head of ['', 'abc', 'AB'.repeat(32), `${'ab'.repeat(32)}\n`]) await expect(command('audit verify', { head })).rejects.toThrow(ConfigError)
})

test('in a process of its own it ends with the same codes', async () => {
  const environment = { DATABASE_URL: database.url, TRUETALLY_SECRET: MASTER_SECRET, TRUETALLY_DATA_DIR: home }
  expect(await runToEnd(['audit', 'verify'], environment)).toMatchObject({ code: 1, out: expect.stringContaining('Entry 2 does not hold') as string, err: '' })
  await tamper(db, 'delete from audit_log')
  const { code, out } = await runToEnd(['audit', 'verify', '--head', '0'.repeat(64)], environment)
  expect([code, out]).toEqual([0, `0 entries verified: every one is as it was written, and the kept head is among them.\nhead ${'0'.repeat(64)}\n`])
  expect(await runToEnd(['audit', 'verify', '--head', 'nonsense'], environment)).toMatchObject({ code: 2, err: expect.stringContaining('--head takes the 64') as string })
})
