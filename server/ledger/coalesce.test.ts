import { describe, expect, it } from 'vitest'
import { Coalescer } from './coalesce.ts'
import { finishEvent } from './event.ts'

const from = (ipAddress: string) =>
  finishEvent({ projectId: 1, eventType: 'origin_mismatch', endpoint: '/board', origin: 'https://evil.example', ipAddress })
const saying = (detail: Record<string, unknown>) =>
  finishEvent({ projectId: 1, eventType: 'suspicious_activity', endpoint: '/', endUserId: 'usr_12345678', detail })

describe('Coalescer', () => {
  it('writes the first of a flood at once and the rest as a count', () => {
    const coalescer = new Coalescer({ windowMs: 10_000, maxOpen: 100, maxPerNetwork: 100 })
    coalescer.add(from('192.0.2.1'), 0)
    const first = coalescer.drain(250)
    expect(first.rows).toMatchObject([{ count: 1, occurredAt: 0 }])
    for (let i = 0; i < 5000; i++) coalescer.add(from('192.0.2.1'), 300 + i)
    const second = coalescer.drain(5400)
    expect(second.rows).toEqual([])
    expect(second.increments).toEqual([{ id: first.rows[0]!.id, projectId: 1, occurredAt: 0, lastSeenAt: 5299, by: 5000 }])
  })

  it('opens a new row once the window has closed', () => {
    const coalescer = new Coalescer({ windowMs: 10_000, maxOpen: 100, maxPerNetwork: 100 })
    coalescer.add(from('192.0.2.1'), 0)
    coalescer.drain(1)
    coalescer.add(from('192.0.2.1'), 10_000)
    expect(coalescer.drain(10_001).rows).toHaveLength(1)
  })

  it('keeps sources apart while there is room, and folds them with their count when there is not', () => {
    const coalescer = new Coalescer({ windowMs: 10_000, maxOpen: 10, maxPerNetwork: 100 })
    for (let i = 0; i < 100; i++) coalescer.add(from(`192.0.2.${i}`), i)
    expect(coalescer.size).toBe(11)
    const { rows } = coalescer.drain(200)
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(100)
    expect(rows.find((row) => row.event.detail['folded'] === true)?.count).toBe(90)
  })

  it('forgets closed windows on drain', () => {
    const coalescer = new Coalescer({ windowMs: 1000, maxOpen: 10, maxPerNetwork: 100 })
    for (let i = 0; i < 10; i++) coalescer.add(from(`192.0.2.${i}`), 0)
    coalescer.drain(1000)
    expect(coalescer.size).toBe(0)
  })

  it('gives one network a share of the room, and everybody else theirs', () => {
    const coalescer = new Coalescer({ windowMs: 10_000, maxOpen: 100, maxPerNetwork: 10 })
    const shown = (origin: string, ipAddress: string) => ({ ...from(ipAddress), origin })
    for (let i = 0; i < 500; i++) coalescer.add(shown(`https://${i}.evil.example`, `192.0.2.${i % 250}`), i)
    coalescer.add(from('198.51.100.4'), 500)
    const { rows } = coalescer.drain(600)
    expect(rows).toHaveLength(22)
    const folded = rows.filter((row) => row.event.detail['folded'] === true)
    // Each address answers for its own while there is room; what is left is laid at nobody’s door.
    expect(folded[0]).toMatchObject({ count: 2, event: { ipAddress: '192.0.2.10', origin: null, detail: { network: '192.0.2.0/24' } } })
    expect(folded.at(-1)).toMatchObject({ count: 470, event: { ipAddress: '192.0.2.0', origin: null, detail: { network: '192.0.2.0/24' } } })
    expect(rows.find((row) => row.event.ipAddress === '198.51.100.4')?.event).toMatchObject({ endpoint: '/board', origin: 'https://evil.example' })
    expect(coalescer.folded).toBe(490)

    coalescer.drain(20_000)
    coalescer.add(shown('https://later.example', '192.0.2.1'), 20_001)
    expect(coalescer.drain(20_002).rows).toMatchObject([{ event: { origin: 'https://later.example' } }])
  })

  it('keeps apart what rules count: users behind one masked id, keys, signatures, and states of a target', () => {
    const coalescer = new Coalescer({ windowMs: 10_000, maxOpen: 100, maxPerNetwork: 100 })
    const details = [
      { user: 'a' }, { user: 'b' }, { apiKey: 'pk_1' }, { apiKey: 'pk_2' }, { apiKey: 'pk_2', pattern: 'sequential' }, { kind: 'scan', signature: 'git' },
      { kind: 'scan', signature: 'svn' }, { kind: 'probe', target: 'x', state: 'up' }, { kind: 'probe', target: 'x', state: 'down' }, { kind: 'monitor', monitor: 'm' },
    ]
    for (const detail of [...details, ...details]) coalescer.add(saying({ ...detail, path: Math.random() }), 0)
    expect(coalescer.drain(1).rows.map(({ count }) => count)).toEqual(details.map(() => 2))
  })
})
