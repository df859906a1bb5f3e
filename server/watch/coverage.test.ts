import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { aRule, libraryOf } from './alerts/alert.fixture.ts'
import { ATTACK_CLASSES, countCovered, coverageOf } from './coverage.ts'

describe('coverage', () => {
  it('lists what rules are tagged with, and what none is', () => {
    const { level: _level, ...block } = aRule('block', { tags: ['owasp.api7'] })
    const coverage = coverageOf(libraryOf(
      aRule('b', { tags: ['owasp.api2', 'owasp.oat-008', 'truetally.forged-tokens'] }), aRule('a', { tags: ['owasp.api2', 'owasp.api2', 'truetally.of-our-own'] }), block,
    ))
    expect(coverage.owaspApiTop10).toHaveLength(10)
    expect(coverage.owaspApiTop10[1]).toEqual({ id: 'owasp.api2', title: 'Broken Authentication', rules: ['a', 'b'] })
    // A building block alerts nobody.
    expect(coverage.owaspApiTop10[6]).toEqual({ id: 'owasp.api7', title: 'Server Side Request Forgery', rules: [] })
    expect(coverage.owaspAutomatedThreats).toHaveLength(21)
    expect(coverage.owaspAutomatedThreats[7]).toEqual({ id: 'owasp.oat-008', title: 'Credential Stuffing', rules: ['b'] })
    expect(coverage.attackClasses.at(-1)).toEqual({ id: 'truetally.of-our-own', title: 'of our own', rules: ['a'] })
    expect(countCovered(coverage.attackClasses)).toBe(2)
  })

  it('knows the attack classes that the simulator plays', () => {
    const played = readdirSync(fileURLToPath(new URL('../../test/attacks/simulator/classes', import.meta.url)))
      .map((file) => file.replace(/\.ts$/, '')).filter((name) => name !== 'registry' && name !== 'honest-only')
    expect([...ATTACK_CLASSES].toSorted()).toEqual(played.toSorted())
  })
})
