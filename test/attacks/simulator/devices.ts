/** Browsers and addresses: who has which, and which of them many people share. */
import type { Random } from './random.ts'

export interface Device {
  userAgent: string
  acceptLanguage: string
  /** FingerprintJS visitorId; undefined where the browser gives none. */
  fingerprint: string | undefined
}

const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome'
export const DESKTOPS = [
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/156.0.0.0 Safari/537.36`,
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/155.0.0.0 Safari/537.36`,
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/156.0.0.0 Safari/537.36 Edg/156.0.0.0`,
  `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK}/156.0.0.0 Safari/537.36`,
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0',
] as const
const PHONES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
  `Mozilla/5.0 (Linux; Android 10; K) ${BLINK}/156.0.0.0 Mobile Safari/537.36`,
] as const
export const OFFICE_BROWSER = DESKTOPS[2]
export const PRIVATE_BROWSER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const LANGUAGES = ['en-GB,en;q=0.9', 'de-DE,de;q=0.9,en;q=0.8', 'fr-FR,fr;q=0.9,en;q=0.7', 'en-US,en;q=0.9']

export const desktop = (random: Random): Device =>
  ({ userAgent: random.pick(DESKTOPS), acceptLanguage: random.pick(LANGUAGES), fingerprint: random.hex(32) })
export const phone = (random: Random, model?: string): Device =>
  ({ userAgent: random.pick(PHONES), acceptLanguage: random.pick(LANGUAGES), fingerprint: model ?? random.hex(32) })

/** Networks handed out in order, so that no two owners share one unless they mean to. */
export class Addresses {
  readonly #first: number
  #next = 0

  /** @param first octet of the range the networks are taken from */
  constructor(first: number) {
    this.#first = first
  }

  /** `203.0.113` of a /24 nobody else has. */
  network(): string {
    this.#next += 1
    return `${this.#first + Math.floor(this.#next / 60_000)}.${Math.floor(this.#next / 250) % 240}.${this.#next % 250}`
  }

  /** An address with its network to itself. */
  home(): string {
    return `${this.network()}.${17 + (this.#next * 7) % 200}`
  }

  /** As home(), from an IPv6 /64. */
  home6(): string {
    this.#next += 1
    return `2a0${this.#first % 10}:8109:${this.#next.toString(16)}:1::${(1 + this.#next % 9000).toString(16)}`
  }
}
