/** Rules that were checked together: every name they refer to is here, and none refers to itself in the end. */
import { type CorrelationDocument, type RuleDocument, isCorrelation } from '../../contract/rule.ts'

export interface LoadedRule<Document extends RuleDocument = RuleDocument> {
  document: Document
  file: string
  line: number
  /** The first twelve hex digits of the SHA-256 of the document’s text. */
  version: string
  /** It comes with Truetally. */
  shipped?: boolean
}

export class RuleLibrary {
  readonly #rules: ReadonlyMap<string, LoadedRule>

  constructor(rules: readonly LoadedRule[]) {
    this.#rules = new Map(rules.map((rule) => [rule.document.name, rule]))
  }

  get size(): number {
    return this.#rules.size
  }

  /** @throws RangeError where there is none: what was loaded together names nothing that is missing. */
  get(name: string): LoadedRule {
    const rule = this.#rules.get(name)
    if (rule === undefined) throw new RangeError(`there is no rule ${name}`)
    return rule
  }

  has(name: string): boolean {
    return this.#rules.has(name)
  }

  get all(): LoadedRule[] {
    return [...this.#rules.values()]
  }

  /** Those with a level, in the order of their names. */
  get alerting(): LoadedRule<CorrelationDocument>[] {
    return this.all.filter(isAlerting).toSorted((a, b) => (a.document.name < b.document.name ? -1 : 1))
  }
}

const isAlerting = (rule: LoadedRule): rule is LoadedRule<CorrelationDocument> => isCorrelation(rule.document) && rule.document.level !== undefined
