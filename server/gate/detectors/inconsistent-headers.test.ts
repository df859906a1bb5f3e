import { describe, expect, it } from 'vitest'
import { CHROME, FIREFOX, PIXEL, SAFARI, browsers, forgedChrome, humanMouse, humans } from '../evidence.fixture.ts'
import { type ClientHeaders, type Evidence, absent, failed, known } from '../evidence.ts'
import { inconsistentHeaders } from './inconsistent-headers.ts'

const { headers: humanHeaders } = humanMouse
const headers: ClientHeaders = humanHeaders.state === 'known' ? humanHeaders.value : {}
const found = (change: Partial<Evidence>, changed: ClientHeaders = {}) =>
  inconsistentHeaders.detect({ ...humanMouse, headers: known({ ...headers, ...changed }), ...change })

describe('inconsistent-headers', () => {
  it('is certain where User-Agent and client hints name different browsers', () => {
    expect(inconsistentHeaders.detect(forgedChrome)).toEqual({ value: 1 })
    expect(found({ userAgent: known(FIREFOX) })).toEqual({ value: 1 })
    expect(found({ userAgent: known(SAFARI) })).toEqual({ value: 1 })
    expect(found({}, { secChUa: '"Google Chrome";v="156"' })).toEqual({ value: 1 })
    expect(found({}, { secChUa: 'garbage' })).toEqual({ value: 1 })
  })

  it('doubts a platform or form factor that only one of them claims', () => {
    expect(found({}, { secChUaPlatform: '"Windows"' })).toEqual({ value: 0.7 })
    expect(found({ platform: known('Win32') })).toEqual({ value: 0.7 })
    expect(found({ mobile: known(true) })).toEqual({ value: 0.7 })
    expect(found({ userAgent: known(PIXEL) })).toEqual({ value: 0.7 })
  })

  it('adds up what it finds, up to 1', () => {
    expect(found({ platform: known('MacIntel') }, { secChUaPlatform: '"Windows"' })).toEqual({ value: 1 })
  })

  it('finds a language odd that the browser does not ask for, and a page without any', () => {
    expect(found({ language: known('ru-RU') })).toEqual({ value: 0.4 })
    expect(found({ languages: known(0) })).toEqual({ value: 0.4 })
    expect(found({ language: known('de-AT') }, { acceptLanguage: 'en-US,en;q=0.9,de;q=0.8' })).toEqual({ value: 0 })
  })

  it('takes what is absent for no contradiction', () => {
    expect(found({ headers: known({}), language: absent, languages: absent, platform: absent, mobile: absent })).toEqual({ value: 0 })
    expect(found({ userAgent: known(CHROME), headers: known({ acceptLanguage: 'en' }) })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(inconsistentHeaders.detect(evidence)).toEqual({ value: 0 })
  })

  it('names userAgent and headers as missing when they are absent or could not be found out', () => {
    expect(inconsistentHeaders.detect({ ...humanMouse, userAgent: absent })).toEqual({ missing: 'userAgent' })
    expect(inconsistentHeaders.detect({ ...humanMouse, headers: absent })).toEqual({ missing: 'headers' })
    expect(inconsistentHeaders.detect({ ...humanMouse, headers: failed('unreadable') })).toEqual({ missing: 'headers' })
  })
})
