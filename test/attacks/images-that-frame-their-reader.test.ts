/** A page or a mail makes browsers ask for what scanners ask for; who looks at it must not be blocked. */
import { expect, test } from 'vitest'
import { ORIGIN } from '../helpers/app.ts'
import { CHROME } from '../helpers/visitor.ts'
import { ADDRESS, useWatched } from '../helpers/watched.ts'

const watched = useWatched()

test('Images in a page or a mail do not have the office blocked where it is looked at', async () => {
  const headers = { 'user-agent': CHROME, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
  for (const path of ['/wp-login.php', '/.env', '/.git/config', '/phpmyadmin/', '/xmlrpc.php', '/.aws/credentials', '/.git/HEAD']) await watched.server.app.inject({ url: path, headers, remoteAddress: ADDRESS })
  for (let n = 0; n < 6; n += 1) await watched.server.app.inject({ url: `/api/widget/v1/pk_a${n}/board`, headers, remoteAddress: '198.51.100.8' })
  await watched.look()
  expect([watched.blocked(ADDRESS, 0), watched.blocked('198.51.100.8', 0)]).toEqual([false, false])
  for (let n = 0; n < 7; n += 1) await watched.server.app.inject({ url: `/.env?${n}`, headers: { 'user-agent': CHROME }, remoteAddress: '192.0.2.9' })
  await watched.look()
  expect(watched.blocked('192.0.2.9', 0)).toBe(true)
})

const PATHS = ['/wp-login.php', '/.env', '/.git/config', '/phpmyadmin/', '/xmlrpc.php', '/.aws/credentials', '/x?q=%3Cscript%3E', '/x?q=../../etc/passwd']
const HOST = 'votes.example'
type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'OPTIONS'
/** Whether whoever sends this is blocked for it; each has an address of their own. */
async function isBlockedFor(method: Method, headers: Record<string, string>, ip: string): Promise<boolean> {
  for (const url of PATHS) await watched.server.app.inject({ method, url, headers: { 'host': HOST, 'user-agent': CHROME, ...headers }, remoteAddress: ip })
  await watched.look()
  return watched.blocked(ip, 0)
}

test.each<Method>(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'])('%s for a page elsewhere blocks nobody, by what the browser says or whom it names', async (method) => {
  const elsewhere: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'cross-site', 'origin': `https://${HOST}` },
    { origin: 'https://evil.example' }, { origin: 'null' }, { referer: 'https://evil.example/page' }, { origin: `https://${HOST}.evil.example` },
  ]
  for (const [n, headers] of elsewhere.entries()) expect([headers, await isBlockedFor(method, headers, `198.51.100.${n + 20}`)]).toEqual([headers, false])
  const own: Record<string, string>[] = [
    {}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none', 'origin': 'https://evil.example' }, { 'sec-fetch-site': 'anything' },
    { origin: `https://${HOST}` }, { referer: `https://${HOST}/dashboard/` }, { origin: 'no address at all' },
  ]
  for (const [n, headers] of own.entries()) expect([headers, await isBlockedFor(method, headers, `192.0.2.${n + 20}`)]).toEqual([headers, true])
  const { rows } = await watched.server.app.db.query<{ by: string | null; of: string }>(
    `select distinct detail ->> 'by' as by, host(network(set_masklen(ip_address, 24))) as of from security_events where detail ->> 'kind' = 'scan' order by of`)
  expect(rows).toEqual([{ by: null, of: '192.0.2.0' }, { by: 'page', of: '198.51.100.0' }])
})

test('Headers of a page do not hide a scanner’s own name, nor does the project’s own origin hide what is asked in its name', async () => {
  const { app, project } = watched.server
  for (let n = 0; n < 7; n += 1) {
    await app.inject({ url: `/${n}`, headers: { 'user-agent': 'sqlmap/1.8', 'sec-fetch-site': 'cross-site', 'origin': 'https://evil.example' }, remoteAddress: '192.0.2.50' })
    await app.inject({ url: `/api/widget/v1/${project.key}/board?q=%3Cscript%3E${n}`, headers: { 'user-agent': CHROME, 'origin': ORIGIN }, remoteAddress: '192.0.2.51' })
  }
  await watched.look()
  expect(['192.0.2.50', '192.0.2.51'].map((ip) => watched.blocked(ip, 0))).toEqual([true, true])
})

test('Keys are not guessed unseen by naming another host, as every page does that asks for a board', async () => {
  for (let n = 0; n < 9; n += 1) {
    await watched.server.app.inject({ url: `/api/widget/v1/pk_a${n}/board`, headers: { 'user-agent': CHROME, 'origin': 'https://evil.example' }, remoteAddress: '192.0.2.60' })
  }
  await watched.look()
  expect(await watched.rulesFired()).toContain('key-enumeration')
})
