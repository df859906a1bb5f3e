import { expect, it } from 'vitest'
import { BLOCK_COVERAGES } from '../contract/moderation.ts'
import { BLOCK_KINDS, type BlockKind } from '../contract/primitives.ts'
import { type BlockEntry, type BlockSubject, Blocklist, sourceOf } from './blocklist.ts'
import { normaliseAddress } from './network.ts'

const NOW = 1_700_000_000_000
const entryOf = (id: number, kind: BlockKind, matches: string, more: Partial<BlockEntry> = {}): BlockEntry =>
  ({ id, projectId: 7, kind, matches, createdAt: NOW - 1000, expiresAt: NOW + 1000, covers: 'widget', source: '', automatic: false, ...more })

const VALUES: Record<Exclude<BlockKind, 'network'>, string> = {
  ip: '203.0.113.9',
  fingerprint: 'aabbccdd',
  user: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  device: '0f8fad5b-d9cb-469f-a165-70867728950e',
  origin: 'https://rogue.example',
  api_key: 'pk_shop',
}
const exactKinds = BLOCK_KINDS.filter((kind) => kind !== 'network')

it.each(exactKinds)('finds a block on %s by its exact value', (kind) => {
  const list = new Blocklist([entryOf(1, kind, VALUES[kind])])
  expect(list.find(7, { [kind]: VALUES[kind] }, NOW)?.id).toBe(1)
  expect(list.find(7, { [kind]: `${VALUES[kind]}0` }, NOW)).toBeUndefined()
})

it.each(exactKinds)('looks for %s among everything known of a request', (kind) =>
  expect(new Blocklist([entryOf(1, kind, VALUES[kind])]).find(7, VALUES, NOW)?.id).toBe(1))

it('does not take the value of one kind for that of another', () =>
  expect(new Blocklist([entryOf(1, 'fingerprint', 'aabbccdd')]).find(7, { device: 'aabbccdd', user: 'aabbccdd' }, NOW)).toBeUndefined())

it.each<[string, BlockSubject]>([
  ['203.0.113.0/24', { ip: '203.0.113.255' }],
  ['203.0.113.128/25', { ip: '203.0.113.128' }],
  ['2001:db8:1:2::/64', { ip: '2001:db8:1:2:ffff::1' }],
])('finds a block on the network %s', (network, subject) =>
  expect(new Blocklist([entryOf(1, 'network', network)]).find(7, subject, NOW)?.id).toBe(1))

it.each<[string, BlockSubject]>([
  ['203.0.113.128/25', { ip: '203.0.113.127' }],
  ['203.0.113.0/24', { ip: '2001:db8::1' }],
  ['203.0.113.0/24', { fingerprint: '203.0.113.0/24' }],
])('lets pass what is outside the network %s', (network, subject) =>
  expect(new Blocklist([entryOf(1, 'network', network)]).find(7, subject, NOW)).toBeUndefined())

it('knows an IPv4 client by its mapped address too', () => {
  const mapped = '::ffff:203.0.113.9'
  expect(new Blocklist([entryOf(1, 'network', '203.0.113.0/24')]).find(7, { ip: mapped }, NOW)?.id).toBe(1)
  expect(new Blocklist([entryOf(1, 'ip', '203.0.113.9')]).find(7, { ip: normaliseAddress(mapped) ?? '' }, NOW)?.id).toBe(1)
})

it.each([entryOf(1, 'ip', '203.0.113.9'), entryOf(1, 'network', '203.0.113.0/24')])('ends a block on $kind the moment it expires', (entry) => {
  const list = new Blocklist([entry])
  expect(list.find(7, { ip: '203.0.113.9' }, entry.expiresAt - 1)?.id).toBe(1)
  expect(list.find(7, { ip: '203.0.113.9' }, entry.expiresAt)).toBeUndefined()
})

