/**
 * The browser’s family and platform, coarse on purpose: it survives updates, and is part of a fingerprint’s bucket. The first that
 * matches. The database reads these expressions too (db/queries/hourly-dimensions.ts): nothing in them that PostgreSQL does not know.
 */
export const FAMILIES: readonly [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, 'edge'],
  [/OPR\/|Opera/, 'opera'],
  [/SamsungBrowser\//, 'samsung'],
  [/Firefox\/|FxiOS\//, 'firefox'],
  [/Chrome\/|CriOS\/|Chromium\//, 'chrome'],
  [/Safari\//, 'safari'],
]
export const PLATFORMS: readonly [RegExp, string][] = [
  [/Android/, 'android'],
  [/iPhone|iPad|iPod/, 'ios'],
  [/Windows/, 'windows'],
  [/Macintosh/, 'macos'],
  [/CrOS/, 'chromeos'],
  [/Linux|X11/, 'linux'],
]

/** `chrome/windows`, `safari/ios`, `other/other`. */
export function userAgentFamily(userAgent: string | undefined): string {
  const text = userAgent ?? ''
  const name = (table: readonly [RegExp, string][]): string => table.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
  return `${name(FAMILIES)}/${name(PLATFORMS)}`
}
