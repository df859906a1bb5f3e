import { describe, expect, it } from 'vitest'
import { humanMouse, humans, rateAt } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { voterVelocity } from './voter-velocity.ts'

describe('voter-velocity', () => {
  it('rises from half of the limit to the limit', () => {
    const values = [0.5, 0.75, 1, 3].map((share) => voterVelocity.detect({ ...humanMouse, voterRate: known(rateAt('voter', share)) }))
    expect(values).toEqual([{ value: 0 }, { value: 0.5 }, { value: 1 }, { value: 1 }])
  })

  it('looks at no other rate', () => {
    const others = { networkRate: known(rateAt('network', 1)), itemRate: known(rateAt('item', 1)) }
    expect(voterVelocity.detect({ ...humanMouse, ...others })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(voterVelocity.detect(evidence)).toEqual({ value: 0 })
  })

  it('names voterRate as missing when it is absent or could not be found out', () => {
    expect(voterVelocity.detect({ ...humanMouse, voterRate: absent })).toEqual({ missing: 'voterRate' })
    expect(voterVelocity.detect({ ...humanMouse, voterRate: failed('unreadable') })).toEqual({ missing: 'voterRate' })
  })
})
