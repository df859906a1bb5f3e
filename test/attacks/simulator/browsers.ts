/** What each browser says of itself by itself: header by header and fact by fact, as they do in late 2026. */

export type Engine = 'blink' | 'webkit' | 'gecko'
export type System = 'windows' | 'macos' | 'linux' | 'ios' | 'android'

export interface BrowserKind {
  engine: Engine
  system: System
  userAgent: string
  /** Sent with every cross-site fetch; Accept-Language is the person’s. */
  headers: Readonly<Record<string, string>>
  /** navigator.userAgentData.platform, or navigator.platform where there is none. */
  platform: string
  /** navigator.userAgentData.mobile; undefined where there is none. */
  mobile: boolean | undefined
}

const CROSS_SITE_FETCH = { 'accept': '*/*', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const HINTED = { windows: 'Windows', macos: 'macOS', linux: 'Linux', android: 'Android' } as const
const BLINK_SYSTEMS = {
  windows: 'Windows NT 10.0; Win64; x64', macos: 'Macintosh; Intel Mac OS X 10_15_7', linux: 'X11; Linux x86_64', android: 'Linux; Android 10; K',
} as const

/** The same shuffling of brands and blanks that Chromium does, seeded by its version. */
function brandList(version: number, brand: string): string {
  const odd = [' ', '(', ':', '-', '.', '/', ')', ';', '=', '?', '_']
  const blank = `"Not${odd[version % odd.length] ?? ''}A${odd[(version + 1) % odd.length] ?? ''}Brand";v="${['8', '99', '24'][version % 3] ?? ''}"`
  const engine = `"Chromium";v="${version}"`
  const own = `"${brand}";v="${version}"`
  const orders = [[blank, engine, own], [blank, own, engine], [engine, blank, own], [own, blank, engine], [engine, own, blank], [own, engine, blank]]
  return (orders[version % orders.length] ?? []).join(', ')
}

export function blink(system: keyof typeof HINTED, brand: 'Google Chrome' | 'Microsoft Edge' = 'Google Chrome', version = 156): BrowserKind {
  const mobile = system === 'android'
  const suffix = brand === 'Microsoft Edge' ? ` Edg/${version}.0.0.0` : ''
  return {
    engine: 'blink', system, platform: HINTED[system], mobile,
    userAgent: `Mozilla/5.0 (${BLINK_SYSTEMS[system]}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 ${mobile ? 'Mobile ' : ''}Safari/537.36${suffix}`,
    headers: {
      ...CROSS_SITE_FETCH, 'accept-encoding': 'gzip, deflate, br, zstd',
      'sec-ch-ua': brandList(version, brand), 'sec-ch-ua-mobile': mobile ? '?1' : '?0', 'sec-ch-ua-platform': `"${HINTED[system]}"`,
    },
  }
}

export function safari(system: 'macos' | 'ios', version = '26.1'): BrowserKind {
  return {
    engine: 'webkit', system, platform: system === 'ios' ? 'iPhone' : 'MacIntel', mobile: undefined,
    userAgent: system === 'ios'
      ? `Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Mobile/15E148 Safari/604.1`
      : `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`,
    headers: { ...CROSS_SITE_FETCH, 'accept-encoding': 'gzip, deflate, br' },
  }
}

export function firefox(system: 'windows' | 'macos' | 'linux', version = 148): BrowserKind {
  const names = { windows: 'Windows NT 10.0; Win64; x64', macos: 'Macintosh; Intel Mac OS X 10.15', linux: 'X11; Linux x86_64' }
  return {
    engine: 'gecko', system, platform: { windows: 'Win32', macos: 'MacIntel', linux: 'Linux x86_64' }[system], mobile: undefined,
    userAgent: `Mozilla/5.0 (${names[system]}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
    headers: { ...CROSS_SITE_FETCH, 'accept-encoding': 'gzip, deflate, br, zstd' },
  }
}

/** Quality values as each engine writes them; Safari names only the first language and its family. */
export function acceptLanguage(engine: Engine, languages: readonly string[]): string {
  if (engine === 'webkit') return languages.slice(0, 2).map((tag, index) => (index === 0 ? tag : `${tag};q=0.9`)).join(',')
  const step = engine === 'gecko' ? 1 / languages.length : 0.1
  const digits = engine === 'gecko' && languages.length > 9 ? 2 : 1
  return languages.map((tag, index) => (index === 0 ? tag : `${tag};q=${(1 - index * step).toFixed(digits)}`)).join(',')
}
