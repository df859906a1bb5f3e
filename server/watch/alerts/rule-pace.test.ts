import { describe, expect, it } from 'vitest'
import { RulePace } from './rule-pace.ts'

const at = (ms: number): { recordedAt: number; lookedAt: number } => ({ recordedAt: ms, lookedAt: ms })

describe('RulePace', () => {
  it('lets a slow rule rest for twenty times as long as it took, half a minute at most', () => {
    const pace = new RulePace(true)
    pace.note('slow', at(0), { ms: 100, at: 0 })
    expect([pace.isDue('slow', 1999), pace.isDue('slow', 2000)]).toEqual([false, true])
    pace.note('quick', at(0), { ms: 49, at: 0 })
    expect(pace.isDue('quick', 1)).toBe(true)
    pace.note('slow', at(0), { ms: 10_000, at: 0 })
    expect([pace.isDue('slow', 29_999), pace.isDue('slow', 30_000)]).toEqual([false, true])
    const eager = new RulePace(false)
    eager.note('slow', at(0), { ms: 100, at: 0 })
    expect(eager.isDue('slow', 1)).toBe(true)
  })

  it('goes on where the rule left off, or where all of them were on another node', () => {
    const pace = new RulePace(true)
    expect(pace.positionOf('one', at(50))).toEqual(at(50))
    pace.note('one', at(100), { ms: 1, at: 100 })
    expect(pace.positionOf('one', at(50))).toEqual(at(100))
    expect(pace.positionOf('one', at(150))).toEqual(at(150))
  })

  it('says that all is looked through as far as the slowest', () => {
    const pace = new RulePace(true)
    pace.note('quick', at(200), { ms: 1, at: 200 })
    pace.hold('slow', at(100))
    expect(pace.through(['quick', 'slow'], at(50), at(200))).toEqual(at(100))
    pace.forget()
    expect(pace.positionOf('quick', at(50))).toEqual(at(50))
  })

  it('a rule that fails keeps its place, and gives it up after a quarter of an hour', () => {
    const pace = new RulePace(true)
    // However old what it looks through is: after an hour of downtime the first failure is no reason to pass over that hour.
    const later = 3_600_000
    expect(pace.fail('broken', at(100), { ms: 1, at: later, error: 'no' })).toBe(false)
    expect(pace.through(['broken'], at(50), at(later))).toEqual(at(100))
    expect(pace.fail('broken', at(100), { ms: 1, at: later + 15 * 60_000, error: 'no' })).toBe(false)
    expect(pace.fail('broken', at(100), { ms: 1, at: later + 15 * 60_000 + 1, error: 'no' })).toBe(true)
    expect(pace.through(['broken'], at(50), at(later))).toEqual(at(later))
    expect(pace.evaluations.get('broken')?.error).toBe('no')
  })
})
