import { describe, expect, it } from 'vitest'
import { CHROME, FIREFOX, SAFARI, WEBVIEW, browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { type ClientHeaders, absent, failed, known } from '../evidence.ts'
import { missingBrowserHeaders } from './missing-browser-headers.ts'

const plain: ClientHeaders = { acceptEncoding: 'gzip, deflate, br', acceptLanguage: 'en' }
const fetched: ClientHeaders = { ...plain, secFetchSite: 'cross-site', secFetchMode: 'cors' }
const found = (userAgent: string, headers: ClientHeaders) =>
  missingBrowserHeaders.detect({ ...humanMouse, userAgent: known(userAgent), headers: known(headers) })

describe('missing-browser-headers', () => {
  it('sees a borrowed User-Agent with a library’s headers', () => {
    expect(found(CHROME, {})).toEqual({ value: 1 })
    expect(found(CHROME, { acceptEncoding: 'gzip, deflate' })).toEqual({ value: 1 })
    expect(found(FIREFOX, {})).toEqual({ value: 1 })
  })

  it('counts missing hints half: on plain http a browser has none either', () => {
    expect(found(CHROME, plain)).toEqual({ value: 0.5 })
    expect(found(CHROME, fetched)).toEqual({ value: 0.5 })
    expect(found(CHROME, { ...plain, secChUa: '"Chromium";v="156"' })).toEqual({ value: 0.5 })
  })

  it('counts one header half that a proxy may have taken away', () => {
    expect(found(FIREFOX, { acceptLanguage: 'de' })).toEqual({ value: 0.5 })
    expect(found(FIREFOX, { acceptEncoding: 'gzip' })).toEqual({ value: 0.5 })
  })

  it.each([FIREFOX, SAFARI, WEBVIEW, CHROME.replace('Chrome/156', 'Chrome/89')])('owes no hints as %s', (userAgent) => {
    expect(found(userAgent, plain)).toEqual({ value: 0 })
  })

  it('leaves what does not claim to be a browser to others', () => expect(found('okhttp/4.12.0', {})).toEqual({ value: 0 }))

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(missingBrowserHeaders.detect(evidence)).toEqual({ value: 0 })
  })

  it('names userAgent and headers as missing when they are absent or could not be found out', () => {
    expect(missingBrowserHeaders.detect({ ...humanMouse, userAgent: absent })).toEqual({ missing: 'userAgent' })
    expect(missingBrowserHeaders.detect({ ...humanMouse, headers: absent })).toEqual({ missing: 'headers' })
    expect(missingBrowserHeaders.detect({ ...humanMouse, headers: failed('unreadable') })).toEqual({ missing: 'headers' })
  })
})
