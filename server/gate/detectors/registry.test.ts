import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nothing } from '../evidence.fixture.ts'
import { defaultPolicy } from '../policies/default.ts'
import { detectors } from './registry.ts'

/** What lies in this folder without being a detector. */
const NOT_DETECTORS = new Set(['registry', 'near-limit', 'memoise', 'browser-claims', 'languages', 'country-offsets'])

const files = readdirSync(new URL('.', import.meta.url))
const siblings = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => file.slice(0, -'.ts'.length))
const detectorFiles = siblings.filter((name) => !NOT_DETECTORS.has(name)).toSorted()
const registeredNames = detectors.map(({ name }) => name)

describe('the registry', () => {
  it('holds every detector file once, under the file’s name', () => {
    expect(registeredNames.toSorted()).toEqual(detectorFiles)
  })

  it.each(detectorFiles)('takes %s from the file of that name, which exports nothing else', async (name) => {
    const exported: unknown[] = Object.values(await import(new URL(`./${name}.ts`, import.meta.url).href))
    expect(exported).toHaveLength(1)
    expect(exported[0]).toBe(detectors.find((detector) => detector.name === name))
  })

  it.each(siblings)('has a test beside %s', (name) => {
    expect(files).toContain(`${name}.test.ts`)
  })

  it('agrees with the policy: a weight for every detector, a detector for every weight', () => {
    expect(Object.keys(defaultPolicy.weights).toSorted()).toEqual(registeredNames.toSorted())
  })

  it('puts every detector under the cap it was meant for', () => {
    const byGroup: Record<string, string[]> = {}
    for (const { name, group } of detectors) (byGroup[group] ??= []).push(name)
    expect(byGroup).toEqual({
      automation: ['webdriver', 'untrusted-event', 'headless-user-agent', 'automation-globals', 'worker-mismatch', 'known-bot'],
      integrity: [
        'missing-user-agent', 'missing-proof', 'missing-signals', 'too-soon', 'replayed-gesture', 'inconsistent-headers',
        'missing-browser-headers',
      ],
      behaviour: ['pressureless-mouse', 'unhovered-click', 'dead-centre-click', 'ruler-straight-path', 'instant-press'],
      network: ['hosting-network', 'foreign-time-zone', 'prefix-velocity'],
      reputation: ['fingerprint-change', 'sequential-users', 'old-user-token'],
      velocity: ['voter-velocity', 'network-velocity', 'item-velocity', 'regular-arrivals'],
    })
  })

  it.each(Object.entries(defaultPolicy.weights))('weighs %s above 0 and no more than 1', (_, weight) => {
    expect(weight).toBeGreaterThan(0)
    expect(weight).toBeLessThanOrEqual(1)
  })

  // Of missing-user-agent alone absence is itself the finding.
  const needy = detectors.filter(({ name }) => name !== 'missing-user-agent')
  it.each(needy)('lets $name name a fact that exists when it misses one', ({ detect }) => {
    const finding = detect(nothing)
    expect(Object.keys(nothing)).toContain('missing' in finding ? finding.missing : 'no fact was missing')
  })
})
