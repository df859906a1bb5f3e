/** What a User-Agent claims to be, as far as other headers and the page can contradict it. */
import { memoise } from './memoise.ts'

/** Coarse on purpose. “Desktop site” on Android claims Linux, which Android is, and an iPad claims to be a Mac. */
export type PlatformFamily = 'windows' | 'apple' | 'linux'

export interface BrowserClaims {
  /** Begins as every browser has for thirty years. */
  browser: boolean
  /** Chromium’s major version; undefined for other engines, such as everything on iOS. */
  chromium: number | undefined
  platform: PlatformFamily | undefined
  mobile: boolean
  /** Android WebView: apps change its headers as they like. */
  webView: boolean
}

export const claimsOf: (userAgent: string) => BrowserClaims = memoise((userAgent) => {
  const version = /\b(?:Headless)?Chrom(?:e|ium)\/(\d{1,4})/.exec(userAgent)?.[1]
  return {
    browser: userAgent.startsWith('Mozilla/5.0 ('),
    chromium: version === undefined ? undefined : Number(version),
    platform: platformFamily(userAgent),
    mobile: /\bMobile\b/.test(userAgent),
    webView: /; wv\)|\bVersion\/4\.0 Chrome\//.test(userAgent),
  }
})

/** From a User-Agent, a Sec-CH-UA-Platform, navigator.platform or navigator.userAgentData.platform. */
export const platformFamily: (text: string) => PlatformFamily | undefined = memoise((text) => {
  if (/\bWin(?:dows|32|64)\b/i.test(text)) return 'windows'
  if (/\b(?:Mac(?:intosh|Intel|OS|PPC|ARM)?|iPhone|iPad|iPod|iOS)\b/i.test(text)) return 'apple'
  return /\b(?:Linux|Android|X11|CrOS|Chrom(?:e|ium) ?OS)\b/i.test(text) ? 'linux' : undefined
})
