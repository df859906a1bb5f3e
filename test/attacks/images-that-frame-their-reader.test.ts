/** A page or a mail makes browsers ask for what scanners ask for; who looks at it must not be blocked. */
import { expect, test } from 'vitest'
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
