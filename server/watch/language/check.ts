/** What no schema can say about rules as they refer to each other: names, fields, circles, and time in all. */
import { type CorrelationDocument, EXPECTED_SPIKE, type RuleDocument, isCorrelation } from '../../contract/rule.ts'
import type { DocumentFault } from '../../document-faults.ts'
import { suggestion } from '../../nearest.ts'
import { DAY_MS, findCorrelationFaults } from './check-correlation.ts'
import { findDetectionFaults, unknownField } from './check-detection.ts'
import { durationMs } from './duration.ts'
import { fieldType } from './fields.ts'

const MAX_NESTED_MS = 60 * DAY_MS

/** `malformed`: names of rules that exist, but have no shape that could be looked into. */
export interface KnownRules {
  rules: ReadonlyMap<string, RuleDocument>
  malformed: ReadonlySet<string>
}

/** Everything that is wrong with one rule, among the others. */
export function findRuleFaults(document: RuleDocument, known: KnownRules): DocumentFault[] {
  if (!isCorrelation(document)) return findDetectionFaults(document)
  const faults = [...findCorrelationFaults(document), ...findReferenceFaults(document, known), ...findAliasFaults(document)]
  const circle = findCircle(document.name, referencesOf, known)
  if (circle !== undefined) return [...faults, { path: ['correlation', 'rules'], message: `go round in a circle: ${circle.join(' -> ')}` }]
  const silence = findCircle(document.name, ({ inhibits = [] }) => inhibits, known)
  if (silence !== undefined) faults.push({ path: ['inhibits'], message: `go round in a circle, so that nobody would be told: ${silence.join(' -> ')}` })
  const nested = nestedSpanMs(document, known)
  if (nested > MAX_NESTED_MS) {
    faults.push({ path: ['correlation', 'timespan'], message: `is ${Math.round(nested / DAY_MS)}d with those of the rules below it; 60d is the most` })
  }
  return faults
}

/** Names of the rules that no rule refers to and that alert nobody. */
export function findUnused({ rules }: KnownRules): string[] {
  const used = new Set([...rules.values()].flatMap((rule) => (isCorrelation(rule) ? referencesOf(rule) : [])))
  return [...rules.values()].filter((rule) => !used.has(rule.name) && !(isCorrelation(rule) && rule.level !== undefined)).map(({ name }) => name)
}

const referencesOf = ({ correlation, unless = [] }: CorrelationDocument): string[] => [...correlation.rules, ...unless.filter((name) => name !== EXPECTED_SPIKE)]

function findReferenceFaults(document: CorrelationDocument, known: KnownRules): DocumentFault[] {
  const { correlation, unless = [], inhibits = [] } = document
  const faults: DocumentFault[] = []
  const check = (names: readonly string[], path: readonly string[], look: (rule: RuleDocument, path: readonly string[]) => DocumentFault[]): void => {
    for (const [index, name] of names.entries()) {
      if (name === EXPECTED_SPIKE && path[0] === 'unless') continue
      const place = [...path, String(index)]
      const rule = known.rules.get(name)
      if (rule !== undefined) faults.push(...look(rule, place))
      else if (!known.malformed.has(name)) faults.push({ path: place, message: `there is no rule ${name}${suggestion(name, [...known.rules.keys()])}` })
    }
  }
  check(correlation.rules, ['correlation', 'rules'], (rule) => [...findGroupFaults(document, rule), ...findValueFaults(document, rule)])
  // One that is grouped more coarsely speaks for all that is finer: `unless` everybody in the project fails.
  check(unless, ['unless'], (rule, path) => (isCorrelation(rule) ? [] : findGroupFaults(document, rule, path)))
  check(inhibits, ['inhibits'], (rule, path) =>
    (isCorrelation(rule) && rule.level !== undefined ? [] : [{ path, message: `${rule.name} has no level: it never alerts` }]))
  return faults
}

