import type { ClientHeaders } from '../evidence.ts'
import type { Detector } from '../detector.ts'
import { type BrowserClaims, claimsOf } from './browser-claims.ts'

/** Sends Sec-CH-UA and Sec-Fetch-* with every request to https or localhost. */
const CHROMIUM_WITH_HINTS = 90
/** Each on its own is little: some proxies and extensions take single headers away. */
const HALF = 0.5

/**
 * The User-Agent is a browser’s and the headers every such browser adds by itself are not there: an HTTP library that
 * borrowed the name. A browser sends no hints to a site on plain http, which only an operator can know, so their absence
 * counts half, the same as one of the two kinds without the other. WebViews, Safari and Firefox owe no hints.
 */
export const missingBrowserHeaders: Detector = {
  name: 'missing-browser-headers',
  group: 'integrity',
  detect({ userAgent, headers }) {
    if (userAgent.state !== 'known') return { missing: 'userAgent' }
    if (headers.state !== 'known') return { missing: 'headers' }
    const claims = claimsOf(userAgent.value)
    if (!claims.browser) return { value: 0 }
    const { acceptEncoding, acceptLanguage } = headers.value
    let value = lacksHints(claims, headers.value) ? HALF : 0
    if (acceptEncoding === undefined) value += HALF
    if (acceptLanguage === undefined) value += HALF
    return { value: Math.min(1, value) }
  },
}

function lacksHints({ chromium, webView }: BrowserClaims, { secChUa, secFetchMode, secFetchSite }: ClientHeaders): boolean {
  if (chromium === undefined || chromium < CHROMIUM_WITH_HINTS || webView) return false
  return secChUa === undefined || (secFetchMode === undefined && secFetchSite === undefined)
}
