/**
 * The first of two stages: collectors state facts, the server draws conclusions. A missing fact is data, never an
 * exception, and never held against the visitor.
 */
import type { Signals } from '../../server/contract/signals.ts'
import type { Moment } from './observation.ts'

/** What the collectors read from: the moment, and what later scripts found out about the browser. */
export interface Evidence extends Moment {
  /** What `navigator` says in a worker, where one has run. */
  readonly worker?: Readonly<Record<string, unknown>> | undefined
  /** Hash of the machine, where a fingerprint may be taken. */
  readonly core?: string | undefined
}

/** Reads one fact; undefined where this visitor, input or browser has none. May throw: that is a failed fact. */
export type Collector<Value> = (evidence: Evidence) => Value | undefined

export type Collectors = { readonly [Field in keyof Signals]-?: Collector<NonNullable<Signals[Field]>> }

export type Fact = { state: 'known'; value: unknown } | { state: 'absent' } | { state: 'failed'; error: unknown }

function readFact(collector: Collector<unknown>, evidence: Evidence): Fact {
  try {
    const value = collector(evidence)
    return value === undefined ? { state: 'absent' } : { state: 'known', value }
  } catch (error) {
    return { state: 'failed', error }
  }
}

export function collectFacts(collectors: Collectors, evidence: Evidence): Record<keyof Signals, Fact> {
  const facts = Object.entries(collectors).map(([field, collector]) => [field, readFact(collector, evidence)])
  return Object.fromEntries(facts) as Record<keyof Signals, Fact>
}

/** Only what is known travels. */
export function signalsOf(facts: Record<keyof Signals, Fact>): Signals {
  const known = Object.entries(facts).flatMap(([field, fact]) => (fact.state === 'known' ? [[field, fact.value]] : []))
  return Object.fromEntries(known) as Signals
}