it('looks past an expired block for one that stands', () => {
  const gone = { expiresAt: NOW }
  const list = new Blocklist([
    entryOf(1, 'ip', '203.0.113.9', gone), entryOf(2, 'network', '203.0.113.0/25', gone), entryOf(3, 'network', '203.0.113.0/24'),
  ])
  expect(list.find(7, { ip: '203.0.113.9' }, NOW)?.id).toBe(3)
})

it('keeps the blocks of projects apart', () => {
  const list = new Blocklist([
    entryOf(1, 'ip', '203.0.113.9'), entryOf(2, 'ip', '203.0.113.9', { projectId: 8 }),
    entryOf(3, 'network', '198.51.100.0/24'), entryOf(4, 'network', '192.0.2.0/24', { projectId: 8 }),
  ])
  expect([7, 8, 9].map((project) => list.find(project, { ip: '203.0.113.9' }, NOW)?.id)).toEqual([1, 2, undefined])
  expect([7, 8, 9].map((project) => list.find(project, { ip: '198.51.100.1' }, NOW)?.id)).toEqual([3, undefined, undefined])
  expect([7, 8, 9].map((project) => list.find(project, { ip: '192.0.2.1' }, NOW)?.id)).toEqual([undefined, 4, undefined])
})

it('blocks nobody when it knows nothing of the request, or has no blocks', () => {
  expect(new Blocklist([entryOf(1, 'network', '203.0.113.0/24'), entryOf(2, 'ip', '203.0.113.9')]).find(7, {}, NOW)).toBeUndefined()
  expect(new Blocklist([]).find(7, VALUES, NOW)).toBeUndefined()
})

it('keeps apart what a block covers', () => {
  const list = new Blocklist([
    entryOf(1, 'ip', '203.0.113.9', { covers: 'writes' }), entryOf(2, 'ip', '203.0.113.10', { covers: 'operator' }),
    entryOf(3, 'network', '2001:db8:1:2::/64', { covers: 'operator' }),
  ])
  for (const ip of ['203.0.113.9', '203.0.113.10', '2001:db8:1:2::7']) expect(list.find(7, { ip }, NOW)).toBeUndefined()
  expect(list.find(7, { ip: '203.0.113.9' }, NOW, 'writes')?.id).toBe(1)
  expect(list.find(7, { ip: '203.0.113.10' }, NOW, 'operator')?.id).toBe(2)
  expect(list.find(7, { ip: '2001:db8:1:2::7' }, NOW, 'operator')?.id).toBe(3)
})

it('holds a block that is bound to a source for that source alone', () => {
  const list = new Blocklist([
    entryOf(1, 'user', VALUES.user, { source: '203.0.113.9' }), entryOf(2, 'user', VALUES.device, { source: '2001:db8:1:2::/64' }),
  ])
  expect(list.find(7, { user: VALUES.user, ip: '203.0.113.9' }, NOW)?.id).toBe(1)
  expect(list.findLockout(7, VALUES.user, '203.0.113.9', NOW)?.id).toBe(1)
  expect(list.find(7, { user: VALUES.device, ip: '2001:db8:1:2:3::4' }, NOW)?.id).toBe(2)
  expect(list.find(7, { user: VALUES.user, ip: '203.0.113.8' }, NOW)).toBeUndefined()
  expect(list.find(7, { user: VALUES.user }, NOW)).toBeUndefined()
  expect(list.find(7, { ip: '203.0.113.9' }, NOW)).toBeUndefined()
  expect(list.findLockout(7, VALUES.user, '203.0.113.9', NOW + 1000)).toBeUndefined()
})

it('takes no block on a user everywhere for a lockout', () =>
  expect(new Blocklist([entryOf(1, 'user', VALUES.user), entryOf(2, 'user', 'other', { source: '203.0.113.9' })])
    .findLockout(7, VALUES.user, '203.0.113.9', NOW)).toBeUndefined())

