/**
 * How far each rule has looked, and when it is its turn again. A rule that takes long is asked less often, so that one of them
 * cannot hold up the others; it starts where it left off, so no line is passed over. Belongs to one worker, and is rebuilt from the stored
 * position after a restart: looking again changes nothing.
 */
import type { WatchPosition } from '../../../db/queries/alerts.ts'

/** A rule that is quicker than this is asked every time; one that is not takes at most this share of the time. */
const QUICK_MS = 50
const SHARE = 1 / 20
const MAX_REST_MS = 30_000
/** A rule that fails for so long on end passes over what it could not look through: the position of all is held back by the slowest. */
const MAX_FAILING_MS = 15 * 60_000

export interface Evaluation {
  /** How long it took the last time, in milliseconds. */
  ms: number
  at: number
  error?: string
}

export class RulePace {
  readonly #positions = new Map<string, WatchPosition>()
  readonly #turns = new Map<string, number>()
  readonly #failingSince = new Map<string, number>()
  readonly evaluations = new Map<string, Evaluation>()
  readonly #rests: boolean

  /** `rests`: false where every rule is asked every time. */
  constructor(rests: boolean) {
    this.#rests = rests
  }

  isDue(rule: string, now: number): boolean {
    const restMs = (this.#turns.get(rule) ?? 0) - now
    // Longer than a rest can be: the clock was set back.
    return !this.#rests || restMs <= 0 || restMs > MAX_REST_MS
  }

  /** Where this rule goes on: what is stored was looked through by all of them, on whichever node. */
  positionOf(rule: string, stored: WatchPosition): WatchPosition {
    const own = this.#positions.get(rule)
    return own === undefined || own.recordedAt < stored.recordedAt ? stored : own
  }

  note(rule: string, position: WatchPosition, evaluation: Evaluation): void {
    this.#positions.set(rule, position)
    this.#failingSince.delete(rule)
    this.#rest(rule, evaluation)
  }

  /** Not its turn: it stays where it is. */
  hold(rule: string, position: WatchPosition): void {
    this.#positions.set(rule, position)
  }

  /** It stays where it was. true: for too long now, and it passes over what it could not look through. */
  fail(rule: string, from: WatchPosition, evaluation: Evaluation): boolean {
    const since = this.#failingSince.get(rule) ?? evaluation.at
    const givesUp = evaluation.at - since > MAX_FAILING_MS
    this.#failingSince.set(rule, givesUp ? evaluation.at : since)
    if (givesUp) this.#positions.delete(rule)
    else this.#positions.set(rule, from)
    this.#rest(rule, evaluation)
    return givesUp
  }

  #rest(rule: string, evaluation: Evaluation): void {
    this.evaluations.set(rule, evaluation)
    const restMs = this.#rests && evaluation.ms > QUICK_MS ? Math.min(MAX_REST_MS, evaluation.ms / SHARE) : 0
    this.#turns.set(rule, evaluation.at + restMs)
  }

  /** What was looked through has not been stored: begin again where it was. */
  forget(): void {
    this.#positions.clear()
  }

  /** What all of these have looked through. */
  through(rules: readonly string[], stored: WatchPosition, now: WatchPosition): WatchPosition {
    let recordedAt = now.recordedAt
    let lookedAt = now.lookedAt
    for (const rule of rules) {
      const own = this.#positions.get(rule)
      if (own === undefined) continue
      recordedAt = Math.min(recordedAt, own.recordedAt)
      lookedAt = Math.min(lookedAt, own.lookedAt)
    }
    return { recordedAt: Math.max(stored.recordedAt, recordedAt), lookedAt: Math.max(stored.lookedAt, lookedAt) }
  }
}
