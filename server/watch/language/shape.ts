/** What a schema says about a document, one fault for each place, in words for whoever wrote it. */
import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import { CorrelationDocument, DetectionDocument, Duration, FieldName, type RuleDocument, RuleName } from '../../contract/rule.ts'
import { type DocumentFault, pathOf } from '../../document-faults.ts'
import { suggestion } from '../../nearest.ts'

export type Shape<Value> = { value: Value } | { faults: DocumentFault[] }

// strict: TypeBox writes keywords of its own. verbose: faults see the schema that they are about.
const ajv = addFormats.default(new Ajv({ allErrors: true, strict: false, strictNumbers: true, verbose: true }))

/** Makes a reader of documents of this schema. `what` ends "is not a key of …". */
export function shapeReader<Schema extends TSchema>(schema: Schema, what: string): (value: unknown) => Shape<Static<Schema>> {
  const matches = ajv.compile<Static<Schema>>(schema)
  return (value) => (matches(value) ? { value } : { faults: describe(matches.errors ?? [], what) })
}

const readDetection = shapeReader(DetectionDocument, 'a detection')
const readCorrelation = shapeReader(CorrelationDocument, 'a correlation')

/** Which of the two a document is, its keys say. */
export function readRule(value: unknown): Shape<RuleDocument> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { faults: [{ path: [], message: 'a rule is a mapping of keys to values' }] }
  if (Object.hasOwn(value, 'correlation')) return readCorrelation(value)
  if (Object.hasOwn(value, 'detection') || Object.hasOwn(value, 'logsource')) return readDetection(value)
  return { faults: [{ path: [], message: 'a rule has a detection (and its logsource) or a correlation' }] }
}

function patternOf(schema: TSchema): unknown {
  return (schema as { pattern?: unknown }).pattern
}

const PATTERNS = new Map<unknown, string>([
  [patternOf(RuleName), 'must be in kebab-case, such as failed-auth-burst'],
  [patternOf(FieldName), 'must be the name of a field, such as ipAddress or detail.path'],
  [patternOf(Duration), 'must be a time such as 30s, 5m, 1h or 7d'],
])

const within = (error: ErrorObject, alternative: ErrorObject): boolean => error.schemaPath.startsWith(`${alternative.schemaPath}/`)

function describe(errors: readonly ErrorObject[], what: string): DocumentFault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf')
  // A choice within a choice about the same value is one.
  const alternatives = choices.filter((one) => !choices.some((other) => within(one, other) && one.instancePath === other.instancePath))
  // Of alternatives, those count that the value resembles: the others only say that it has another type.
  const telling = errors.filter((error) => error.keyword !== 'anyOf'
    && !(['type', 'const'].includes(error.keyword) && alternatives.some((one) => within(error, one) && one.instancePath === error.instancePath)))
  const unlike = alternatives.filter((one) => ![...telling, ...alternatives].some((error) => within(error, one) && error.instancePath.startsWith(one.instancePath)))
  const faults = new Map<string, DocumentFault>()
  for (const error of [...telling, ...unlike]) {
    const fault = describeOne(error, what)
    const place = JSON.stringify(fault.path)
    if (!faults.has(place)) faults.set(place, fault)
  }
  return [...faults.values()]
}

function describeOne({ keyword, instancePath, params, message, parentSchema }: ErrorObject, what: string): DocumentFault {
  const path = pathOf(instancePath)
  const { additionalProperty, missingProperty, allowedValues, pattern } = params as {
    additionalProperty?: string; missingProperty?: string; allowedValues?: unknown[]; pattern?: string
  }
  const named = (parentSchema as { properties?: object } | undefined)?.properties
  if (additionalProperty !== undefined) {
    return { path: [...path, additionalProperty], message: named === undefined ? misnamed(path) : `is not a key of ${what}${suggestion(additionalProperty, Object.keys(named))}` }
  }
  if (missingProperty !== undefined) return { path: [...path, missingProperty], message: 'is missing' }
  if (allowedValues !== undefined) return { path, message: `must be one of ${allowedValues.join(', ')}` }
  if (pattern !== undefined) return { path, message: PATTERNS.get(pattern) ?? `must match ${pattern}` }
  if (keyword === 'anyOf') return { path, message: alternativesOf(path) }
  return { path, message: message ?? 'is not what belongs there' }
}

/** Keys that are names of somebody’s choice. */
function misnamed(path: readonly string[]): string {
  if (path[0] === 'detection') {
    return path.length === 1 ? 'is no name for a search: lower-case letters, digits and _' : 'is not a field with its modifiers, such as ipAddress or errorMessage|contains'
  }
  return 'is not a name that can stand here'
}

function alternativesOf(path: readonly string[]): string {
  if (path[0] === 'detection') return path.length === 2 ? 'must be fields and their values, or a list of such' : 'must be a value, or a list of values'
  return 'must be one of the values that can stand here'
}
