import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditAnswer, AuditEntry, AuditVerification } from '../../server/contract/audit.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { appendEntry, tamper } from '../helpers/audit-log.ts'
import { readFences } from '../helpers/markdown.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const run = promisify(execFile)

let server: TestApp
let admin: Operator
let other: TestProject

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  admin = new Operator(server, server.operators.admin)
  other = await server.addProject()
  const { clock, project } = server
  for (const [minutes, change] of [
    [0, { action: 'vote.invalidate', projectId: project.id, actor: 'account:1', actorName: 'Ann' }],
    [1, { action: 'vote.release', projectId: project.id, actor: 'account:2', actorName: 'Bob' }],
    [2, { action: 'vote_like.other', projectId: other.id, actor: 'account:1', actorName: 'Ann' }],
    [3, { action: 'settings.update', projectId: 0, actor: 'command line', actorName: 'command line', ipAddress: null }],
    [4, { action: 'item.update', projectId: other.id, actor: 'account:12', actorName: 'Ann' }],
  ] as const) await appendEntry(server.app.db, change, clock.now + minutes * 60_000)
})
afterAll(() => server.close())

const read = async (query = '', by = admin): Promise<AuditAnswer> => expectJson(await by.call('GET', `/operator/v1/audit${query}`), 200)
const ids = async (query = ''): Promise<number[]> => (await read(query)).entries.map(({ id }) => Number(id))
/** What another machine can ask. */
const elsewhere = async () => ({ url: await server.app.listen({ host: '127.0.0.1', port: 0 }), entries: (await read()).entries })
const verify = async (query = ''): Promise<AuditVerification> => expectJson(await admin.call('GET', `/operator/v1/audit/verification${query}`), 200)

describe('the log', () => {
  test('is read newest first, with everything an entry says', async () => {
    const { entries: [newest, ...rest], nextCursor } = await read()
    expect(newest).toEqual({
      id: '5', at: server.clock.now + 240_000, actor: 'account:12', actorName: 'Ann', action: 'item.update', target: '3', projectId: String(other.id),
      before: { title: 'Old' }, after: { title: 'New' }, ipAddress: '203.0.113.7', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    expect(rest.map(({ id }) => id)).toEqual(['4', '3', '2', '1'])
    expect(rest[0]).toMatchObject({ projectId: null, ipAddress: null })
    expect(nextCursor).toBeNull()
  })

  test('by pages, each entry once, also while others are added', async () => {
    const first = await read('?limit=2')
    expect(first.entries.map(({ id }) => id)).toEqual(['5', '4'])
    const second = await read(`?limit=2&cursor=${first.nextCursor}`)
    expect(second.entries.map(({ id }) => id)).toEqual(['3', '2'])
    expect((await read(`?limit=2&cursor=${second.nextCursor}`)).entries.map(({ id }) => id)).toEqual(['1'])
    expectProblem(await admin.call('GET', '/operator/v1/audit?cursor=bm9uZQ'), 400, 'invalid_cursor')
  })

  test.each<[string, () => string, number[]]>([
    ['an actor, not those whose name begins alike', () => '?actor=account:1', [3, 1]],
    ['the command line', () => '?actor=command%20line', [4]],
    ['one action', () => '?action=vote.release', [2]],
    ['actions of one kind, not those whose name begins alike', () => '?action=vote', [2, 1]],
    ['a project', () => `?project=${other.key}`, [5, 3]],
    ['a time, its end excluded', () => `?since=${server.clock.now + 60_000}&until=${server.clock.now + 180_000}`, [3, 2]],
    ['all of it at once', () => `?actor=account:1&action=vote&project=${server.project.id}&since=0`, [1]],
    ['nobody', () => '?actor=account:99', []],
  ])('is filtered by %s', async (_what, query, expected) => expect(await ids(query())).toEqual(expected))

  test.each(['?actor=', '?action=Vote', '?action=vote%25', '?since=-1', '?project=%00', '?limit=201', '?other=1'])('refuses %s', async (query) => {
    expectProblem(await admin.call('GET', `/operator/v1/audit${query}`), 400, 'invalid_request')
  })

  test('has each entry at an address of its own', async () => {
    const { entries } = await read()
    for (const entry of entries) expect(expectJson<AuditEntry>(await admin.call('GET', `/operator/v1/audit/${entry.id}`), 200)).toEqual(entry)
    for (const id of ['6', '999999999999999999']) expectProblem(await admin.call('GET', `/operator/v1/audit/${id}`), 404, 'not_found')
  })
})

describe('an admin of one project', () => {
  test('sees what is about it, and nothing of others or of the installation', async () => {
    const own = new Operator(server, await server.operatorToken('admin', other.id), other)
    expect((await read('', own)).entries.map(({ id }) => id)).toEqual(['5', '3'])
    expectProblem(await own.call('GET', `/operator/v1/audit?project=${server.project.key}`), 404, 'unknown_project')
    for (const id of [1, 4]) expectProblem(await own.call('GET', `/operator/v1/audit/${id}`), 404, 'not_found')
    expect((await own.call('GET', '/operator/v1/audit/3')).statusCode).toBe(200)
    expectProblem(await own.call('GET', '/operator/v1/audit/verification'), 403, 'role_insufficient')
  })
})

describe('verification', () => {
  test('says that it holds, and gives the head', async () => {
    const { entries: [newest] } = await read()
    expect(await verify()).toEqual({ ok: true, entries: 5, head: newest?.hash })
    expect(await verify(`?head=${newest?.hash}`)).toMatchObject({ ok: true })
    expectProblem(await admin.call('GET', '/operator/v1/audit/verification?head=nonsense'), 400, 'invalid_request')
  })

  test('can be done by the program that docs/audit.md prints, with the answers alone', async () => {
    const { url, entries } = await elsewhere()
    const program = readFences('docs/audit.md').find(({ language }) => language === 'js')?.text.replace('http://localhost:4000', url) ?? ''
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env: { TOKEN: server.operators.admin.slice('Bearer '.length) } })
    expect(stdout).toBe(`head ${entries[0]?.hash}\n`)
  })

  test('names a head that no entry has', async () => {
    expect(await verify(`?head=${'ab'.repeat(32)}`)).toEqual({
      ok: false, entries: 5, head: expect.any(String) as string, fault: { entryId: null, kind: 'head_gone', explanation: expect.stringContaining('cut off') as string },
    })
  })

  test('is one walk for all who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify()))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  test('names what does not hold, and the log can still be read', async () => {
    await tamper(server.app.db, `update audit_log set after = '{"title": "Another", "n": 1e400}', at = at + interval '1 microsecond' where entry_id = 3`)
    expect(await verify()).toMatchObject({ ok: false, entries: 2, fault: { entryId: '3', kind: 'changed' } })
    await tamper(server.app.db, 'delete from audit_log where entry_id = 2')
    expect(await verify()).toMatchObject({ ok: false, entries: 1, fault: { entryId: '2', kind: 'missing' } })
    expect(await ids()).toEqual([5, 4, 3, 1])
  })
})
