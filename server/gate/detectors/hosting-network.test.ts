import { describe, expect, it } from 'vitest'
import { abroad, browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { hostingNetwork } from './hosting-network.ts'

describe('hosting-network', () => {
  it('sees an address of a data centre, a VPN’s exit included', () => {
    expect(hostingNetwork.detect(abroad.vpnAbroad)).toEqual({ value: 1 })
    expect(hostingNetwork.detect({ ...humanMouse, hosting: known(true) })).toEqual({ value: 1 })
    expect(hostingNetwork.detect({ ...humanMouse, hosting: known(false) })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(hostingNetwork.detect(evidence)).not.toHaveProperty('value', 1)
  })

  it('names hosting as missing when it is absent or could not be found out', () => {
    expect(hostingNetwork.detect({ ...humanMouse, hosting: absent })).toEqual({ missing: 'hosting' })
    expect(hostingNetwork.detect({ ...humanMouse, hosting: failed('unreadable') })).toEqual({ missing: 'hosting' })
  })
})
