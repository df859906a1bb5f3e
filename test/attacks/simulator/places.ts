/**
 * Where people and machines connect from: networks that these kinds of owner really announce, so that country and kind of
 * network mean what they mean in life. Nothing is ever sent to them; they stand in X-Forwarded-For on the loopback only.
 */

export interface Place {
  /** ISO 3166-1 alpha-2, as the bundled database has it (simulator.test.ts compares). */
  country: string
  timeZones: readonly string[]
  /** navigator.languages of most people there; the first is the browser’s own. */
  languages: readonly string[]
  /** CIDRs of /16 and wider. */
  v4: readonly string[]
  /** First 32 bits of IPv6 blocks. */
  v6: readonly string[]
  /** How many of those who connect from somewhere connect from here, relative to the others. */
  weight: number
}

/** Broadband in the countries where most of the customer’s people live: Telekom; Orange, Free; BT; Comcast. */
export const CUSTOMER_HOMES: readonly Place[] = [
  {
    country: 'DE', timeZones: ['Europe/Berlin'], languages: ['de-DE', 'de', 'en-US', 'en'],
    v4: ['79.192.0.0/10', '91.0.0.0/10', '93.192.0.0/10'], v6: ['2003:c0', '2003:d0', '2003:e0'], weight: 8,
  },
  {
    country: 'FR', timeZones: ['Europe/Paris'], languages: ['fr-FR', 'fr', 'en-US', 'en'],
    v4: ['82.64.0.0/14', '93.0.0.0/11'], v6: ['2a01:cb00', '2a01:e0a'], weight: 3,
  },
  {
    country: 'GB', timeZones: ['Europe/London'], languages: ['en-GB', 'en-US', 'en'],
    v4: ['86.128.0.0/10', '81.128.0.0/11'], v6: ['2a00:23c4', '2a00:23c6'], weight: 3,
  },
  {
    country: 'US', timeZones: ['America/New_York', 'America/New_York', 'America/Chicago', 'America/Los_Angeles'], languages: ['en-US', 'en'],
    v4: ['73.0.0.0/8', '98.192.0.0/10'], v6: ['2601:100', '2601:600'], weight: 4,
  },
]

/** A mobile carrier’s gateways: Vodafone in Germany. */
export const CARRIER: readonly Place[] = [
  { country: 'DE', timeZones: ['Europe/Berlin'], languages: ['de-DE', 'de', 'en-US', 'en'], v4: ['109.40.0.0/13'], v6: [], weight: 1 },
]

/** Lines that a seller of “residential proxies” lets: people’s own, in many countries, the customer’s among them. */
export const PROXIES: readonly Place[] = [
  { country: 'ID', timeZones: ['Asia/Jakarta'], languages: ['id-ID', 'id', 'en-US', 'en'], v4: ['36.64.0.0/11'], v6: [], weight: 3 },
  { country: 'VN', timeZones: ['Asia/Ho_Chi_Minh'], languages: ['vi-VN', 'vi', 'en-US', 'en'], v4: ['171.224.0.0/11', '113.160.0.0/11'], v6: [], weight: 3 },
  { country: 'TR', timeZones: ['Europe/Istanbul'], languages: ['tr-TR', 'tr', 'en-US', 'en'], v4: ['78.160.0.0/11', '88.224.0.0/11'], v6: [], weight: 2 },
  { country: 'RU', timeZones: ['Europe/Moscow'], languages: ['ru-RU', 'ru', 'en-US', 'en'], v4: ['95.24.0.0/13', '178.64.0.0/13'], v6: [], weight: 2 },
  { country: 'TH', timeZones: ['Asia/Bangkok'], languages: ['th-TH', 'th'], v4: ['171.96.0.0/13', '58.8.0.0/14'], v6: [], weight: 2 },
  { country: 'PL', timeZones: ['Europe/Warsaw'], languages: ['pl-PL', 'pl', 'en-US', 'en'], v4: ['83.0.0.0/11'], v6: [], weight: 2 },
  { country: 'ES', timeZones: ['Europe/Madrid'], languages: ['es-ES', 'es'], v4: ['83.32.0.0/11', '88.0.0.0/11'], v6: [], weight: 2 },
  { country: 'IT', timeZones: ['Europe/Rome'], languages: ['it-IT', 'it', 'en-US', 'en'], v4: ['79.0.0.0/10', '87.0.0.0/12'], v6: [], weight: 2 },
  { country: 'DE', timeZones: ['Europe/Berlin'], languages: ['de-DE', 'de', 'en-US', 'en'], v4: ['217.224.0.0/11', '84.128.0.0/10'], v6: [], weight: 3 },
  { country: 'GB', timeZones: ['Europe/London'], languages: ['en-GB', 'en-US', 'en'], v4: ['109.144.0.0/12'], v6: [], weight: 2 },
  { country: 'US', timeZones: ['America/New_York', 'America/Chicago', 'America/Los_Angeles'], languages: ['en-US', 'en'], v4: ['24.0.0.0/12', '76.96.0.0/11'], v6: [], weight: 4 },
]

/** Where attackers sit themselves, with a line of their own. */
export const ATTACKER_HOMES: readonly Place[] = [
  { country: 'DE', timeZones: ['Europe/Berlin'], languages: ['de-DE', 'de', 'en-US', 'en'], v4: ['87.128.0.0/10'], v6: [], weight: 1 },
]

/** Rented servers: Hetzner, OVH, DigitalOcean, AWS. */
export const DATA_CENTRES: readonly Place[] = [
  { country: 'DE', timeZones: ['UTC'], languages: ['en-US', 'en'], v4: ['88.198.0.0/16', '116.202.0.0/15', '135.181.0.0/16'], v6: [], weight: 3 },
  { country: 'FR', timeZones: ['UTC'], languages: ['en-US', 'en'], v4: ['51.68.0.0/16', '51.75.0.0/16'], v6: [], weight: 2 },
  { country: 'US', timeZones: ['UTC'], languages: ['en-US', 'en'], v4: ['134.209.0.0/16', '159.65.0.0/16', '167.99.0.0/16'], v6: [], weight: 3 },
  { country: 'US', timeZones: ['UTC'], languages: ['en-US', 'en'], v4: ['18.184.0.0/15', '35.156.0.0/14'], v6: [], weight: 2 },
]

/** Exits of VPN services: M247, Datacamp. */
export const VPN_EXITS: readonly Place[] = [
  { country: 'RO', timeZones: ['Europe/Bucharest'], languages: ['ro-RO', 'ro', 'en-US', 'en'], v4: ['146.70.64.0/18'], v6: [], weight: 1 },
  { country: 'GB', timeZones: ['Europe/London'], languages: ['en-GB', 'en'], v4: ['89.187.160.0/19'], v6: [], weight: 1 },
]
