/** A host with a /64, or a network that floods, is one source to rules, answers for itself, and hides nobody else. */
import { expect, test } from 'vitest'
import { Visitor } from '../helpers/visitor.ts'
import { useWatched } from '../helpers/watched.ts'

const watched = useWatched()

test('A host that walks through its /64 is one source to rules: scans, forged tokens, votes', async () => {
  for (let n = 1; n <= 20; n += 1) await watched.server.app.inject({ url: '/wp-login.php', headers: { 'user-agent': 'sqlmap/1.7' }, remoteAddress: `2001:db8:a:1::${n}` })
  for (let n = 1; n <= 15; n += 1) await watched.forge(`2001:db8:a:2::${n}`, n)
  await watched.votes(90, 300, Array.from({ length: 90 }, (_, n) => ({ ipAddress: `2001:db8:a:3::${n + 1}`, network: '2001:db8:a:3::/64' })))
  await watched.look()
  expect(await watched.rulesFired()).toEqual(expect.arrayContaining(['scan-signature', 'failed-auth-address', 'credential-stuffing', 'instant-spike']))
  expect([watched.blocked('2001:db8:a:1::ff', 0), watched.blocked('2001:db8:a:2::ff'), await watched.columns()]).toEqual([true, true, { counted: 0, held: 90, invalidated: 0 }])
})

test('A neighbour does not answer for what was folded into one row, and whoever folds does not hide in it', async () => {
  for (let n = 0; n < 250; n += 1) await new Visitor(watched.server, { ip: '203.0.113.50', origin: `https://${n}.evil.example` }).call('GET', '/board')
  await watched.forge('203.0.113.7', 0)
  for (let n = 1; n <= 8; n += 1) await watched.forge('203.0.113.50', n)
  await watched.look()
  expect([watched.blocked('203.0.113.7'), watched.blocked('203.0.113.50')]).toEqual([false, true])
})

test('A rented /48 does not crowd out everybody’s events', async () => {
  for (let network = 0; network < 33; network += 1) {
    for (let kind = 0; kind < 250; kind += 1) {
      watched.server.app.ledger.write({ projectId: 0, eventType: 'invalid_api_key', endpoint: 'GET /x', origin: `https://${kind}.evil.example`, ipAddress: `2001:db8:1:${network}::1`, detail: { apiKey: 'pk_x' } })
    }
  }
  for (let n = 0; n < 12; n += 1) await watched.forge('192.0.2.1', n)
  await watched.look()
  expect(watched.blocked('192.0.2.1')).toBe(true)
})
