/**
 * Full load from everywhere: ever new voters in a closed loop, people who open the board, read it and come back, and attackers of every
 * cheap kind from ever new addresses, so that everything the server remembers, all of it bounded, gets full.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { voterKey } from '../../server/tokens/voter-key.ts'
import { addressOf, headersOf, millVote } from '../helpers/ballot-mill.ts'
import type { Subject } from './subject.ts'
import { userTokenOf } from './visits.ts'
import { NoAnswer, Wire, type WireRequest } from './wire.ts'

export interface Crowd {
  /** Votes of honest people that were answered 200. */
  readonly voted: number
  /** Whose votes were answered 200, the attackers’ among them, as `item:voter`: each is of somebody new, so each is a row. */
  readonly acknowledged: ReadonlySet<string>
  readonly requests: number
  /** Answers nobody may get, by what they were: 5xx, or a good vote refused. */
  readonly faults: ReadonlyMap<string, number>
  /** Statuses by what was asked: `vote 200`, `attack 404`, `attack-vote 200`. */
  readonly answers: ReadonlyMap<string, number>
  end(): Promise<void>
}

const VERIFIED_EVERY = 16
/** Votes come as fast as they are answered; everybody else leaves room for them. */
const PAUSES_MS = { visit: 20, read: 4, attack: 4 }
const CRAWLED = ['/wp-login.php', '/.env', '/.git/config', '/phpmyadmin/', '/api/v1/users', '/admin', '/../../etc/passwd', '/vendor/phpunit/eval-stdin.php']

const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

export function startCrowd(subject: Subject, { voters }: { voters: number }): Crowd {
  const { mill, items, port } = subject
  const board = `/api/widget/v1/${mill.project.publicKey}`
  const faults = new Map<string, number>()
  const answers = new Map<string, number>()
  let people = 0
  let machines = 0
  const acknowledged = new Set<string>()
  let voted = 0
  let requests = 0
  const over = new AbortController()

  const ask = async (wire: Wire, kind: string, request: WireRequest): Promise<{ status: number; etag: string | undefined; body: string } | undefined> => {
    requests += 1
    try {
      const { status, body, headers } = await wire.send(request)
      add(answers, `${kind} ${status}`)
      // Under load the server may ask to come back; of itself nothing may go wrong.
      if (status >= 500 && status !== 503) add(faults, `${kind} ${status} ${body.slice(0, 120)}`)
      if (status === 503 || status === 429) await sleep(20)
      return { status, body, etag: headers.get('etag') }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      add(faults, `${kind} ${error.kind}: ${error.message}`)
      await sleep(100)
      return undefined
    }
  }

  const vote = async (wire: Wire): Promise<void> => {
    const person = (people += 1)
    const now = Date.now()
    const milled = millVote({ ...mill, now }, person, items[person % items.length] as number)
    let { voter } = milled
    let request: WireRequest = milled
    if (person % VERIFIED_EVERY === 0) {
      const sub = createHash('sha256').update(String(person)).digest('hex').slice(0, 16)
      voter = voterKey(mill.project.pepper, 'verified', sub)
      request = { ...request, body: JSON.stringify({ ...(JSON.parse(request.body ?? '') as object), userToken: userTokenOf(subject, sub, now) }) }
    }
    const answer = await ask(wire, 'vote', request)
    if (answer?.status === 200) {
      voted += 1
      acknowledged.add(`${milled.itemId}:${voter}`)
    } else if (answer !== undefined && answer.status !== 503) add(faults, `vote ${answer.status} ${answer.body.slice(0, 120)}`)
  }
  const visit = async (wire: Wire): Promise<void> => {
    const headers = { ...headersOf(1e9 + Math.floor(Math.random() * 1e9), mill.origin), 'content-type': 'application/json' }
    const first = await ask(wire, 'session', { method: 'POST', path: `${board}/sessions`, headers, body: '{}' })
    if (first?.status !== 201) return
    const { deviceToken } = JSON.parse(first.body) as { deviceToken: string }
    await ask(wire, 'session', { method: 'POST', path: `${board}/sessions`, headers, body: JSON.stringify({ deviceToken }) })
    await sleep(PAUSES_MS.visit)
  }
  const read = async (wire: Wire): Promise<void> => {
    const headers = headersOf(2e9 + Math.floor(Math.random() * 1e9), mill.origin)
    const answer = await ask(wire, 'board', { method: 'GET', path: `${board}/board`, headers })
    if (answer?.etag !== undefined) await ask(wire, 'board', { method: 'GET', path: `${board}/board`, headers: { ...headers, 'if-none-match': answer.etag } })
    await sleep(PAUSES_MS.read)
  }
  const attack = async (wire: Wire): Promise<void> => {
    const { request, voter } = attackOf(subject, (machines += 1))
    const answer = await ask(wire, request.method === 'PUT' ? 'attack-vote' : 'attack', request)
    if (voter !== undefined && answer?.status === 200) acknowledged.add(voter)
    await sleep(PAUSES_MS.attack)
  }

  const work = async (act: (wire: Wire) => Promise<void>): Promise<void> => {
    const wire = new Wire(port)
    while (!over.signal.aborted) await act(wire)
    wire.close()
  }
  const several = (count: number, act: (wire: Wire) => Promise<void>): Promise<void>[] => Array.from({ length: count }, () => work(act))
  const workers = [...several(voters, vote), ...several(2, visit), ...several(2, read), ...several(4, attack)]
  return {
    faults, answers, acknowledged,
    get voted() {
      return voted
    },
    get requests() {
      return requests
    },
    end: async () => {
      over.abort()
      await Promise.all(workers)
    },
  }
}

