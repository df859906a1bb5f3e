import type { ClientHeaders, Evidence } from '../evidence.ts'
import type { Detector } from '../detector.ts'
import { type BrowserClaims, claimsOf, platformFamily } from './browser-claims.ts'
import { speaks } from './languages.ts'
import { memoise } from './memoise.ts'

/** Both headers are written by the same code in a browser: they cannot disagree about what browser it is. */
const FORGED = 1
/** Device emulation, “desktop site” and app settings reach some of these and not all. */
const DOUBTFUL = 0.7
/** In-app browsers sometimes speak the app’s language in one place and the phone’s in the other. */
const ODD = 0.4

/**
 * The request contradicts itself: User-Agent, client hints (Sec-CH-UA…) and what the page says of platform, form factor
 * and language. A header that is absent contradicts nothing: Safari, Firefox and older WebViews send no hints, and only
 * Chromium’s platform is compared, because Firefox under resistFingerprinting claims Windows in one place alone.
 * Extensions that switch the User-Agent do this for a person; such a vote is held, not lost.
 */
export const inconsistentHeaders: Detector = {
  name: 'inconsistent-headers',
  group: 'integrity',
  detect(evidence) {
    if (evidence.userAgent.state !== 'known') return { missing: 'userAgent' }
    if (evidence.headers.state !== 'known') return { missing: 'headers' }
    const headers = evidence.headers.value
    const claims = claimsOf(evidence.userAgent.value)
    return { value: Math.min(1, hintsAgainst(claims, headers) + pageAgainst(evidence, claims, headers)) }
  },
}

function hintsAgainst(claims: BrowserClaims, { secChUa, secChUaMobile, secChUaPlatform }: ClientHeaders): number {
  if (secChUa === undefined) return 0
  let value = chromiumBrand(secChUa) === claims.chromium ? 0 : FORGED
  if (secChUaMobile !== undefined && (secChUaMobile === '?1') !== claims.mobile) value += DOUBTFUL
  if (secChUaPlatform !== undefined && differ(platformFamily(secChUaPlatform), claims.platform)) value += DOUBTFUL
  return value
}

function pageAgainst({ platform, mobile, language, languages }: Evidence, claims: BrowserClaims, headers: ClientHeaders): number {
  let value = 0
  if (claims.chromium !== undefined && platform.state === 'known' && differ(platformFamily(platform.value), claims.platform)) value += DOUBTFUL
  if (mobile.state === 'known' && headers.secChUaMobile !== undefined && mobile.value !== (headers.secChUaMobile === '?1')) value += DOUBTFUL
  const { acceptLanguage } = headers
  if (acceptLanguage !== undefined && language.state === 'known' && !speaks(acceptLanguage, language.value)) value += ODD
  // Every browser has one at least; a page without any is a page that was told so.
  if (languages.state === 'known' && languages.value === 0) value += ODD
  return value
}

/** The major version of the brand every Chromium lists beside its own; undefined where no such brand is listed. */
const chromiumBrand = memoise((secChUa) => {
  const version = /"Chromium";\s*v="(\d{1,4})/.exec(secChUa)?.[1]
  return version === undefined ? undefined : Number(version)
})

const differ = (one: string | undefined, other: string | undefined): boolean => one !== undefined && other !== undefined && one !== other
