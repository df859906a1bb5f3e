import { describe, expect, it } from 'vitest'
import { type Counted, TrafficCounter } from './traffic-counter.ts'

const VOTE: Counted = {
  projectId: 3, method: 'PUT', route: '/api/widget/v1/:projectKey/items/:itemId/vote', statusCode: 200, actor: '', ipAddress: '192.0.2.1', records: 0, durationMs: 4,
}
const counterOf = (maxLines = 100) => new TrafficCounter({ stepMs: 10_000, maxLines })

describe('TrafficCounter', () => {
  it('adds up what is alike within a step that begins with the clock', () => {
    const counter = counterOf()
    for (const at of [20_000, 24_500, 29_999]) counter.count(VOTE, at)
    counter.count({ ...VOTE, statusCode: 204 }, 29_999)
    counter.count(VOTE, 30_000)
    const line = {
      projectId: 3, endpoint: 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', status: 2, actor: '', ipAddress: null, records: 0,
      denied: 0, accepted: 0, refused: 0,
    }
    expect(counter.due().lines).toEqual([
      { ...line, occurredAt: 20_000, requests: 4, durationMs: 16, latency: [0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
      { ...line, occurredAt: 30_000, requests: 1, durationMs: 4, latency: [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    ])
  })

  it.each<[string, Partial<Counted>]>([
    ['project', { projectId: 4 }], ['method', { method: 'GET' }], ['route', { route: undefined }], ['status class', { statusCode: 404 }],
    ['operator', { actor: 'operator:7' }],
  ])('keeps apart what differs by %s', (_, change) => {
    const counter = counterOf()
    counter.count(VOTE, 0)
    counter.count({ ...VOTE, ...change }, 0)
    expect(counter.due().lines).toHaveLength(2)
  })

  it('says how many were told no, whose proof of who they are was taken, and how long answers took', () => {
    const counter = counterOf()
    for (const [statusCode, proof] of [[401, 'refused'], [403, undefined], [404, undefined], [429, undefined], [400, 'accepted']] as const) {
      counter.count({ ...VOTE, statusCode, proof, durationMs: statusCode }, 0)
    }
    expect(counter.due().lines).toMatchObject([{ requests: 5, denied: 3, accepted: 1, refused: 1, latency: [0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0] }])
  })

  it('hands out a copy of how long answers took', () => {
    const counter = counterOf()
    counter.count(VOTE, 0)
    const { lines } = counter.due()
    counter.count(VOTE, 1)
    expect(lines[0]?.latency).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('keeps the address of operators, and adds up their records', () => {
    const counter = counterOf()
    for (const ipAddress of ['192.0.2.1', '192.0.2.2']) counter.count({ ...VOTE, actor: 'operator:7', records: 50, ipAddress }, 0)
    expect(counter.due().lines).toMatchObject([{ ipAddress: '192.0.2.2', records: 100, requests: 2 }])
  })

  it('gives out what is new, whole, until it has been written', () => {
    const counter = counterOf()
    counter.count(VOTE, 0)
    expect(counter.due().lines).toMatchObject([{ requests: 1 }])
    const { lines, settle } = counter.due()
    // While it was being written.
    counter.count(VOTE, 1)
    expect(lines).toMatchObject([{ requests: 1 }])
    settle(2)
    expect(counter.due().lines).toMatchObject([{ requests: 2 }])
    counter.due().settle(3)
    expect(counter.due().lines).toEqual([])
    counter.count(VOTE, 9999)
    expect(counter.due().lines).toMatchObject([{ requests: 3 }])
  })

  it('forgets a step once it is over and written, and not before', () => {
    const counter = counterOf()
    counter.count(VOTE, 0)
    counter.due().settle(9999)
    expect(counter.saturation.lines).toBe(1)
    const { settle } = counter.due()
    counter.count(VOTE, 9999)
    settle(10_000)
    expect(counter.saturation.lines).toBe(1)
    counter.due().settle(10_000)
    expect(counter.saturation).toEqual({ lines: 0, folded: 0, lost: 0 })
    // A clock that went back counts into a new line of the old step: never into one that is gone.
    counter.count(VOTE, 5)
    expect(counter.due().lines).toMatchObject([{ occurredAt: 0, requests: 1 }])
  })

  it('folds what is too much into a line per project, loses what is far too much, and says how much', () => {
    const counter = counterOf(10)
    for (let index = 0; index < 15; index += 1) counter.count({ ...VOTE, method: `M${index}` }, 0)
    expect(counter.saturation).toEqual({ lines: 11, folded: 5, lost: 0 })
    expect(counter.due().lines.find(({ endpoint }) => endpoint === '*')).toMatchObject({ projectId: 3, status: 2, actor: '', requests: 5 })
    for (let index = 0; index < 100; index += 1) counter.count({ ...VOTE, projectId: 1000 + index }, 0)
    expect(counter.saturation).toEqual({ lines: 20, folded: 14, lost: 91 })
  })

  it('stays small through a thousand steps of a database that is away, and is as before once it is back', () => {
    const counter = counterOf(10)
    for (let step = 0; step < 1000; step += 1) counter.count({ ...VOTE, statusCode: 500 }, step * 10_000)
    expect(counter.saturation.lines).toBe(20)
    counter.due().settle(10_000_000)
    counter.count(VOTE, 10_000_000)
    expect(counter.due().lines).toMatchObject([{ endpoint: expect.stringContaining('PUT') as string, requests: 1 }])
  })
})
