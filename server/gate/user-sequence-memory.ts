/**
 * Recognises user ids that count up by one in the order they come: user-1001, user-1002, … A list of accounts somebody
 * made, being worked through. Digits may stand anywhere in the id and be zero-padded; others may come in between.
 *
 * What it cannot tell apart: people who sign up on the spot and vote at once come in the order their ids were given out.
 * Hence one reason among others for the policy, never one that stands alone. People who signed up some other day come in
 * any order; of 400 neighbours voting in random order, runs of five are one in a thousand launches (see the test).
 *
 * Ids are kept only as a keyed hash. Bounded: the one heard of longest ago is forgotten.
 */
import { fit } from './hash-index.ts'
import { KeyHash } from './key-hash.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

const HORIZON_MS = 24 * 3_600_000
/** Of ids of one shape, so many at most may come between a number and the next: a launch is full of chance neighbours. */
const BETWEEN = 16
const LONGEST_ID = 200
/** Of an e-mail address with several numbers, each one might be the one that counts. More of them are a UUID or a hash. */
const MOST_NUMBERS = 4
/** As far as numbers are exact. */
const MOST_DIGITS = 15

export class UserSequenceMemory {
  readonly #maxIds: number
  readonly #ids: KeyMemory
  /** By id: the run it stands in, and how many ids of its shape had come when it did. */
  #runs = new Int32Array(LEAST)
  #places = new Int32Array(LEAST)
  readonly #shapes: KeyMemory
  /** By shape: how many ids have come. */
  #come = new Int32Array(LEAST)
  readonly #hash: KeyHash

  constructor(maxIds: number, hash: KeyHash = new KeyHash()) {
    this.#maxIds = maxIds
    this.#ids = new KeyMemory(maxIds, HORIZON_MS)
    this.#shapes = new KeyMemory(maxIds, HORIZON_MS)
    this.#hash = hash
  }

  get size(): number {
    return this.#ids.size
  }

  /** Ids forgotten within a day, to make room. */
  get saturations(): number {
    return this.#ids.saturations
  }

  /** The length of the run this id stands in: 1 where its predecessor did not come shortly before. undefined: no number in it. */
  show(project: number, sub: string, now: number): number | undefined {
    const runs = numbersIn(sub).map(({ shape, number }) => this.#place(shape, project, number, now))
    return runs.length === 0 ? undefined : Math.max(...runs)
  }

  #place(shape: string, project: number, number: number, now: number): number {
    this.#hash.take(shape, project, 0)
    const { high, low } = this.#hash
    const known = this.#ids.find(String(number), high, low)
    // Voting again is not coming anew: it neither extends a run nor moves in it.
    if (known >= 0 && now - this.#ids.at(known) <= HORIZON_MS) return this.#runs[known] as number

    const shapeSlot = this.#shapes.keep(now, shape, project)
    this.#come = fit(this.#come, shapeSlot, this.#maxIds)
    const place = this.#shapes.before === -Infinity ? 1 : (this.#come[shapeSlot] as number) + 1
    this.#come[shapeSlot] = place
    const before = this.#ids.find(String(number - 1), high, low)
    const between = before < 0 ? -1 : place - (this.#places[before] as number) - 1
    const follows = between >= 0 && between <= BETWEEN && now - this.#ids.at(before) <= HORIZON_MS
    const run = follows ? (this.#runs[before] as number) + 1 : 1
    const slot = this.#ids.keep(now, String(number), high, low)
    this.#runs = fit(this.#runs, slot, this.#maxIds)
    this.#places = fit(this.#places, slot, this.#maxIds)
    this.#runs[slot] = run
    this.#places[slot] = place
    return run
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
