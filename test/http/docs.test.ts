/**
 * The examples of the documents, run as they are printed against the real server with the demo project. All in one file: they need the
 * same server, and what one of them finds is shown by another.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadProjects } from '../../db/queries/projects.ts'
import { DEMO_KEY, seedDemo } from '../../db/seed.ts'
import { buildApp } from '../../server/app.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { readFixtures, tryCase } from '../../server/commands/rules.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import { open } from '../../server/tokens/vault.ts'
import { VERSION } from '../../server/version.ts'
import { MASTER_SECRET, WIDGET_DIR, lenientPolicy } from '../helpers/app.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { DOCUMENTS, ROOT, bare, readFences, readTable } from '../helpers/markdown.ts'
import { receiveHttp } from '../helpers/receivers.ts'
import { CHROME } from '../helpers/visitor.ts'

/** What the documents call the server and the page. */
const DOCUMENTED_SERVER = 'http://localhost:4000'
const PAGE = 'http://localhost:4100'
const MONITOR_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const CURL = fileURLToPath(new URL('../helpers/curl.mjs', import.meta.url))
const run = promisify(execFile)

let database: TestDatabase
let app: FastifyInstance
let server: string
let operatorToken: string

beforeEach(async () => {
  database = await createDatabase()
  app = await buildApp({
    rules: await readRules({ rulesDir: undefined }),
    databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: VERSION, logLevel: 'silent',
    // The examples vote by hand; what is held for want of work or signals is not what they are about.
    policy: lenientPolicy, watchEveryMs: 0, notifyEveryMs: 0, probeEveryMs: 0, boardEveryMs: 0, monitorSecret: MONITOR_SECRET,
    // What a busy machine makes of the load is not what they are about either.
    pressure: { read: () => false },
  })
  await seedDemo(app.db, app.keys.vault, [PAGE])
  await app.projects.reload()
  server = await app.listen({ host: '127.0.0.1', port: 0 })
  operatorToken = await createOperatorToken(app.db, { name: 'alice', role: 'admin', projectId: 0 })
})
afterEach(async () => {
  await app.close()
  await database.drop()
})

