import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans, rateAt } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { prefixVelocity } from './prefix-velocity.ts'

describe('prefix-velocity', () => {
  it('rises from half of the limit to the limit', () => {
    const values = [0.5, 0.75, 1, 3].map((share) => prefixVelocity.detect({ ...humanMouse, prefixRate: known(rateAt('prefix', share)) }))
    expect(values).toEqual([{ value: 0 }, { value: 0.5 }, { value: 1 }, { value: 1 }])
  })

  it('looks at no other rate', () => {
    const others = { networkRate: known(rateAt('network', 1)), voterRate: known(rateAt('voter', 1)), prefixRate: known(rateAt('prefix', 0.1)) }
    expect(prefixVelocity.detect({ ...humanMouse, ...others })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('misses it in %s, who has an IPv4 address', (_, evidence) => {
    expect(prefixVelocity.detect(evidence)).toEqual({ missing: 'prefixRate' })
  })

  it('names prefixRate as missing when it is absent or could not be found out', () => {
    expect(prefixVelocity.detect({ ...humanMouse, prefixRate: absent })).toEqual({ missing: 'prefixRate' })
    expect(prefixVelocity.detect({ ...humanMouse, prefixRate: failed('unreadable') })).toEqual({ missing: 'prefixRate' })
  })
})
