import { describe, expect, it } from 'vitest'
import { humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { missingUserAgent } from './missing-user-agent.ts'

describe('missing-user-agent', () => {
  it('sees a request without a User-Agent, or with an empty one', () => {
    expect(missingUserAgent.detect({ ...humanMouse, userAgent: absent })).toEqual({ value: 1 })
    expect(missingUserAgent.detect({ ...humanMouse, userAgent: known('') })).toEqual({ value: 1 })
    expect(missingUserAgent.detect({ ...humanMouse, userAgent: known('  ') })).toEqual({ value: 1 })
  })

  it('holds a header it could not read against nobody', () => {
    expect(missingUserAgent.detect({ ...humanMouse, userAgent: failed('unreadable') })).toEqual({ missing: 'userAgent' })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(missingUserAgent.detect(evidence)).toEqual({ value: 0 })
  })
})
