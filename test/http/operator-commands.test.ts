/** Accounts from the command line: adding, listing, and the way back in when nothing else lets one in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureFirstAccount, runOperators } from '../../server/commands/accounts.ts'
import { ensureFirstOperator } from '../../server/commands/operator-token.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, addPerson, attemptSignIn, signIn } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

test('the first start makes one account, whoever else starts at the same moment, and no later one makes another', async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => ensureFirstAccount(server.app.db, server.clock.now)))
  const [account, ...more] = made.filter((one) => one !== undefined)
  expect([account?.name, more]).toEqual(['admin', []])
  expect((await signIn(server, { name: 'admin', password: account?.password ?? '' })).account).toMatchObject({ role: 'admin', projectId: null })
  await server.app.db.query('update operators set disabled_at = now()')
  expect(await ensureFirstAccount(server.app.db, server.clock.now)).toBeUndefined()
})

test('a token is printed only where nobody could ever come in: not after the first one was revoked, and not beside an account', async () => {
  const fresh = await startApp()
  try {
    const { db } = fresh.app
    await db.query('delete from operator_tokens')
    const first = await ensureFirstOperator(db, undefined)
    expect(first).toMatch(/^ttop_/)
    await db.query('update operator_tokens set revoked_at = now()')
    expect(await ensureFirstOperator(db, undefined)).toBeUndefined()
    await db.query('delete from operator_tokens')
    await addPerson(fresh, 'viewer')
    expect(await ensureFirstOperator(db, undefined)).toBeUndefined()
  } finally {
    await fresh.close()
  }
})

const run = async (words: string[], role: 'viewer' | 'admin' = 'admin', project?: string): Promise<string> => {
  const lines: string[] = []
  expect(await runOperators(server.app.db, words, { role, project, print: (text) => lines.push(text) })).toBe(0)
  return lines.join('\n')
}
const passwordIn = (printed: string): string => /^password (\S+)$/m.exec(printed)?.[1] ?? ''

describe('the command line', () => {
  test('adds somebody who is at work at once', async () => {
    const printed = await run(['add', 'Alan Turing'], 'viewer', server.project.key)
    const tab = await signIn(server, { name: 'Alan Turing', password: passwordIn(printed) })
    expect(tab.account).toMatchObject({ role: 'viewer', projectId: String(server.project.id), passwordIsTemporary: false })
    await expect(run(['add', 'alan turing'])).rejects.toThrow('Somebody is called alan turing.')
    await expect(run(['add', 'x'], 'viewer', 'pk_nobody')).rejects.toThrow('There is no project pk_nobody.')
  })

  test('resets somebody whom nothing else lets in: disabled, locked, without a phone', async () => {
    const person = await addPerson(server, 'admin', { name: 'Lost' })
    const tab = await signIn(server, person)
    const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })
    await server.app.db.query('update operators set disabled_at = now() where operator_id = $1', [person.id])
    for (let n = 0; n < 5; n += 1) await attemptSignIn(server, person, { code: '000000', from: '203.0.113.81' })
    const back = await attemptSignIn(server, { ...person, password: passwordIn(await run(['reset', 'lost'])) }, { from: '203.0.113.81' })
    expect(back.json()).toMatchObject({ name: 'Lost', totp: false, passwordIsTemporary: false })
    expect((await tab.call('GET', '/operator/v1/account')).statusCode).toBe(401)
    await expect(run(['reset', 'nobody'])).rejects.toThrow('Nobody is called nobody.')
    const { rows } = await server.app.db.query<{ actor: string }>("select actor from audit_log where target = $1 and action = 'operator.update'", [`account:${person.id}`])
    expect(rows).toEqual([{ actor: 'command line' }])
  })

  test('lists who there is', async () => {
    const person = await addPerson(server, 'moderator', { projectId: server.project.id })
    expect(await run(['list'])).toContain(`${person.name}\tmoderator\tproject ${server.project.id}\tpassword only\tnever signed in`)
  })

  test.each([[[]], [['add']], [['add', 'a', 'b']], [['list', 'x']], [['remove', 'x']], [['add', ' ']], [['add', 'a\tb']]])('%j is no command', async (words) => {
    await expect(run(words)).rejects.toThrow(/operator takes|A name has/)
  })
})
