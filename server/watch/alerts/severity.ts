import { SEVERITIES, type Severity } from '../../contract/primitives.ts'

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity)

/** Negative where `a` is the graver: gravest first. */
export const byGravity = (a: Severity, b: Severity): number => rank(b) - rank(a)

/** Throws RangeError for none. */
export function gravest(severities: readonly Severity[]): Severity {
  const [first] = severities.toSorted(byGravity)
  if (first === undefined) throw new RangeError('none of no severities is the gravest')
  return first
}

/** One step up; critical stays what it is. */
export const raised = (severity: Severity): Severity => SEVERITIES[rank(severity) + 1] ?? severity
