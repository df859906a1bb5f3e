/**
 * Recognises user ids that count up by one in the order they come: user-1001, user-1002, … A list of accounts somebody
 * made, being worked through. Digits may stand anywhere in the id and be zero-padded; others may come in between.
 *
 * What it cannot tell apart: people who sign up on the spot and vote at once come in the order their ids were given out.
 * Hence one reason among others for the policy, never one that stands alone. People who signed up some other day come in
 * any order; of 400 neighbours voting in random order, runs of five are one in a thousand launches (see the test).
 *
 * Ids are kept only as a keyed hash of their shape, with the number. Bounded: the one heard of longest ago is forgotten.
 */
import { createHmac, randomBytes } from 'node:crypto'

const HORIZON_MS = 24 * 3_600_000
/** Of ids of one shape, so many at most may come between a number and the next: a launch is full of chance neighbours. */
const BETWEEN = 16
const LONGEST_ID = 200
/** Of an e-mail address with several numbers, each one might be the one that counts. More of them are a UUID or a hash. */
const MOST_NUMBERS = 4
/** As far as numbers are exact. */
const MOST_DIGITS = 15

interface Seen {
  run: number
  /** How many ids of its shape had come when this one did. */
  place: number
  at: number
}

export class UserSequenceMemory {
  readonly #ids = new Map<string, Seen>()
  readonly #shapes = new Map<string, number>()
  readonly #maxIds: number
  readonly #key: Buffer
  #saturations = 0

  constructor(maxIds: number, key: Buffer = randomBytes(32)) {
    this.#maxIds = maxIds
    this.#key = key
  }

  get size(): number {
    return this.#ids.size
  }

  /** Ids forgotten within a day, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /** The length of the run this id stands in: 1 where its predecessor did not come shortly before. undefined: no number in it. */
  show(project: number, sub: string, now: number): number | undefined {
    const runs = numbersIn(sub).map(({ shape, number }) => this.#place(`${project}:${this.#hash(shape)}`, number, now))
    return runs.length === 0 ? undefined : Math.max(...runs)
  }

  #place(shape: string, number: number, now: number): number {
    const key = `${shape}:${number}`
    const known = this.#ids.get(key)
    // Voting again is not coming anew: it neither extends a run nor moves in it.
    if (known !== undefined && now - known.at <= HORIZON_MS) return known.run

    const place = (this.#shapes.get(shape) ?? 0) + 1
    this.#keep(this.#shapes, shape, place)
    const before = this.#ids.get(`${shape}:${number - 1}`)
    const follows = before !== undefined && now - before.at <= HORIZON_MS && place - before.place <= BETWEEN + 1 && place > before.place
    const run = follows ? before.run + 1 : 1
    const [oldest] = this.#ids
    if (this.#ids.size >= this.#maxIds && oldest !== undefined && now - oldest[1].at <= HORIZON_MS) this.#saturations += 1
    this.#keep(this.#ids, key, { run, place, at: now })
    return run
  }

  /** Last in its map, and the first one gone if there is no room. */
  #keep<T>(map: Map<string, T>, key: string, value: T): void {
    map.delete(key)
    if (map.size >= this.#maxIds) {
      const [oldest] = map.keys()
      if (oldest !== undefined) map.delete(oldest)
    }
    map.set(key, value)
  }

  #hash(shape: string): string {
    return createHmac('sha256', this.#key).update(shape).digest('base64url').slice(0, 22)
  }
}

/** Each number in the id, with the id around it. */
function numbersIn(sub: string): { shape: string; number: number }[] {
  if (sub.length > LONGEST_ID) return []
  const numbers = [...sub.matchAll(/\d+/g)]
  if (numbers.length > MOST_NUMBERS) return []
  return numbers.filter(([digits]) => digits.length <= MOST_DIGITS).map((match) => ({
    shape: `${sub.slice(0, match.index)}\0${sub.slice(match.index + match[0].length)}`,
    number: Number(match[0]),
  }))
}
