/**
 * Who has which browser on which machine, and who shares what with whom. A *core* is a hash of what the machine is; a
 * visitorId changes with language, time zone, screen and system version as well, and neither is anybody’s own: laptops
 * from one image and phones of one model share them.
 */
import { type BrowserKind, acceptLanguage, blink, firefox, safari } from './browsers.ts'
import type { Place } from './places.ts'
import type { Random } from './random.ts'

export interface Device {
  userAgent: string
  /** Everything else the browser sends by itself, Accept-Language among it. */
  headers: Readonly<Record<string, string>>
  languages: readonly string[]
  platform: string
  mobile: boolean | undefined
  timeZone: string
  /** FingerprintJS visitorId; undefined where the browser gives none. */
  fingerprint: string | undefined
  core: string | undefined
}

/** A configuration of hardware, system and engine, as thousands of machines have it. */
export interface Machine {
  core: string
  browsers: readonly BrowserKind[]
}

const WINDOWS = [blink('windows'), blink('windows', 'Google Chrome', 155), blink('windows', 'Microsoft Edge')]
const MACOS = [blink('macos'), blink('macos', 'Google Chrome', 155)]
const DESKTOPS = 150
const MODELS = 30
/** Desktops put together by their owners, with a core nobody else has. */
const UNIQUE = 0.25

export const OFFICE_BROWSER = blink('windows', 'Microsoft Edge')
/** Fingerprinting protection: everybody’s facts are the same ones. */
const PRIVATE_BROWSER = firefox('windows', 140)
const PRIVATE_ZONE = 'Atlantic/Reykjavik'

/** The machines there are in this world: whoever visits, and whoever attacks, has one of them. */
export class Machines {
  readonly #desktops: readonly Machine[]
  readonly #phones: readonly Machine[]

  constructor(random: Random) {
    this.#desktops = Array.from({ length: DESKTOPS }, () => desktopOf(random))
    this.#phones = Array.from({ length: MODELS }, (_, rank) =>
      ({ core: random.hex(32), browsers: rank % 5 < 2 ? [safari('ios'), safari('ios', '26.0')] : [blink('android'), blink('android', 'Google Chrome', 155)] }))
  }

  desktopMachine(random: Random): Machine {
    return random.chance(UNIQUE) ? desktopOf(random) : byRank(random, this.#desktops)
  }
  phoneModel(random: Random): Machine {
    return byRank(random, this.#phones)
  }
  /** As many machines have it. */
  popularDesktop(random: Random): Machine {
    return byRank(random, this.#desktops)
  }

  desktop(random: Random, place: Place): Device {
    return deviceOf(random, this.desktopMachine(random), place)
  }
  phone(random: Random, place: Place): Device {
    return deviceOf(random, this.phoneModel(random), place, 3)
  }
}

/** Popularity falls as one over the rank. */
function byRank(random: Random, machines: readonly Machine[]): Machine {
  const total = machines.reduce((sum, _, index) => sum + 1 / (index + 1), 0)
  let left = random.next() * total
  return machines.find((_, index) => (left -= 1 / (index + 1)) < 0) ?? machines[0] as Machine
}

/** Of a hundred: 62 Windows with Blink, 16 macOS with Blink, 9 Safari, 7 and 3 Firefox, 3 Linux with Blink. */
export function desktopOf(random: Random): Machine {
  const draw = random.below(100)
  const browsers = draw < 62 ? WINDOWS
    : draw < 78 ? MACOS
      : draw < 87 ? [safari('macos')]
        : draw < 94 ? [firefox('windows')]
          : draw < 97 ? [firefox('linux')] : [blink('linux')]
  return { core: random.hex(32), browsers }
}

/** @param variants screens, or versions of the system, that change the visitorId and not the core */
export function deviceOf(random: Random, machine: Machine, place: Place, variants = 6): Device {
  const browser = random.pick(machine.browsers)
  const timeZone = random.pick(place.timeZones)
  const variant = Math.floor(variants * random.next() ** 2)
  return dress(browser, place.languages, timeZone, { core: machine.core, fingerprint: visitorId(machine.core, browser.engine, place.languages.join(), timeZone, variant) })
}

/** A browser with its headers and facts, and whatever identity it shows. */
export function dress(
  browser: BrowserKind, languages: readonly string[], timeZone: string, shown: { core: string | undefined; fingerprint: string | undefined },
): Device {
  const { userAgent, headers, platform, mobile, engine } = browser
  return {
    userAgent, platform, mobile, timeZone, languages: engine === 'webkit' ? languages.slice(0, 1) : languages,
    headers: { ...headers, 'accept-language': acceptLanguage(engine, languages) }, ...shown,
  }
}

/** One image on every laptop: the same browser, core and visitorId, down to the screen. */
export function officeImage(random: Random, place: Place): Device {
  return deviceOf(random, { core: random.hex(32), browsers: [OFFICE_BROWSER] }, place, 1)
}

export function privateBrowser(): Device {
  return {
    ...dress(PRIVATE_BROWSER, ['en-US', 'en'], PRIVATE_ZONE, { core: undefined, fingerprint: undefined }),
    headers: { ...PRIVATE_BROWSER.headers, 'accept-language': 'en-US,en;q=0.5' },
  }
}

/** One machine whose driver claims another browser, system and screen each time: consistent headers, the same core. */
export function disguised(random: Random, device: Device, place: Place): Device {
  const browser = random.pick([...WINDOWS, ...MACOS, blink('linux'), blink('android')])
  return dress(browser, place.languages, device.timeZone, { core: device.core, fingerprint: random.hex(32) })
}

/** 128 bits of FNV-1a over the parts: equal parts, equal id. */
function visitorId(...parts: readonly (string | number)[]): string {
  const text = parts.join('|')
  return Array.from({ length: 4 }, (_, word) => {
    let state = 0x811c9dc5 ^ (word * 0x9e3779b1)
    for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
    return (Math.imul(state ^ (state >>> 16), 0x85ebca6b) >>> 0).toString(16).padStart(8, '0')
  }).join('')
}
