/**
 * The hole: an audit log is a table like others. Somebody with the database’s password, or an admin who wants something not to have
 * been, edits an entry, takes one out, puts one in under another’s name, or cuts the log off behind it, and it reads as well as before.
 * Here: the table refuses changes; whoever turns that off breaks the chain at the first entry they touched; and whoever writes the whole
 * chain anew has another head than the one that was kept elsewhere.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AuditVerification } from '../../server/contract/audit.ts'
import { verifyAuditLog } from '../../server/commands/audit.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { tamper } from '../helpers/audit-log.ts'
import { Operator, expectJson } from '../helpers/operator.ts'

let server: TestApp
/** Who did it, and would rather not have. */
let culprit: Operator
let head: string
let deed: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  await tamper(server.app.db, 'delete from audit_log')
  culprit = new Operator(server, server.operators.admin)
  for (const name of ['Before', 'The deed', 'After', 'Later']) expectJson(await culprit.call('PATCH', `/operator/v1/projects/${server.project.id}`, { name }), 200)
  const { rows: [found] } = await server.app.db.query<{ id: string }>(`select entry_id::text as id from audit_log where after->>'name' = 'The deed'`)
  deed = found?.id ?? ''
  head = (await verify()).head
})

const verify = async (kept?: string): Promise<AuditVerification> =>
  expectJson(await culprit.call('GET', `/operator/v1/audit/verification${kept === undefined ? '' : `?head=${kept}`}`), 200)

test('no route changes or deletes an entry, whatever the role', async () => {
  for (const method of ['POST', 'PATCH', 'DELETE'] as const) {
    for (const path of ['audit', `audit/${deed}`, 'audit/verification']) expect((await culprit.call(method, `/operator/v1/${path}`, {})).statusCode).toBe(404)
  }
})

test('the database refuses, also to its owner', async () => {
  for (const statement of [`delete from audit_log where entry_id = ${deed}`, `update audit_log set actor = 'account:9' where entry_id = ${deed}`, 'truncate audit_log']) {
    await expect(server.app.db.query(statement)).rejects.toThrow('append-only')
  }
  expect(await verify(head)).toMatchObject({ ok: true })
})

test.each([
  ['blames another', 2, () => [`update audit_log set actor = 'account:9', actor_name = 'Somebody else' where entry_id = ${deed}`]],
  ['takes it out', 2, () => [`delete from audit_log where entry_id = ${deed}`]],
  ['takes it out and closes the gap', 2, () => [`delete from audit_log where entry_id = ${deed}`, `update audit_log set entry_id = entry_id - 1 where entry_id > ${deed}`]],
  ['makes it look older', 2, () => [`update audit_log set at = at - interval '1 day' where entry_id = ${deed}`]],
  ['hashes it anew as well', 3, () => [
    `update audit_log set actor = 'account:9', hash = sha256(prev_hash || convert_to('whatever', 'utf8')) where entry_id = ${deed}`,
    // What was hashed is not what is there: found at the entry itself already, and at the next one at the latest.
  ]],
])('whoever turns the refusal off and %s is found at that entry', async (_what, latest, statements) => {
  await tamper(server.app.db, ...statements())
  const { ok, fault } = await verify()
  expect(ok).toBe(false)
  expect(Number(fault?.entryId)).toBeGreaterThanOrEqual(2)
  expect(Number(fault?.entryId)).toBeLessThanOrEqual(latest)
})

test('whoever writes all of it anew, with right hashes, is found by a head that was kept', async () => {
  const { entries } = expectJson<{ entries: Record<string, unknown>[] }>(await culprit.call('GET', '/operator/v1/audit'), 200)
  await tamper(server.app.db, 'delete from audit_log')
  // The real code, with everything but the deed: a forger can have it too.
  for (const entry of entries.toReversed().filter(({ id }) => id !== deed)) {
    expectJson(await culprit.call('PATCH', `/operator/v1/projects/${server.project.id}`, { name: (entry['after'] as { name: string }).name }), 200)
  }
  expect(await verify()).toMatchObject({ ok: true, entries: 3 })
  expect(await verify(head)).toMatchObject({ ok: false, fault: { entryId: null, kind: 'head_gone' } })
  const said: string[] = []
  expect(await verifyAuditLog(server.app.db, head, (line) => said.push(line))).toBe(1)
  expect(said.join('\n')).toContain('The log does not hold (head_gone)')
})

test('whoever cuts it off behind them is found by a head that was kept', async () => {
  await tamper(server.app.db, `delete from audit_log where entry_id >= ${deed}`)
  expect(await verify()).toMatchObject({ ok: true, entries: 1 })
  expect(await verify(head)).toMatchObject({ ok: false, fault: { kind: 'head_gone' } })
})

test('a change whose entry cannot be written is not made', async () => {
  await tamper(server.app.db, 'alter table audit_log add constraint full_disk check (entry_id < 5) not valid')
  try {
    expect((await culprit.call('PATCH', `/operator/v1/projects/${server.project.id}`, { name: 'Unseen' })).statusCode).toBe(500)
    const { projects } = expectJson<{ projects: { id: string; name: string }[] }>(await culprit.call('GET', '/operator/v1/projects'), 200)
    expect(projects.find(({ id }) => id === String(server.project.id))?.name).toBe('Later')
  } finally {
    await tamper(server.app.db, 'alter table audit_log drop constraint full_disk')
  }
})