async function call(method: string, path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server}/api/widget/v1/${DEMO_KEY}${path}`, {
    method, headers: { 'origin': PAGE, 'content-type': 'application/json', 'user-agent': CHROME }, body: JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json() as Record<string, unknown> }
}

/** A visitor of their own: a new session without a device token. */
async function openSession(): Promise<string> {
  return String((await call('POST', '/sessions', {})).body['session'])
}
async function vote(extra: object = {}): Promise<void> {
  expect((await call('PUT', '/items/1/vote', { value: 1, session: await openSession(), ...extra })).status).toBe(200)
}

async function identitySecret(): Promise<{ kid: string; secret: string }> {
  const { secrets } = await loadProjects(app.db, app.clock())
  const [current] = secrets
  if (current === undefined) throw new Error('the demo project has no identity secret')
  return { kid: current.kid, secret: open(app.keys.vault, current.sealedSecret, `identity:${DEMO_KEY}:${current.kid}`).toString() }
}

/** What a document says happened before its examples. */
const BEFORE: Record<string, () => Promise<void>> = {
  'README.md': () => vote(),
  'docs/moderation.md': async () => {
    await vote({ fingerprint: 'aaaaaaaaaaaaaaaa' })
    await vote({ fingerprint: 'aaaaaaaaaaaaaaaa' })
    expect((await call('POST', '/feedback', { kind: 'idea', title: 'A print view', session: await openSession() })).status).toBe(201)
  },
  // Six forged tokens from one address, found by the watch.
  'docs/watch.md': async () => {
    const seconds = Math.floor(Date.now() / 1000)
    for (const user of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const userToken = await new SignJWT({ sub: user, aud: DEMO_KEY, iat: seconds, exp: seconds + 300 }).setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode('another key, long enough to be one'))
      const answer = await app.inject({
        method: 'POST', url: `/api/widget/v1/${DEMO_KEY}/sessions`, remoteAddress: '198.51.100.66', headers: { origin: PAGE, 'user-agent': CHROME }, payload: { userToken },
      })
      expect(answer.statusCode).toBe(401)
    }
    await app.ledger.flush()
    expect(await app.alerts.tick()).toBe(true)
  },
}

/** Shell examples that need more than a server; the operating guide is one for a machine of its own. */
const isForAnotherMachine = (path: string, text: string): boolean =>
  path === 'docs/operating.md' || path === 'docs/rules.md' || path === 'CONTRIBUTING.md' || text.includes('sha384') || path.endsWith('/README.md') || /^npm install && npm (start|test)$/.test(text)

const shellExamples = DOCUMENTS.map((path) => {
  const fences = readFences(path)
  const examples = fences.flatMap(({ language, text }, index) => {
    if (language !== 'sh' || isForAnotherMachine(path, text)) return []
    const next = fences[index + 1]
    return [{ text, answer: next?.language === 'json' ? next.text : undefined }]
  })
  return { path, examples }
}).filter(({ examples }) => examples.length > 0)

/**
 * The documented answer with what stands open in it filled in from the actual one: `"…"` for anything, at an array's end for
 * any more of it, and every time in milliseconds.
 */
function fillIn(documented: unknown, actual: unknown): unknown {
  if (documented === '…') return actual ?? documented
  if (typeof documented === 'number') return documented > 1e12 && typeof actual === 'number' ? actual : documented
  if (Array.isArray(documented)) {
    const items = Array.isArray(actual) ? actual : []
    const shown = documented.at(-1) === '…' ? documented.slice(0, -1) : documented
    return [...shown.map((item, index) => fillIn(item, items[index])), ...(shown === documented ? [] : items.slice(shown.length))]
  }
  if (typeof documented !== 'object' || documented === null) return documented
  return Object.fromEntries(Object.entries(documented).map(([key, value]) => [key, fillIn(value, (actual as Record<string, unknown> | null)?.[key])]))
}

async function runExample(text: string): Promise<string> {
  const script = `set -euo pipefail\ncurl() { '${process.execPath}' '${CURL}' "$@"; }\n${text.replaceAll(DOCUMENTED_SERVER, server)}`
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, TOKEN: operatorToken, MONITOR_WEBHOOK_SECRET: MONITOR_SECRET } })
  return stdout
}

const cli = async (...words: string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', `${ROOT}server/main.ts`, ...words], {
    cwd: ROOT, env: { ...process.env, DATABASE_URL: database.url, TRUETALLY_SECRET: MASTER_SECRET },
  })
  return stdout
}

describe('shell examples', () => {
  it('are found in every document that has some', () => {
    expect(shellExamples.map(({ path }) => path).toSorted()).toEqual(['README.md', 'docs/api.md', 'docs/identity.md', 'docs/integrity.md', 'docs/moderation.md', 'docs/watch.md'])
  })

  it.each(shellExamples)('of $path do what is printed', async ({ path, examples }) => {
    await BEFORE[path]?.()
    for (const { text, answer } of examples) {
      const stdout = await runExample(text)
      const actual: unknown = stdout === '' ? null : JSON.parse(stdout)
      // Without a documented answer, anything will do that is not a refusal.
      const { code } = (actual ?? {}) as { code?: unknown }
      const documented = answer === undefined ? (code === undefined ? actual : 'no refusal') : fillIn(JSON.parse(answer), actual)
      expect({ text, actual }).toEqual({ text, actual: documented })
    }
    // docs/moderation.md has some twenty of them, each a shell and a process of its own for every call.
  })

  it('of docs/embedding.md prints the digest that pins the widget', async () => {
    const example = readFences('docs/embedding.md').find(({ language, text }) => language === 'sh' && text.includes('sha384'))
    const digest = createHash('sha384').update(readFileSync(`${WIDGET_DIR}/widget.js`)).digest('base64')
    expect(await runExample(example?.text ?? '')).toBe(digest)
  })
})

describe('docs/identity.md', () => {
  it('signs, without a library, a token that is accepted', async () => {
    const source = readFences('docs/identity.md').find(({ language }) => language === 'js')?.text ?? ''
    const options = { ...(await identitySecret()), projectKey: DEMO_KEY }
    const { stdout: token } = await run(process.execPath, [
      '--input-type=module', '-e', `${source}\nprocess.stdout.write(signIdentity('usr_1001', ${JSON.stringify(options)}))`,
    ])
    const { status, body } = await call('POST', '/sessions', { userToken: token })
    expect({ status, verified: body['verified'] }).toEqual({ status: 201, verified: true })
  })

  it('gives the refusals their messages and severities', async () => {
    const { kid, secret } = await identitySecret()
    const seconds = Math.floor(Date.now() / 1000)
    const sign = (claims: object, key = secret): Promise<string> =>
      new SignJWT({ sub: 'usr_1001', aud: DEMO_KEY, iat: seconds, exp: seconds + 300, ...claims })
        .setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(key))
    const withHeader = (header: object): string =>
      [header, { sub: 'usr_1001', aud: DEMO_KEY, exp: seconds + 300 }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.'
    const wrong: Record<string, string> = {
      'signed with another key': await sign({}, 'another key, long enough to be one'),
      'expired': await sign({ iat: seconds - 900, exp: seconds - 600 }),
      'its `nbf` has not come': await sign({ nbf: seconds + 300, exp: seconds + 600 }),
      'its `iat` has not come': await sign({ iat: seconds + 300, exp: seconds + 600 }),
      '`alg` is `none`': withHeader({ alg: 'none' }),
      'any other algorithm': withHeader({ alg: 'HS512' }),
      'no `sub`, `aud` or `exp`': await sign({ sub: undefined }),
      'for another project': await sign({ aud: 'pk_other' }),
      'valid for more than 24 hours': await sign({ exp: seconds + 25 * 3600 }),
      'not a token at all': 'nonsense',
    }
    const rows = readTable('docs/identity.md', 'what is wrong')
    expect(rows.map(([what]) => what)).toEqual(Object.keys(wrong))
    for (const [what = '', message, severity] of rows) {
      const { status, body } = await call('POST', '/sessions', { userToken: wrong[what] })
      expect({ what, status, code: body['code'] }).toEqual({ what, status: 401, code: what === 'expired' ? 'user_token_expired' : 'user_token_invalid' })
      const answer = await fetch(`${server}/api/security/v1/events?limit=1`, { headers: { authorization: `Bearer ${operatorToken}` } })
      const { events } = await answer.json() as { events: unknown[] }
      expect(events[0]).toMatchObject({ eventType: 'jwt_validation_failed', severity: bare(severity), metadata: { errorMessage: bare(message) } })
    }
  })
})

describe('docs/rules.md', () => {
  it('has an example that finds what its fixture says', async () => {
    const printed = readFences('docs/rules.md').filter(({ language }) => language === 'yaml').map(({ text }) => text)
    expect(printed).toHaveLength(2)
    const dir = await mkdtemp(join(tmpdir(), 'truetally-docs-'))
    try {
      await writeFile(join(dir, 'votes.yaml'), printed[0] ?? '')
      await writeFile(join(dir, 'votes.test.yaml'), printed[1] ?? '')
      expect(await cli('rules', 'check', dir)).toContain('all well')
      const library = await readRules({ rulesDir: dir })
      const [fixture, ...others] = await readFixtures(library, [dir])
      expect([fixture?.rule, others]).toEqual(['votes-for-everything', []])
      for (const one of fixture?.cases ?? []) {
        expect([one.name, await tryCase(app.db, library, 'votes-for-everything', one)]).toEqual([one.name, []])
      }
      // The mistake that is shown is told as it is shown.
      await writeFile(join(dir, 'votes.yaml'), (printed[0] ?? '').replace('office: {ipAddress', 'office: {ipAdress'))
      const told = readFences('docs/rules.md').find(({ language }) => language === 'text')?.text.replace('rules/votes.yaml', join(dir, 'votes.yaml')) ?? 'nothing'
      await expect(cli('rules', 'check', dir)).rejects.toThrow(told)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

describe('docs/watch.md', () => {
  it('verifies a webhook that this server sent, and no other', async () => {
    const receiver = await receiveHttp()
    try {
      const operate = async (path: string, body: object): Promise<Record<string, unknown>> => {
        const answer = await fetch(`${server}/api/operator/v1${path}`, {
          method: 'POST', headers: { 'authorization': `Bearer ${operatorToken}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
        })
        return await answer.json() as Record<string, unknown>
      }
      const { id, secret } = await operate('/channels', { kind: 'webhook', name: 'loopback', allowPrivate: true, settings: { url: receiver.url } })
      expect(await operate(`/channels/${String(id)}/test`, {})).toEqual({ delivered: true })
      const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' }
      const source = readFences('docs/watch.md').find(({ language }) => language === 'js')?.text ?? ''
      const verify = async (...given: unknown[]): Promise<string> => {
        const printed = `process.stdout.write(verifyWebhook(${given.map((value) => JSON.stringify(value)).join(', ')}).type)`
        return (await run(process.execPath, ['--input-type=module', '-e', `${source}\n${printed}`])).stdout
      }
      expect(await verify(secret, headers, body)).toBe('test')
      await expect(verify(secret, headers, `${body} `)).rejects.toThrow('not signed with this secret')
      await expect(verify(`whsec_${Buffer.alloc(32).toString('base64')}`, headers, body)).rejects.toThrow('not signed with this secret')
      await expect(verify(secret, headers, body, Date.now() + 301_000)).rejects.toThrow('too old, or from the future')
    } finally {
      await receiver.close()
    }
  })
})

