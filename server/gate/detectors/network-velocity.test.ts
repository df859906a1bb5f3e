import { describe, expect, it } from 'vitest'
import { humanMouse, humans, rateAt } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { networkVelocity } from './network-velocity.ts'

describe('network-velocity', () => {
  it('rises from half of the limit to the limit', () => {
    const values = [0.5, 0.75, 1, 3].map((share) => networkVelocity.detect({ ...humanMouse, networkRate: known(rateAt('network', share)) }))
    expect(values).toEqual([{ value: 0 }, { value: 0.5 }, { value: 1 }, { value: 1 }])
  })

  it('looks at no other rate', () => {
    const others = { voterRate: known(rateAt('voter', 1)), itemRate: known(rateAt('item', 1)) }
    expect(networkVelocity.detect({ ...humanMouse, ...others })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(networkVelocity.detect(evidence)).toEqual({ value: 0 })
  })

  it('names networkRate as missing when it is absent or could not be found out', () => {
    expect(networkVelocity.detect({ ...humanMouse, networkRate: absent })).toEqual({ missing: 'networkRate' })
    expect(networkVelocity.detect({ ...humanMouse, networkRate: failed('unreadable') })).toEqual({ missing: 'networkRate' })
  })
})
