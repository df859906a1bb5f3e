import { expect, it } from 'vitest'
import { registry } from './collectors/registry.ts'
import { collectFacts, signalsOf } from './facts.ts'
import type { Moment } from './observation.ts'
import { createTrail } from './trail.ts'

const moment: Moment = {
  event: new Event('click'),
  control: null,
  observed: { since: 0, trail: createTrail(), keys: 2, scrolls: 0 },
}

it('a collector that fails is a failed fact, and only what is known is sent', () => {
  const facts = collectFacts(
    {
      ...registry,
      webdriver: () => {
        throw new Error('no navigator here')
      },
      languages: () => undefined,
      visible: () => true,
    },
    moment,
  )
  expect(facts.webdriver.state).toBe('failed')
  expect(facts.languages.state).toBe('absent')
  expect(facts.keys).toEqual({ state: 'known', value: 2 })
  const signals = signalsOf(facts)
  expect(signals).toMatchObject({ keys: 2, visible: true })
  expect(signals).not.toHaveProperty('webdriver')
  expect(signals).not.toHaveProperty('languages')
})

it('in a place without any browser every fact is known, absent or failed, and nothing throws', () => {
  const states = Object.values(collectFacts(registry, moment)).map(({ state }) => state)
  expect(states).toHaveLength(Object.keys(registry).length)
  expect(new Set(states)).toEqual(new Set(['known', 'absent', 'failed']))
})
