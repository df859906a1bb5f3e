/**
 * Which items each voter wants, by the voter’s slot: a chain of cells in columns, newest first. Most people want one item or
 * two, and a Set for each of them took 400 bytes.
 */
import { lengthened } from '../../gate/hash-index.ts'

/** Whoever wants more than these is counted by the newest ones: a voter has a bounded part in the counting. */
const MOST_ITEMS = 64
const WANTED = 1
/** Accounted for by a cohort: no longer evidence of what people want. */
const TAINTED = 2
const END = -1

export class Wants {
  /** By voter. */
  readonly #first: Int32Array
  /** By cell. Those that are free are chained as well. */
  #items = new Float64Array(64)
  #marks = new Uint8Array(64)
  #next = new Int32Array(64)
  #given = 0
  #free = END

  constructor(maxVoters: number) {
    this.#first = new Int32Array(maxVoters).fill(END)
  }

  set(voter: number, itemId: number, wanted: boolean): void {
    if (wanted) this.#mark(voter, itemId, WANTED)
    else this.#unmark(voter, itemId, WANTED)
  }

  /** Whether this is news. */
  taint(voter: number, itemId: number): boolean {
    const cell = this.#find(voter, itemId)
    if (cell !== END && ((this.#marks[cell] as number) & TAINTED) !== 0) return false
    this.#mark(voter, itemId, TAINTED)
    return true
  }

  wantsAny(voter: number): boolean {
    for (let cell = this.#first[voter] as number; cell !== END; cell = this.#next[cell] as number) {
      if (((this.#marks[cell] as number) & WANTED) !== 0) return true
    }
    return false
  }

  /** Into `items`, which is emptied before: what the voter wants and no cohort accounts for. */
  read(voter: number, items: number[]): number[] {
    items.length = 0
    for (let cell = this.#first[voter] as number; cell !== END; cell = this.#next[cell] as number) {
      if (this.#marks[cell] === WANTED) items.push(this.#items[cell] as number)
    }
    return items
  }

  clear(voter: number): void {
    while (this.#first[voter] !== END) this.#drop(voter, END, this.#first[voter] as number)
  }

  #find(voter: number, itemId: number): number {
    let cell = this.#first[voter] as number
    while (cell !== END && this.#items[cell] !== itemId) cell = this.#next[cell] as number
    return cell
  }

  #mark(voter: number, itemId: number, mark: number): void {
    const known = this.#find(voter, itemId)
    if (known !== END) {
      this.#marks[known] = (this.#marks[known] as number) | mark
      return
    }
    const cell = this.#takeCell()
    this.#items[cell] = itemId
    this.#marks[cell] = mark
    this.#next[cell] = this.#first[voter] as number
    this.#first[voter] = cell
    this.#dropOldest(voter)
  }

  #unmark(voter: number, itemId: number, mark: number): void {
    let before = END
    for (let cell = this.#first[voter] as number; cell !== END; before = cell, cell = this.#next[cell] as number) {
      if (this.#items[cell] !== itemId) continue
      this.#marks[cell] = (this.#marks[cell] as number) & ~mark
      if (this.#marks[cell] === 0) this.#drop(voter, before, cell)
      return
    }
  }

  #dropOldest(voter: number): void {
    let cell = this.#first[voter] as number
    for (let place = 1; place < MOST_ITEMS && cell !== END; place += 1) cell = this.#next[cell] as number
    if (cell !== END && this.#next[cell] !== END) this.#drop(voter, cell, this.#next[cell] as number)
  }

  #drop(voter: number, before: number, cell: number): void {
    const next = this.#next[cell] as number
    if (before === END) this.#first[voter] = next
    else this.#next[before] = next
    this.#next[cell] = this.#free
    this.#free = cell
  }

  #takeCell(): number {
    const free = this.#free
    if (free !== END) {
      this.#free = this.#next[free] as number
      return free
    }
    if (this.#given === this.#items.length) {
      this.#items = lengthened(this.#items, this.#given + 1)
      this.#marks = lengthened(this.#marks, this.#given + 1)
      this.#next = lengthened(this.#next, this.#given + 1)
    }
    return this.#given++
  }
}