interface Attack {
  request: WireRequest
  /** Who votes by it and for what, as `item:voter`, where it may be answered 200. */
  voter?: string
}

/** One of the things people try, from an address that has hardly been heard of. No two attacks have a number in common. */
function attackOf(subject: Subject, number: number): Attack {
  const { mill } = subject
  const board = `/api/widget/v1/${mill.project.publicKey}`
  const bytes = randomBytes(16)
  const hex = bytes.toString('hex')
  const stranger = bytes.readUInt32BE(0)
  // Every second one has IPv6, and all of a /48 of its own.
  const address = stranger % 2 === 0 ? addressOf(stranger) : `2a02:${hex.slice(0, 4)}:${hex.slice(4, 8)}:${hex.slice(8, 12)}::1`
  const headers = { ...headersOf(stranger, mill.origin), 'x-forwarded-for': address, 'content-type': 'application/json' }
  const post = (path: string, body: object, more: Record<string, string> = {}): WireRequest =>
    ({ method: 'POST', path, headers: { ...headers, ...more }, body: JSON.stringify(body) })
  const forged = userTokenOf({ mill, identity: { kid: subject.identity.kid, secret: 'not the customer’s' } }, hex, Date.now())
  switch (stranger % 9) {
    case 0: return { request: { method: 'GET', path: `${board}/board`, headers: { ...headers, origin: `https://${hex.slice(0, 8)}.example` } } }
    case 1: return { request: { method: 'GET', path: `/api/widget/v1/pk_${hex.slice(0, 16)}/board`, headers } }
    case 2: return { request: post(`${board}/sessions`, { userToken: forged }) }
    case 3: return { request: post(`${board}/sessions`, { deviceToken: `${hex}.${hex}` }) }
    case 4: return { request: { ...post(`${board}/items/1/vote`, { value: 1, session: `${hex}.${hex}` }), method: 'PUT' } }
    case 5: return { request: { method: 'GET', path: `${CRAWLED[stranger % CRAWLED.length] ?? '/'}?${hex}`, headers: { ...headers, 'user-agent': `scanner/${hex}` } } }
    case 6: return { request: { method: 'GET', path: '/api/security/v1/events', headers: { ...headers, authorization: `Bearer ttop_${hex}` } } }
    case 7: return { request: post('/api/operator/v1/session', { name: `guess ${hex}`, password: hex }) }
    default: {
      // A machine that votes: its gesture and its fingerprint are new each time, its hurry is not.
      const vote = millVote({ ...mill, now: Date.now() }, 3e9 + number, subject.items[0] as number)
      const body = JSON.parse(vote.body) as { signals: object }
      const signals = { ...body.signals, webdriver: true, trusted: false }
      return { request: { ...vote, headers: { ...vote.headers, 'x-forwarded-for': address }, body: JSON.stringify({ ...body, signals }) }, voter: `${vote.itemId}:${vote.voter}` }
    }
  }
}
