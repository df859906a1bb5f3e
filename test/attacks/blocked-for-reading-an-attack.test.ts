/**
 * The hole: every request was looked at for scans, those of operators too. A stranger sends an Origin with a script tag; a moderator who
 * filters by it has the text in every address the dashboard asks for, and after two reloads their office was blocked as a scanner.
 * Here: what comes with a live session or token is no scan. What comes without one is, on the same paths.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../helpers/app.ts'
import { signInAs } from '../helpers/account.ts'
import { useWatched } from '../helpers/watched.ts'
import { Visitor } from '../helpers/visitor.ts'

/** What is in the pages does not matter here: who gets them does. */
const dashboardDir = mkdtempSync(join(tmpdir(), 'truetally-pages-'))
for (const [directory, page] of [['app', 'index.html'], ['sign-in', 'sign-in.html']] as const) {
  mkdirSync(join(dashboardDir, directory))
  writeFileSync(join(dashboardDir, directory, page), '<!doctype html><title>Truetally</title>')
}
afterAll(() => rmSync(dashboardDir, { recursive: true }))

const watched = useWatched({ dashboardDir })
const OFFICE = '203.0.113.50'
const STRANGER = '192.0.2.99'
const TEXTS = ['https://x.example/<script>alert(1)</script>', "' or 1=1 --", 'union select password from users', '../../etc/passwd', '${jndi:ldap://x}']

/** What the dashboard asks for when somebody filters by the text. */
function addressesWith(text: string): string[] {
  const { key } = watched.server.project
  return [
    ['/dashboard/events', { origin: text }], ['/api/security/v1/events', { origin: text }], ['/api/security/v1/events/summary', { origin: text }],
    ['/api/moderation/v1/feedback', { project: key, q: text }], ['/api/moderation/v1/votes', { project: key, voter: text }],
  ].map(([path, query]) => `${path as string}?${new URLSearchParams(query as Record<string, string>).toString()}`)
}
/** Every filter twice. Which statuses there were. */
async function askForAll(headers: Record<string, string>, remoteAddress: string, below = '/'): Promise<number[]> {
  const statuses = new Set<number>()
  const urls = [...TEXTS, ...TEXTS].flatMap(addressesWith).filter((url) => url.startsWith(below))
  for (const url of urls) statuses.add((await watched.server.app.inject({ url, remoteAddress, headers })).statusCode)
  await watched.look()
  return [...statuses].toSorted()
}
const scans = async (): Promise<number> =>
  (await watched.server.app.db.query(`select 1 from security_events where detail ->> 'kind' = 'scan'`)).rowCount ?? 0

test('A moderator who filters by what attackers wrote is no scanner, by session or by token; a viewer who may not see it neither', async () => {
  const { server } = watched
  await new Visitor(server, { ip: '198.51.100.200', origin: TEXTS[0] as string }).call('GET', '/board')
  const { cookie } = await signInAs(server, 'moderator', { projectId: 0 })
  expect(await askForAll({ host: 'votes.example', cookie }, OFFICE)).toEqual([200, 400])
  // The dashboard's pages take no token.
  expect(await askForAll({ authorization: server.operators.moderator }, OFFICE, '/api/')).toEqual([200, 400])
  for (let n = 0; n < 10; n += 1) {
    const url = `/api/moderation/v1/feedback?project=${server.project.key}&q=%3Cscript%3E${n}`
    expect((await server.app.inject({ url, remoteAddress: OFFICE, headers: { authorization: server.operators.viewer } })).statusCode).toBe(403)
  }
  await watched.look()
  expect(watched.blocked(OFFICE, 0)).toBe(false)
})

test.each<[string, Record<string, string>]>([
  ['without a session', {}], ['with a session nobody has', { cookie: `truetally=${'x'.repeat(43)}` }], ['with a token nobody has', { authorization: 'Bearer ttop_made_up' }],
])('Who does the same %s is one', async (_what, headers) => {
  expect(await askForAll(headers, STRANGER)).not.toContain(200)
  expect([await scans() > 0, watched.blocked(STRANGER, 0)]).toEqual([true, true])
})

test('A session that was ended is none any more', async () => {
  const person = await signInAs(watched.server, 'moderator')
  expect((await person.call('DELETE', '/operator/v1/session')).statusCode).toBe(204)
  await askForAll({ host: 'votes.example', cookie: person.cookie }, STRANGER)
  expect(watched.blocked(STRANGER, 0)).toBe(true)
})

test('A moderator whom the limit turns away before they are known is no scanner either', async () => {
  const limited = await startApp({ requestsPerMinute: 3 })
  try {
    const url = '/api/security/v1/events?origin=%3Cscript%3E'
    const ask = async (path: string): Promise<number> =>
      (await limited.app.inject({ url: path, remoteAddress: OFFICE, headers: { authorization: limited.operators.moderator } })).statusCode
    const statuses: number[] = []
    for (let turn = 0; turn < 12; turn += 1) statuses.push(await ask(url))
    expect(statuses).toEqual([200, 200, 200, ...Array<number>(9).fill(429)])
    await limited.app.ledger.flush()
    const { rows } = await limited.app.db.query(`select 1 from security_events where detail ->> 'kind' = 'scan'`)
    expect(rows).toEqual([])
  } finally {
    await limited.close()
  }
})
