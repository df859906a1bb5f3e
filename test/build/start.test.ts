/** `npm start` and its neighbours as a person meets them: real processes on a data directory of their own, over real sockets. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { findEmbedded } from '../../db/embedded.ts'
import { type Environment, type RunningServer, buildWhenMissing, isRunning, postgresOf, runToEnd as runWithin, startServer } from '../helpers/command.ts'
import { tellTook } from '../helpers/took.ts'
import { withClient } from '../helpers/with-client.ts'

vi.setConfig({ testTimeout: 120_000 })

let home: string
let environment: Environment
let server: RunningServer | undefined
let firstVoter: { deviceToken: string; itemId: string }

beforeAll(async () => {
  buildWhenMissing()
  home = await mkdtemp(join(inject('databaseServer').scratch, 'start-'))
  environment = { TRUETALLY_DATA_DIR: join(home, 'data'), PORT: '0', DEMO_PORT: '0', DEMO_ROGUE_PORT: '0', TRUSTED_PROXIES: '127.0.0.1/32,::1/128' }
})

afterAll(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  await rm(home, { recursive: true, force: true })
})

const running = (): RunningServer => {
  if (server === undefined) throw new Error('no server runs')
  return server
}
/** The widget’s calls, from the demo page, as if by another network each. */
async function widget<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, from = '192.0.2.1', origin = running().demo): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${running().api}/api/widget/v1/pk_demo${path}`, {
    method, headers: { origin, 'x-forwarded-for': from, 'user-agent': 'Mozilla/5.0 Chrome/156.0', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as T }
}
interface Session {
  session: string
  deviceToken: string
  votedItemIds: string[]
}
const board = async () => (await widget<{ items: { id: string; votes: number; status: string }[] }>('GET', '/board')).body.items
const alive = async (): Promise<boolean> => await fetch(`${running().api}/healthz`).then(({ ok }) => ok, () => false)

/** Some make a database of their own and fill it, and this machine may be busy. */
const runToEnd = (args: string[], variables: Environment) => runWithin(args, variables, 100_000)

/** What it ended with, which is 0 unless it had to be cut off; and which of its processes run on. */
async function stop(signal: 'SIGINT' | 'SIGTERM'): Promise<{ code: number | NodeJS.Signals; left: number[] }> {
  const { pid, ended, kill } = running()
  const postgres = postgresOf(join(home, 'data')) ?? 0
  expect([isRunning(pid), isRunning(postgres)]).toEqual([true, true])
  const began = performance.now()
  kill(signal)
  const code = await ended
  tellTook(`${signal} until the end`, began)
  return { code, left: [pid, postgres].filter(isRunning) }
}

describe('the environment', () => {
  test.each<[string, Environment, RegExp[]]>([
    ['a port that is none', { PORT: 'abc' }, [/PORT must be a whole number/, /"abc"/]],
    ['a database without the key its secrets need', { DATABASE_URL: 'postgres://localhost/x' }, [/TRUETALLY_SECRET is required/]],
    ['everything wrong, all of it at once', { PORT: '70000', DEMO_PORT: '-1', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud', TRUSTED_PROXIES: 'everyone', RETENTION_DAYS: '0', TRUETALLY_ADMIN_TOKEN: 'short' },
      [/PORT must/, /DEMO_PORT must/, /DATABASE_URL must/, /TRUETALLY_SECRET is/, /LOG_LEVEL must/, /TRUSTED_PROXIES takes/, /RETENTION_DAYS must/, /TRUETALLY_ADMIN_TOKEN must/]],
  ])('%s: exit 2, naming the variables', async (_title, wrong, words) => {
    const { code, err, out } = await runToEnd(['start', '--demo'], { ...environment, TRUETALLY_DATA_DIR: join(home, 'never'), ...wrong })
    expect([code, out]).toEqual([2, ''])
    for (const word of words) expect(err).toMatch(word)
    expect(err).not.toMatch(/^\s+at /m)
    await expect(stat(join(home, 'never'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('an unknown command says what there is', async () => {
    const { code, err } = await runToEnd(['strat'], environment)
    expect(code).toBe(2)
    expect(err).toMatch(/no command "strat"[\s\S]*verify-tallies/)
    expect((await runToEnd(['--help'], environment)).out).toMatch(/start \[--demo\]/)
  })
})

describe.sequential('one installation from its first start on', () => {
  test('the first start prints where everything is, how long it took, and a token once', async () => {
    server = await startServer(environment)
    const { out, err } = server.output
    expect(err).toBe('')
    expect(out).toMatch(/is ready \(\d+\.\d s, embedded PostgreSQL in /)
    expect(new Set([server.api, server.demo, server.rogue]).size).toBe(3)
    expect([...out.matchAll(/ttop_/g)]).toHaveLength(1)
    const [, dashboard = '', name, password] = /Dashboard +(\S+) +sign in as (\S+) \/ (\S+)/.exec(out) ?? []
    expect([dashboard, name]).toEqual([`${server.api}/dashboard/`, 'admin'])
    const signedIn = await fetch(`${server.api}/api/operator/v1/session`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password }),
    })
    expect(await signedIn.json()).toMatchObject({ name: 'admin', role: 'admin', passwordIsTemporary: false })
    for (const url of [server.demo, server.rogue, `${server.api}/docs`, `${server.api}/widget.js`, `${server.api}/readyz`]) expect([url, (await fetch(url)).status]).toEqual([url, 200])
    // The first address of all leads to where one signs in.
    expect((await fetch(server.api)).url).toBe(`${server.api}/dashboard/sign-in`)
    const projects = await fetch(`${server.api}/api/operator/v1/projects`, { headers: { authorization: `Bearer ${server.token}` } })
    expect(await projects.json()).toMatchObject({ projects: [{ publicKey: 'pk_demo', origins: expect.arrayContaining([server.demo]) }] })
    expect((await stat(join(home, 'data', 'secret'))).mode & 0o777).toBe(0o600)
  })

  test('one page may vote, the same page on another origin may not', async () => {
    const [item] = await board()
    const itemId = item?.id ?? ''
    const { body: { session, deviceToken } } = await widget<Session>('POST', '/sessions', {})
    expect(await widget('PUT', `/items/${itemId}/vote`, { value: 1, session })).toMatchObject({ status: 200, body: { votes: 1 } })
    expect(await widget('POST', '/sessions', {}, '192.0.2.1', running().rogue)).toMatchObject({ status: 403, body: { code: 'origin_not_allowed' } })
    firstVoter = { deviceToken, itemId }
  })

  test('Ctrl-C ends it with 0, and no PostgreSQL stays behind', async () => {
    expect(await stop('SIGINT')).toEqual({ code: 0, left: [] })
  })

  test('the second start finds the vote, and prints no token', async () => {
    server = await startServer(environment)
    expect(server.output.out).not.toMatch(/ttop_|sign in as/)
    expect(server.output.out).toContain(`Dashboard        ${server.api}/dashboard/\n`)
    expect(server.output.out).toMatch(/is ready \(\d+\.\d s/)
    process.stdout.write(`second start: ready after ${/is ready \((\d+\.\d) s/.exec(server.output.out)?.[1]} s\n`)
    expect((await board()).find(({ id }) => id === firstVoter.itemId)?.votes).toBe(1)
    const { body } = await widget<Session>('POST', '/sessions', { deviceToken: firstVoter.deviceToken })
    expect(body.votedItemIds).toEqual([firstVoter.itemId])
  })

  test('commands work beside it: a token, a project it learns of at once, the list, the recount', async () => {
    const token = (await runToEnd(['token', '--role', 'viewer', '--name', 'auditor'], environment)).out.trim()
    expect(token).toMatch(/^ttop_[\w-]{43}$/)
    const events = await fetch(`${running().api}/api/security/v1/events?eventType=origin_mismatch`, { headers: { authorization: `Bearer ${token}` } })
    expect(await events.json()).toMatchObject({ events: [{ eventType: 'origin_mismatch' }] })
    expect((await fetch(`${running().api}/api/operator/v1/projects`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403)

    const made = await runToEnd(['project', 'create', '--name', 'From the shell', '--origin', 'https://Shell.example', '--origin', 'https://*.shell.example'], environment)
    expect(made).toMatchObject({ code: 0, err: '' })
    const key = /public key\s+(pk_[\w-]+)/.exec(made.out)?.[1] ?? ''
    expect(made.out).toMatch(/identity secret sk_[\w-]{43}/)
    expect(made.out).toContain(`/widget.js" data-project="${key}" async></script>\n  <div data-truetally="board"></div>\n`)
    const knows = async (): Promise<number> => (await fetch(`${running().api}/api/widget/v1/${key}/board`, { headers: { origin: 'https://eu.shell.example' } })).status
    await expect.poll(knows).toBe(200)

    const list = (await runToEnd(['project', 'list'], environment)).out
    expect(list).toContain(`${key}\topen\tFrom the shell\thttps://*.shell.example https://shell.example`)
    expect(list).not.toContain('sk_')
    expect(await runToEnd(['verify-tallies'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/^1 votes on 6 items recounted: every tally is true\./) })
    expect(await alive()).toBe(true)
  })

  test('verify-tallies ends with 1 and names the item whose stored tally is wrong', async () => {
    const bend = async (by: number): Promise<void> => void (await withClient((await findEmbedded(join(home, 'data'))) ?? '', (client) =>
      client.query('update tallies set held = held + $1 where item_id = $2', [by, firstVoter.itemId])))
    await bend(3)
    const { code, out } = await runToEnd(['verify-tallies'], environment)
    await bend(-3)
    expect(code).toBe(1)
    expect(out).toMatch(new RegExp(`item ${firstVoter.itemId}: stored \\{"counted":1,"held":3,"invalidated":0,.*\\}, recounted \\{"counted":1,"held":0,"invalidated":0,`))
    expect(out).toContain('1 tallies differ')
  })

  test('a token of one project reaches that project alone', async () => {
    const { id } = await withClient((await findEmbedded(join(home, 'data'))) ?? '', async (client) =>
      (await client.query<{ id: string }>("select project_id::text as id from projects where name = 'From the shell'")).rows[0] ?? { id: 'none' })
    const token = (await runToEnd(['token', '--project', id], environment)).out.trim()
    const statusOf = async (project: string): Promise<number> =>
      (await fetch(`${running().api}/api/security/v1/events?project=${project}`, { headers: { authorization: `Bearer ${token}` } })).status
    expect([await statusOf(id), await statusOf('pk_demo')]).toEqual([200, 404])
  })

  test.each<[string, string[], RegExp]>([
    ['a project that there is not', ['token', '--project', 'pk_nowhere'], /There is no project pk_nowhere\./],
    ['a project without an origin', ['project', 'create', '--name', 'x'], /takes at least one --origin/],
    ['an option of another', ['verify-tallies', '--origin', 'http://x'], /^truetally: verify-tallies does not take --origin\.$/m],
    ['a role that is none', ['token', '--role', 'king'], /--role is one of viewer, moderator, admin/],
    ['a project without a name', ['project', 'create'], /takes --name/],
    ['an origin that is none', ['project', 'create', '--name', 'x', '--origin', 'shop'], /shop is not an origin/],
  ])('a command given %s ends with 2 and a sentence', async (_title, args, words) => {
    const { code, err } = await runToEnd(args, environment)
    expect(code).toBe(2)
    expect(err).toMatch(words)
  })

  test.each(['PORT', 'DEMO_PORT', 'DEMO_ROGUE_PORT'])('a %s in use: a sentence naming it, exit 1, and nothing left running', async (name) => {
    const other = join(home, `other-${name}`)
    const { code, err, out } = await runToEnd(['start', '--demo'], { ...environment, TRUETALLY_DATA_DIR: other, [name]: new URL(running().api).port })
    expect(code).toBe(1)
    expect(err).toMatch(new RegExp(`^truetally: Port \\d+ is in use\\. .* set ${name} to another port`))
    expect(out).not.toContain('is ready')
    const postgres = postgresOf(other)
    expect(postgres === undefined || !isRunning(postgres)).toBe(true)
    expect(await alive()).toBe(true)
  })

  test('a second server on the same data directory is refused, and the first goes on', async () => {
    const { code, err } = await runToEnd(['start', '--demo'], environment)
    expect(code).toBe(1)
    expect(err).toContain(join(home, 'data'))
    expect(await alive()).toBe(true)
  })

  test('kill -9 while votes pour in: after the restart every acknowledged vote is there, and every tally true', async () => {
    const open = (await board()).filter(({ status }) => status !== 'shipped' && status !== 'declined').map(({ id }) => id)
    /** Items by device token. */
    const acknowledged = new Map<string, string[]>()
    let count = 0
    let unanswered = 0
    const lane = async (n: number): Promise<void> => {
      for (let round = 0; ; round += 1) {
        const from = `10.${n}.${round % 250}.1`
        try {
          const { body: { session, deviceToken } } = await widget<Session>('POST', '/sessions', {}, from)
          for (const itemId of open) {
            unanswered += 1
            const { status } = await widget('PUT', `/items/${itemId}/vote`, { value: 1, session }, from)
            unanswered -= 1
            expect(status).toBe(200)
            acknowledged.set(deviceToken, [...(acknowledged.get(deviceToken) ?? []), itemId])
            count += 1
          }
        } catch (error) {
          // What fetch throws when the server is killed; anything else is a failure.
          if (error instanceof TypeError) return
          throw error
        }
      }
    }
    const lanes = Promise.all(Array.from({ length: 12 }, (_, n) => lane(n)))
    const acknowledgedEnough = async (): Promise<void> => {
      await sleep(1500)
      await expect.poll(() => count, { timeout: 60_000 }).toBeGreaterThan(50)
    }
    // A lane that fails ends the wait as well.
    await Promise.race([lanes, acknowledgedEnough()])
    running().kill('SIGKILL')
    expect(await running().ended).toBe('SIGKILL')
    await lanes

    server = await startServer(environment)
    let lost = 0
    await Promise.all([...acknowledged].map(async ([deviceToken, itemIds], n) => {
      const { body } = await widget<Session>('POST', '/sessions', { deviceToken }, `10.99.${n % 250}.1`)
      lost += itemIds.filter((itemId) => !body.votedItemIds.includes(itemId)).length
    }))
    process.stdout.write(`kill -9: ${count} votes acknowledged, ${unanswered} on their way, ${lost} lost\n`)
    expect(lost).toBe(0)
    const sum = (await board()).reduce((total, { votes }) => total + votes, 0)
    expect(sum).toBeGreaterThanOrEqual(count + 1)
    expect(sum).toBeLessThanOrEqual(count + 1 + unanswered)
    expect(await runToEnd(['verify-tallies'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('every tally is true') })
  })

  test('SIGTERM ends it as well', async () => {
    expect(await stop('SIGTERM')).toEqual({ code: 0, left: [] })
    server = undefined
  })

  test('the commands work without it, and leave nothing running', async () => {
    expect((await runToEnd(['token'], environment)).out.trim()).toMatch(/^ttop_[\w-]{43}$/)
    expect(await runToEnd(['project', 'list'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('pk_demo') })
    expect(await runToEnd(['verify-tallies'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('every tally is true') })
    const postgres = postgresOf(join(home, 'data'))
    expect(postgres === undefined || !isRunning(postgres)).toBe(true)
  })
})
