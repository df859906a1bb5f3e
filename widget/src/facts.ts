/**
 * The first of two stages: collectors state facts, the server draws conclusions. A missing fact is data, never an
 * exception, and never held against the visitor.
 */
import type { Signals } from '../../server/contract/signals.ts'
import type { Moment } from './observation.ts'

/** Reads one fact; undefined where this visitor, input or browser has none. May throw: that is a failed fact. */
export type Collector<Value> = (moment: Moment) => Value | undefined

export type Collectors = { readonly [Field in keyof Signals]-?: Collector<NonNullable<Signals[Field]>> }

export type Fact = { state: 'known'; value: unknown } | { state: 'absent' } | { state: 'failed'; error: unknown }

function readFact(collector: Collector<unknown>, moment: Moment): Fact {
  try {
    const value = collector(moment)
    return value === undefined ? { state: 'absent' } : { state: 'known', value }
  } catch (error) {
    return { state: 'failed', error }
  }
}

export function collectFacts(collectors: Collectors, moment: Moment): Record<keyof Signals, Fact> {
  const facts = Object.entries(collectors).map(([field, collector]) => [field, readFact(collector, moment)])
  return Object.fromEntries(facts) as Record<keyof Signals, Fact>
}

/** Only what is known travels. */
export function signalsOf(facts: Record<keyof Signals, Fact>): Signals {
  const known = Object.entries(facts).flatMap(([field, fact]) => (fact.state === 'known' ? [[field, fact.value]] : []))
  return Object.fromEntries(known) as Signals
}
