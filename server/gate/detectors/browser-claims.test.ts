import { describe, expect, it } from 'vitest'
import { CHROME, EDGE, FIREFOX, IPHONE, PIXEL, SAFARI, SAMSUNG, WEBVIEW } from '../evidence.fixture.ts'
import { claimsOf, platformFamily } from './browser-claims.ts'

describe('a User-Agent claims', () => {
  it.each([
    [CHROME, { chromium: 156, platform: 'linux', mobile: false, webView: false }],
    [EDGE, { chromium: 156, platform: 'windows', mobile: false, webView: false }],
    [PIXEL, { chromium: 156, platform: 'linux', mobile: true, webView: false }],
    [SAMSUNG, { chromium: 130, platform: 'linux', mobile: true, webView: false }],
    [WEBVIEW, { chromium: 156, platform: 'linux', mobile: true, webView: true }],
    [FIREFOX, { chromium: undefined, platform: 'windows', mobile: false, webView: false }],
    [SAFARI, { chromium: undefined, platform: 'apple', mobile: false, webView: false }],
    [IPHONE, { chromium: undefined, platform: 'apple', mobile: true, webView: false }],
    [IPHONE.replace('Version/18.5', 'CriOS/138.0.7204.156'), { chromium: undefined, platform: 'apple', mobile: true, webView: false }],
    [CHROME.replace('Chrome/', 'HeadlessChrome/'), { chromium: 156, platform: 'linux', mobile: false, webView: false }],
  ])('%s', (userAgent, claims) => expect(claimsOf(userAgent)).toEqual({ browser: true, ...claims }))

  it('nothing at all where it is a tool’s', () =>
    expect(claimsOf('curl/8.14.1')).toEqual({ browser: false, chromium: undefined, platform: undefined, mobile: false, webView: false }))
})

describe('a platform is of the family', () => {
  it.each([
    ['"Windows"', 'windows'], ['Win32', 'windows'], ['Windows', 'windows'],
    ['"macOS"', 'apple'], ['MacIntel', 'apple'], ['iPhone', 'apple'], ['iPad', 'apple'],
    ['"Linux"', 'linux'], ['Linux x86_64', 'linux'], ['Linux armv81', 'linux'], ['"Android"', 'linux'], ['"Chrome OS"', 'linux'],
    ['"Unknown"', undefined], ['', undefined], ['Darwin', undefined],
  ])('%s: %s', (text, family) => expect(platformFamily(text)).toBe(family))
})