it('goes by the one that ends later where two stand on the same', () => {
  const [short, long] = [entryOf(1, 'ip', '203.0.113.9', { expiresAt: NOW + 1 }), entryOf(2, 'ip', '203.0.113.9', { expiresAt: NOW + 9 })]
  for (const entries of [[short, long], [long, short]]) expect(new Blocklist(entries).find(7, { ip: '203.0.113.9' }, NOW + 5)?.id).toBe(2)
})

it('finds one of very many blocked /64', () => {
  const list = new Blocklist(Array.from({ length: 5000 }, (_, n) => entryOf(n, 'network', `2001:db8:0:${(n + 1).toString(16)}::/64`)))
  expect(list.find(7, { ip: `2001:db8:0:${(4321).toString(16)}:ffff::1` }, NOW)?.id).toBe(4320)
  expect(list.find(7, { ip: '2001:db8:1:1::1' }, NOW)).toBeUndefined()
})

it('finds one of very many blocked /48, beside a /64 and what is wider', () => {
  const list = new Blocklist([
    ...Array.from({ length: 5000 }, (_, n) => entryOf(n, 'network', `2001:db8:${(n + 1).toString(16)}::/48`)),
    entryOf(6000, 'network', '2001:db8:ffff:1::/64'), entryOf(6001, 'network', '2001:db9::/32'),
  ])
  const idOf = (ip: string): number | undefined => list.find(7, { ip }, NOW)?.id
  expect(['10e1:7::1', '1::1', 'ffff:1::9', 'ffff:2::9'].map((rest) => idOf(`2001:db8:${rest}`))).toEqual([4320, 0, 6000, undefined])
  expect([idOf('2001:db9:1:2::3'), idOf('203.0.113.9')]).toEqual([6001, undefined])
  expect(list.find(7, { ip: '2001:db8:1::1' }, NOW + 1000)).toBeUndefined()
})

it.each([['203.0.113.9', '203.0.113.9'], ['2001:db8:1:2:3::4', '2001:db8:1:2::/64']])('%s is one source with %s', (address, source) =>
  expect(sourceOf(address)).toBe(source))

it('ends the sessions that began before the last block that says so, whatever it is on', () => {
  const ending = (id: number, kind: BlockKind, matches: string, createdAt: number) => entryOf(id, kind, matches, { covers: 'sessions', createdAt })
  const list = new Blocklist([
    ending(1, 'ip', VALUES.ip, NOW - 30), ending(2, 'device', VALUES.device, NOW - 10), ending(3, 'network', '203.0.113.0/24', NOW - 20),
    ending(4, 'network', '2001:db8:1:2::/64', NOW - 5), entryOf(5, 'user', VALUES.user), ending(6, 'network', '2001:db8:2::/48', NOW - 7),
  ])
  expect(list.sessionsEndedAt(7, { ip: VALUES.ip, device: VALUES.device }, NOW)).toBe(NOW - 10)
  expect(list.sessionsEndedAt(7, { ip: VALUES.ip, device: 'another' }, NOW)).toBe(NOW - 20)
  expect(list.sessionsEndedAt(7, { ip: '2001:db8:1:2::9' }, NOW)).toBe(NOW - 5)
  expect(list.sessionsEndedAt(7, { ip: '2001:db8:2:9::9' }, NOW)).toBe(NOW - 7)
  expect(list.sessionsEndedAt(7, { user: VALUES.user, ip: '192.0.2.1' }, NOW)).toBeUndefined()
  expect(list.sessionsEndedAt(8, { ip: VALUES.ip }, NOW)).toBeUndefined()
  expect(list.sessionsEndedAt(7, { ip: VALUES.ip, device: VALUES.device }, NOW + 1000)).toBeUndefined()
})

it.each(BLOCK_COVERAGES)('finds what covers %s when it is asked for that, and for nothing else', (covers) => {
  const list = new Blocklist([entryOf(1, 'ip', VALUES.ip, { covers })])
  expect(BLOCK_COVERAGES.filter((asked) => list.find(7, { ip: VALUES.ip }, NOW, asked) !== undefined)).toEqual([covers])
})