describe('docs/api.md', () => {
  it('lists every call of the OpenAPI document, and no other', async () => {
    const { paths } = await (await fetch(`${server}/openapi.json`)).json() as { paths: Record<string, object> }
    const served = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    expect(readTable('docs/api.md', 'call').map(([name]) => bare(name)).toSorted()).toEqual(served.toSorted())
  })

  it('gives each call the role it takes', async () => {
    const tokens = Object.fromEntries(await Promise.all((['viewer', 'moderator', 'admin'] as const).map(async (role) =>
      [role, await createOperatorToken(app.db, { name: role, role, projectId: 0 })] as const)))
    const ranks = ['viewer', 'moderator', 'admin']
    for (const [cell, role = ''] of readTable('docs/api.md', 'call').filter(([, given = '']) => ranks.includes(given))) {
      const [method = '', path = ''] = bare(cell).split(' ')
      const below = ranks[ranks.indexOf(role) - 1]
      const status = async (authorization: string | undefined): Promise<number> => (await fetch(`${server}${path.replace('{id}', '1')}`, {
        method, headers: authorization === undefined ? {} : { authorization: `Bearer ${authorization}` },
      })).status
      expect({ cell, anonymous: await status(undefined), below: below === undefined ? 403 : await status(tokens[below]) })
        .toEqual({ cell, anonymous: 401, below: 403 })
      expect([401, 403]).not.toContain(await status(tokens[role]))
    }
  })
})

describe('the command line of docs/operating.md', () => {
  it('recounts, makes tokens that work, and makes projects', async () => {
    await vote()
    expect(await cli('verify-tallies')).toBe('1 votes on 6 items recounted: every tally is true.\n')
    const viewer = (await cli('token', '--role', 'viewer', '--name', 'prometheus')).trim()
    const metrics = await fetch(`${server}/metrics`, { headers: { authorization: `Bearer ${viewer}` } })
    expect(metrics.status).toBe(200)
    const exposed = await metrics.text()
    for (const [name] of readTable('docs/operating.md', 'metric')) expect(exposed).toContain(`${bare(name)} 0`)
    for (const name of ['truetally_rule_evaluation_seconds', 'truetally_rules_coverage']) expect(exposed).toContain(`${name}{`)
    const made = await cli('project', 'create', '--name', 'My product', '--origin', 'https://app.example.com')
    expect(made).toMatch(/^public key +pk_[\w-]+$/m)
    expect(await cli('project', 'list')).toContain('https://app.example.com')
    // Four programs that are compiled as they start.
  })
})
