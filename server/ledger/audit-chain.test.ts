import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type AuditFields, type ChainHead, type ChainLink, FAULT_WORDS, GENESIS, follow, hashEntry } from './audit-chain.ts'

const fields = (id: number, more: Partial<AuditFields> = {}): AuditFields => ({
  id: String(id), at: 1_790_000_000_000 + id, actor: 'account:7', actorName: 'Jane', action: 'item.update', target: '3', projectId: '1',
  before: { title: 'Old', position: 1.5 }, after: { title: 'New “title”', position: 2 }, ipAddress: '203.0.113.7', ...more,
})

function chain(length: number): ChainLink[] {
  const links: ChainLink[] = []
  for (let id = 1; id <= length; id += 1) {
    const prevHash = links.at(-1)?.hash ?? GENESIS.hash
    links.push({ fields: fields(id), prevHash, hash: hashEntry(prevHash, fields(id)) })
  }
  return links
}

const renumbered = (link: ChainLink, id: number): ChainLink => ({ ...link, fields: { ...link.fields, id: String(id) } })

/** The head, or the fault with how many hold before it. */
function walk(links: readonly ChainLink[]): ChainHead | string {
  let head = GENESIS
  for (const link of links) {
    const next = follow(head, link)
    if (typeof next === 'string') return `${next} after ${head.entries}`
    head = next
  }
  return head
}

describe('the chain', () => {
  it('hashes as docs/audit.md says, written out by hand here', () => {
    const canonical = '{"action":"item.update","actor":"account:7","actorName":"Jane","after":{"position":2,"title":"New “title”"},"at":1790000000001,'
      + '"before":{"position":1.5,"title":"Old"},"id":"1","ipAddress":"203.0.113.7","projectId":"1","target":"3"}'
    const expected = createHash('sha256').update(Buffer.concat([Buffer.alloc(32), Buffer.from(canonical)])).digest('hex')
    expect(hashEntry(GENESIS.hash, fields(1)).toString('hex')).toBe(expected)
  })

  it('holds where nothing was changed, from nothing to its end', () => {
    const links = chain(50)
    expect(walk([])).toBe(GENESIS)
    expect(walk(links)).toEqual({ entries: 50, hash: links.at(-1)?.hash })
  })

  const changes: [string, Partial<AuditFields>][] = [
    ['the time', { at: 1 }], ['a fraction of the time', { at: 1_790_000_000_003.001 }], ['the actor', { actor: 'account:8' }], ['the name', { actorName: 'Jane ' }],
    ['the action', { action: 'item.create' }], ['the target', { target: '4' }], ['the project', { projectId: null }], ['what was', { before: null }],
    ['what is', { after: { title: 'New “title”', position: 2, more: 1 } }], ['the address', { ipAddress: '203.0.113.8' }],
  ]
  it.each(changes)('names the first entry whose content is another: %s', (_what, change) => {
    const links = chain(5)
    links[2] = { ...links[2] as ChainLink, fields: fields(3, change) }
    expect(walk(links)).toBe('changed after 2')
  })

  it('is not fooled by text that moves from one field to the next', () => {
    expect(hashEntry(GENESIS.hash, fields(1, { actor: 'ab', actorName: 'c' }))).not.toEqual(hashEntry(GENESIS.hash, fields(1, { actor: 'a', actorName: 'bc' })))
    expect(hashEntry(GENESIS.hash, fields(1, { ipAddress: null }))).not.toEqual(hashEntry(GENESIS.hash, fields(1, { ipAddress: 'null' })))
  })

  it('names an entry that is gone, at the beginning and in the middle', () => {
    expect(walk(chain(5).slice(1))).toBe('missing after 0')
    expect(walk(chain(5).toSpliced(2, 1))).toBe('missing after 2')
  })

  it('sees entries that changed places, were renumbered, doubled or put in', () => {
    const [one, two, three, four] = chain(4) as [ChainLink, ChainLink, ChainLink, ChainLink]
    expect(walk([one, renumbered(three, 2), renumbered(two, 3), four])).toBe('broken_link after 1')
    expect(walk([one, renumbered(three, 2), renumbered(four, 3)])).toBe('broken_link after 1')
    expect(walk([one, two, two, three])).toBe('out_of_order after 2')
    const put = { fields: fields(3, { actor: 'account:9' }), prevHash: two.hash, hash: hashEntry(two.hash, fields(3, { actor: 'account:9' })) }
    expect(walk([one, two, put, four])).toBe('broken_link after 3')
  })

  it('sees one that was hashed again, at the entry after it', () => {
    const links = chain(5)
    const prevHash = links[1]?.hash as Buffer
    links[2] = { fields: fields(3, { actor: 'somebody else' }), prevHash, hash: hashEntry(prevHash, fields(3, { actor: 'somebody else' })) }
    expect(walk(links)).toBe('broken_link after 3')
  })

  it('cannot see an end that was cut off, nor a log that was written anew from some entry to its end: its head says so', () => {
    const links = chain(5)
    expect(walk(links.slice(0, 3))).toEqual({ entries: 3, hash: links[2]?.hash })
  })

  it('has words for every fault', () => {
    for (const words of Object.values(FAULT_WORDS)) expect(words).toMatch(/^[A-Z].{20,}\.$/)
  })
})
