import { describe, expect, it } from 'vitest'
import { humanMouse, humans, rateAt } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { itemVelocity } from './item-velocity.ts'

describe('item-velocity', () => {
  it('rises from half of the limit to the limit', () => {
    const values = [0.5, 0.75, 1, 3].map((share) => itemVelocity.detect({ ...humanMouse, itemRate: known(rateAt('item', share)) }))
    expect(values).toEqual([{ value: 0 }, { value: 0.5 }, { value: 1 }, { value: 1 }])
  })

  it('looks at no other rate', () => {
    const others = { voterRate: known(rateAt('voter', 1)), networkRate: known(rateAt('network', 1)) }
    expect(itemVelocity.detect({ ...humanMouse, ...others })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(itemVelocity.detect(evidence)).toEqual({ value: 0 })
  })

  it('names itemRate as missing when it is absent or could not be found out', () => {
    expect(itemVelocity.detect({ ...humanMouse, itemRate: absent })).toEqual({ missing: 'itemRate' })
    expect(itemVelocity.detect({ ...humanMouse, itemRate: failed('unreadable') })).toEqual({ missing: 'itemRate' })
  })
})