/** What the rule calls a field of the group. */
const nameIn = ({ correlation: { aliases } }: CorrelationDocument, rule: string, field: string): string => {
  const names = aliases !== undefined && Object.hasOwn(aliases, field) ? aliases[field] : undefined
  return (names !== undefined && Object.hasOwn(names, rule) ? names[rule] : undefined) ?? field
}

function findGroupFaults(document: CorrelationDocument, rule: RuleDocument, place?: readonly string[]): DocumentFault[] {
  const group = document.correlation['group-by'] ?? []
  return group.flatMap((field, index) => {
    const path = place ?? ['correlation', 'group-by', String(index)]
    if (group.indexOf(field) < index) return [{ path, message: `names ${field} twice` }]
    const message = missingFrom(rule, nameIn(document, rule.name, field))
    return message === undefined ? [] : [{ path, message }]
  })
}

function findValueFaults(document: CorrelationDocument, rule: RuleDocument): DocumentFault[] {
  const { type, condition } = document.correlation
  if (condition?.field === undefined) return []
  const path = ['correlation', 'condition', 'field']
  const field = nameIn(document, rule.name, condition.field)
  const message = missingFrom(rule, field)
  if (message !== undefined) return [{ path, message }]
  if (type !== 'value_sum') return []
  const numeric = !isCorrelation(rule) && fieldType(rule.logsource.service, field) === 'number'
  return numeric ? [] : [{ path, message: `must be a number for value_sum; ${field} of ${rule.name} is not` }]
}

function missingFrom(rule: RuleDocument, field: string): string | undefined {
  if (isCorrelation(rule)) {
    const group = rule.correlation['group-by'] ?? []
    // The project is always part of the group.
    return group.includes(field) || field === 'projectId' ? undefined : `${field} is not in the group-by of ${rule.name}${suggestion(field, group)}`
  }
  const { service } = rule.logsource
  return fieldType(service, field) === undefined ? `${field}, asked of ${rule.name}, ${unknownField(service, field)}` : undefined
}

function findAliasFaults({ correlation, unless = [] }: CorrelationDocument): DocumentFault[] {
  const { aliases = {}, condition, rules } = correlation
  const fields = new Set([...(correlation['group-by'] ?? []), ...(condition?.field === undefined ? [] : [condition.field])])
  return Object.entries(aliases).flatMap(([field, names]) => {
    const path = ['correlation', 'aliases', field]
    if (!fields.has(field)) return [{ path, message: 'is neither a group-by field nor the field of the condition' }]
    return Object.keys(names).filter((rule) => ![...rules, ...unless].includes(rule)).map((rule) => ({ path: [...path, rule], message: 'is not one of the rules' }))
  })
}

/** `[a, b, a]`: how one comes from a rule back to itself. */
function findCircle(start: string, next: (rule: CorrelationDocument) => readonly string[], { rules }: KnownRules): string[] | undefined {
  const seen = new Set<string>()
  const walk = (name: string, way: readonly string[]): string[] | undefined => {
    const rule = rules.get(name)
    if (rule === undefined || !isCorrelation(rule)) return undefined
    for (const inner of next(rule)) {
      if (inner === start) return [...way, inner]
      if (seen.has(inner)) continue
      seen.add(inner)
      const found = walk(inner, [...way, inner])
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(start, [start])
}

/** How far back a rule looks through all that it rests on. Never asked of a rule that goes round in a circle. */
function nestedSpanMs(document: CorrelationDocument, { rules }: KnownRules): number {
  const spans = new Map<string, number>()
  const spanOf = (rule: RuleDocument, way: readonly string[]): number => {
    // A circle further down is that rule’s fault.
    if (!isCorrelation(rule) || way.includes(rule.name)) return 0
    const known = spans.get(rule.name)
    if (known !== undefined) return known
    const inner = referencesOf(rule).map((name) => rules.get(name)).map((found) => (found === undefined ? 0 : spanOf(found, [...way, rule.name])))
    const span = durationMs(rule.correlation.timespan) + Math.max(0, ...inner)
    spans.set(rule.name, span)
    return span
  }
  return spanOf(document, [])
}
