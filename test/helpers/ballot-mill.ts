/**
 * Makes ready-to-send votes of people who never met: minted sessions, solved work, a hand, a machine and a line of their own.
 * It uses the server’s own tokens under the keys of the master secret, so nothing has to be asked of the server first, and load
 * can be made without the server’s work being part of making it.
 */
import { createHash } from 'node:crypto'
import type { Signals } from '../../server/contract/signals.ts'
import type { Keyring } from '../../server/tokens/keys.ts'
import { SESSION_TTL_MS, mintSession } from '../../server/tokens/session.ts'
import { voterKey } from '../../server/tokens/voter-key.ts'
import { solve } from './solve.ts'

export interface Mill {
  keyring: Keyring
  project: { id: number; publicKey: string; pepper: Buffer }
  origin: string
  /** Leading zero bits of the work. Checking it costs one hash at any difficulty; doing 16 of them a million times takes a day. */
  difficulty: number
  /** Milliseconds since the epoch. Sessions began about a minute before and are good for half an hour. */
  now: number
}

export interface MilledVote {
  method: 'PUT'
  path: string
  headers: Record<string, string>
  body: string
  /** As in votes.voter. */
  voter: string
  itemId: number
}

const AGENT = (system: string, version: number): string =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
const WINDOWS = 'Windows NT 10.0; Win64; x64'
const MACINTOSH = 'Macintosh; Intel Mac OS X 10_15_7'

/** Browsers people use, each in agreement with itself. */
const BROWSERS = [
  { platform: 'Windows', system: WINDOWS, version: 156 },
  { platform: 'Windows', system: WINDOWS, version: 155 },
  { platform: 'macOS', system: MACINTOSH, version: 156 },
  { platform: 'macOS', system: MACINTOSH, version: 155 },
].map(({ platform, system, version }) => ({
  platform,
  headers: {
    'user-agent': AGENT(system, version),
    'sec-ch-ua': `"Chromium";v="${version}", "Google Chrome";v="${version}", "Not/A)Brand";v="24"`,
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': `"${platform}"`,
    'accept': '*/*',
    'accept-language': 'en-GB,en;q=0.9',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
  },
}))

/** Lines of British homes: 24 576 networks of 254 addresses, no data centre among them (by the bundled data). */
const NETWORKS = [{ first: 86, from: 128, blocks: 64 }, { first: 81, from: 128, blocks: 32 }].flatMap(({ first, from, blocks }) =>
  Array.from({ length: blocks * 256 }, (_, n) => `${first}.${from + (n >> 8)}.${n & 255}`))

/** Of person number `person`. Neighbours in number are not neighbours on the line: clockwork arrivals would be a sign of a machine. */
export function addressOf(person: number): string {
  const bytes = bytesOf(person)
  return `${NETWORKS[bytes.readUInt32BE(60) % NETWORKS.length]}.${1 + (bytes.readUInt16BE(58) % 254)}`
}

/** What the browser of person number `person` sends with every call, and the address its proxy vouches for. */
export function headersOf(person: number, origin: string): Record<string, string> {
  return { ...browserOf(person).headers, origin, 'x-forwarded-for': addressOf(person) }
}

/** The same person gives the same vote, whenever: their number is their seed. Value 1 where none is given. */
export function millVote(mill: Mill, person: number, itemId: number, value: 0 | 1 = 1): MilledVote {
  const { keyring, project, origin, difficulty } = mill
  const bytes = bytesOf(person)
  const random = randomOf(bytes)
  const issuedAt = mill.now - 60_000 + Math.floor(random() * 20_000)
  const nonce = bytes.toString('base64url', 0, 12)
  const voter = voterKey(project.pepper, 'device', bytes.toString('base64url', 12, 28))
  const session = mintSession(keyring.session, {
    projectId: project.id, origin, issuedAt, expiresAt: issuedAt + SESSION_TTL_MS, device: voter, deviceSince: issuedAt, difficulty,
  }, nonce)
  const body = JSON.stringify({
    value, session, fingerprint: bytes.toString('hex', 28, 44), signals: signalsOf(person, bytes, random),
    solution: solve({ nonce, difficulty }, String(itemId)),
  })
  return {
    method: 'PUT', path: `/api/widget/v1/${project.publicKey}/items/${itemId}/vote`,
    headers: { ...headersOf(person, origin), 'content-type': 'application/json' }, body, voter, itemId,
  }
}

/** As it goes over the wire on a connection that is kept. */
export function wireOf({ method, path, headers, body }: { method: string; path: string; headers: Record<string, string>; body?: string }): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines}${length}\r\n${body ?? ''}`
}

/** 64 bytes: nonce 12, device 16, fingerprint 16, core 14, line 6. */
const bytesOf = (person: number): Buffer => createHash('sha512').update(`person ${person}`).digest()
const browserOf = (person: number): (typeof BROWSERS)[number] => BROWSERS[person % BROWSERS.length] as (typeof BROWSERS)[number]

/** A person with a mouse, as test/helpers/person.ts has them. */
function signalsOf(person: number, bytes: Buffer, random: () => number): Signals {
  const between = (low: number, high: number, digits = 1): number => Number((low + random() * (high - low)).toFixed(digits))
  return {
    webdriver: false, automationGlobals: false, workerMismatch: false, trusted: true, visible: true, input: 'mouse', pressure: 0.5,
    dwellMs: between(2000, 9000), firstInputMs: between(900, 1900), pressMs: between(60, 140), hoverMs: between(120, 800),
    moves: 40 + Math.floor(random() * 50), coalescedMoves: 90 + Math.floor(random() * 80), straightness: between(0.6, 0.95, 4),
    offCentre: between(0.1, 0.7, 3), pathHash: bytes.toString('hex', 36, 44), keys: 0, scrolls: Math.floor(random() * 6), languages: 2,
    language: 'en-GB', platform: browserOf(person).platform, mobile: false, timezoneOffset: 0, timeZone: 'Europe/London',
    core: bytes.toString('hex', 44, 58),
  }
}

/** mulberry32: quick and even enough for figures that only must differ. */
function randomOf(bytes: Buffer): () => number {
  let state = bytes.readUInt32BE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
