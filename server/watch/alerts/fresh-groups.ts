/**
 * Which groups of which rules have new lines: asked for all rules at once, as long as none of them fails. One that does is
 * asked by itself from then on, so that its error is its own.
 */
import type { PoolClient } from 'pg'
import { withinSavepoint } from '../../../db/queryable.ts'
import type { CompiledRule } from '../../../db/rules/compile.ts'
import { type Touched, type TouchedStatement, compileTouched, findTouched } from '../../../db/rules/touched.ts'

export interface Fresh {
  /** By the place of the rule. */
  groups: Touched
  /** Rules for which it could not be asked. */
  failed: Map<number, unknown>
}

export interface Asked {
  /** For each rule, what was recorded after then. */
  after: readonly number[]
  until: number
  dated: number
}

/** The transaction cannot go on, or its connection is gone: the next look begins again. */
export function isLost(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  // A connection that ends says so without a code of SQL’s; an error of our own arithmetic is a RangeError.
  return typeof code === 'string' ? /^(08|25|40|53|57P)/.test(code) || /^E[A-Z]+$/.test(code) : error instanceof Error && /[Cc]onnection/.test(error.message)
}

export class FreshGroups {
  readonly #rules: readonly CompiledRule[]
  readonly #alone = new Map<number, readonly TouchedStatement[]>()
  #together: readonly TouchedStatement[]

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules
    this.#together = compileTouched(rules)
  }

  async find(client: PoolClient, asked: Asked, timeoutMs: number): Promise<Fresh> {
    const failed = new Map<number, unknown>()
    const together = await this.#ask(client, this.#together, asked, timeoutMs).catch((error: unknown) => {
      if (isLost(error)) throw error
      return undefined
    })
    if (together === undefined) for (const place of this.#rules.keys()) this.#alone.set(place, compileTouched(this.#rules, [place]))
    const groups: Touched = together ?? new Map()
    let sound = false
    for (const [place, statements] of this.#alone) {
      try {
        for (const [at, found] of await this.#ask(client, statements, asked, timeoutMs)) groups.set(at, found)
        sound = true
      } catch (error) {
        if (isLost(error)) throw error
        failed.set(place, error)
      }
    }
    if (sound) this.#part(failed)
    return { groups, failed }
  }

  /** Those that failed stay alone; the others are asked together again. */
  #part(failed: ReadonlyMap<number, unknown>): void {
    for (const place of this.#alone.keys()) if (!failed.has(place)) this.#alone.delete(place)
    this.#together = compileTouched(this.#rules, [...this.#rules.keys()].filter((place) => !failed.has(place)))
  }

  #ask(client: PoolClient, statements: readonly TouchedStatement[], asked: Asked, timeoutMs: number): ReturnType<typeof findTouched> {
    return withinSavepoint(client, timeoutMs, () => findTouched(client, statements, asked))
  }
}
