/** Whether a document is a policy: what the schema says, and what no schema can. */
import { Ajv, type ErrorObject } from 'ajv'
import { BANDS, Policy } from '../../contract/policy.ts'
import { type DocumentFault, pathOf } from '../../document-faults.ts'
import { suggestion } from '../../nearest.ts'

// verbose: faults see the schema that they are about.
const matches = new Ajv({ allErrors: true, strict: false, verbose: true }).compile<Policy>(Policy)

/**
 * @param detectors names of the registered detectors: each has a weight, if only 0, and no other name has one
 * @returns nothing where the candidate is a policy. Where the schema finds something, that and the unknown detectors: the rest needs
 * a policy’s shape.
 */
export function findPolicyFaults(candidate: unknown, detectors: readonly string[]): DocumentFault[] {
  if (matches(candidate)) return [...findUnknownDetectors(candidate.weights, detectors), ...findContradictions(candidate, detectors)]
  const { weights } = (candidate ?? {}) as { weights?: unknown }
  return [...describe(matches.errors ?? []), ...(isMapping(weights) ? findUnknownDetectors(weights, detectors) : [])]
}

const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

function findUnknownDetectors(weights: object, detectors: readonly string[]): DocumentFault[] {
  return Object.keys(weights).filter((name) => !detectors.includes(name))
    .map((name) => ({ path: ['weights', name], message: `is the name of no detector${suggestion(name, detectors)}` }))
}

function findContradictions({ weights, caps, bands, challenge }: Policy, detectors: readonly string[]): DocumentFault[] {
  const faults: DocumentFault[] = []
  for (const name of detectors) {
    if (!Object.hasOwn(weights, name)) faults.push({ path: ['weights'], message: `has no weight for the detector ${name}; 0 turns it off` })
  }
  for (const [endpoint, rules] of Object.entries(bands)) {
    for (const [index, rule] of rules.entries()) {
      const path = ['bands', endpoint, String(index)]
      const before = rules[index - 1]
      if (before !== undefined && rule.from <= before.from) {
        faults.push({ path: [...path, 'from'], message: `must be above ${before.from}, where the band before it begins` })
      }
      // The last band reached is the one that acts: a higher score must not be answered more mildly.
      if (before !== undefined && BANDS.indexOf(rule.band) <= BANDS.indexOf(before.band)) {
        faults.push({ path: [...path, 'band'], message: `must be stricter than ${before.band}, the band before it` })
      }
      if (rule.band !== 'block') continue
      for (const [group, cap] of Object.entries(caps)) {
        if (cap >= rule.from) {
          const message = `must be below ${rule.from}, where ${endpoint} blocks: no group of signals may block alone`
          faults.push({ path: ['caps', group], message })
        }
      }
    }
  }
  for (const key of ['suspectDifficulty', 'stepUpDifficulty'] as const) {
    if (challenge !== null && challenge[key] < challenge.difficulty) {
      faults.push({ path: ['challenge', key], message: `must not be below the ${challenge.difficulty} bits of every session` })
    }
  }
  return faults
}

/** One fault for each place; of an alternative that may be null, what is wrong with the other one. */
function describe(errors: readonly ErrorObject[]): DocumentFault[] {
  const faults = new Map<string, DocumentFault>()
  for (const error of errors) {
    if (error.keyword === 'anyOf' || (error.keyword === 'type' && (error.params as { type: string }).type === 'null')) continue
    const { path, message } = describeOne(error)
    const place = JSON.stringify(path)
    if (!faults.has(place)) faults.set(place, { path, message })
  }
  return [...faults.values()]
}

function describeOne({ keyword, instancePath, params, message, parentSchema }: ErrorObject): DocumentFault {
  const path = pathOf(instancePath)
  const { additionalProperty, missingProperty, allowedValues } = params as {
    additionalProperty?: string; missingProperty?: string; allowedValues?: string[]
  }
  if (additionalProperty !== undefined) {
    const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {})
    return { path: [...path, additionalProperty], message: `is not a key of a policy${suggestion(additionalProperty, known)}` }
  }
  if (missingProperty !== undefined) return { path: [...path, missingProperty], message: 'is missing' }
  if (allowedValues !== undefined) return { path, message: `must be one of ${allowedValues.join(', ')}` }
  if (keyword === 'pattern') return { path, message: 'must be 1 to 64 letters, digits and . _ + -, beginning with a letter or digit' }
  return { path, message: message ?? 'is not what a policy has there' }
}
