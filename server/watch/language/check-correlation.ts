/** What no schema can say about one correlation by itself: what its type asks for, how long, and what goes with a level. */
import { SEVERITIES } from '../../contract/primitives.ts'
import {
  type Action, type ActionType, type Condition, type Correlation, type CorrelationDocument, type CorrelationType, EXPECTED_SPIKE,
} from '../../contract/rule.ts'
import type { DocumentFault } from '../../document-faults.ts'
import { suggestion } from '../../nearest.ts'
import { durationMs } from './duration.ts'

export const DAY_MS = 86_400_000
const MAX_SPAN_MS = 30 * DAY_MS
/** The longest backoff, and how far back anything is compared with. */
const MAX_HISTORY_MS = 90 * DAY_MS

const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'eq'] as const

/** Which group-by fields an action can act on; of votes it takes all that it knows. */
export const TARGETS: Readonly<Record<Exclude<ActionType, 'hold_votes' | 'invalidate_votes'>, readonly string[]>> = {
  block: ['ipAddress', 'network', 'fingerprint', 'origin', 'device', 'voter'],
  tighten_limits: ['ipAddress', 'network'],
  end_sessions: ['ipAddress', 'network', 'device', 'voter'],
  lock_out: ['voter'],
  suspend_key: ['projectId', 'actor'],
  require_step_up: ['ipAddress', 'network', 'device'],
}
export const VOTE_FIELDS: readonly string[] = ['itemId', 'ipAddress', 'network', 'fingerprint', 'core', 'voter']

/** Keys that are about alerts, which a rule without a level never makes. */
const ABOUT_ALERTS = ['triage', 'scope', 'for', 'keep_firing_for', 'suppress', 'mode', 'actions', 'escalate', 'inhibits'] as const

export function findCorrelationFaults(document: CorrelationDocument): DocumentFault[] {
  const { correlation } = document
  return [
    ...under(['correlation'], [...findTypeFaults(correlation), ...findTimeFaults(correlation)]),
    ...findLevelFaults(document),
    ...findSpanFaults(document),
    ...(document.actions ?? []).flatMap((action, index) => under(['actions', String(index)], findActionFaults(action, document))),
    ...findEscalationFaults(document),
  ]
}

const under = (path: readonly string[], faults: readonly DocumentFault[]): DocumentFault[] =>
  faults.map((fault) => ({ path: [...path, ...fault.path], message: fault.message }))
const fault = (path: string, message: string): DocumentFault => ({ path: path === '' ? [] : path.split('.'), message })

interface Demand {
  /** How many rules it takes. */
  rules: readonly [least: number, most: number]
  field: boolean
  /** Whether it is measured against a bound. */
  bound: boolean
  baseline: boolean
}
const DEMANDS: Readonly<Record<CorrelationType, Demand>> = {
  event_count: { rules: [1, 20], field: false, bound: true, baseline: true },
  value_count: { rules: [1, 20], field: true, bound: true, baseline: false },
  value_sum: { rules: [1, 20], field: true, bound: true, baseline: true },
  event_ratio: { rules: [2, 2], field: false, bound: true, baseline: false },
  temporal: { rules: [2, 20], field: false, bound: false, baseline: false },
  temporal_ordered: { rules: [2, 20], field: false, bound: false, baseline: false },
  new_terms: { rules: [1, 1], field: true, bound: false, baseline: false },
}

function findTypeFaults({ type, rules, condition, minimum, history, after, window = 'sliding' }: Correlation): DocumentFault[] {
  const { rules: [least, most], field, bound, baseline } = DEMANDS[type]
  const faults: DocumentFault[] = []
  if (type === 'event_ratio' && rules.length !== 2) faults.push(fault('rules', 'must be two for event_ratio: what is counted, and all other outcomes'))
  else if (rules.length < least) faults.push(fault('rules', `must be at least ${least} for ${type}`))
  else if (rules.length > most) faults.push(fault('rules', `must be one rule for ${type}`))
  for (const [index, name] of rules.entries()) if (rules.indexOf(name) < index) faults.push(fault(`rules.${index}`, `names ${name} twice`))

  const given = BOUNDS.filter((name) => condition?.[name] !== undefined)
  if (type.startsWith('temporal') && condition !== undefined) return [...faults, fault('condition', `is not for ${type}, whose condition is that every rule was seen`)]
  if (field && condition?.field === undefined) faults.push(fault('condition.field', `is missing: ${type} looks at the values of a field`))
  if (!field && condition?.field !== undefined) faults.push(fault('condition.field', `is not for ${type}`))
  if (bound && given.length === 0 && condition?.gt_baseline === undefined) {
    faults.push(fault('condition', `needs a bound: ${[...BOUNDS, ...(baseline ? ['gt_baseline'] : [])].join(', ')}`))
  }
  if (!bound) for (const name of given) faults.push(fault(`condition.${name}`, `is not for ${type}`))
  if (condition !== undefined) faults.push(...findBoundFaults(condition, type))
  const compared = condition?.gt_baseline !== undefined
  if (compared && !baseline) faults.push(fault('condition.gt_baseline', 'is only for event_count and value_sum'))

  if (type === 'event_ratio' && minimum === undefined) faults.push(fault('minimum', 'is missing: one of one is a ratio of 1'))
  if (compared && minimum === undefined) faults.push(fault('minimum', 'is missing: where next to nothing is usual, anything is a multiple of it'))
  if (minimum !== undefined && type !== 'event_ratio' && !compared) faults.push(fault('minimum', 'is only for event_ratio and gt_baseline'))
  if (history === undefined && (type === 'new_terms' || compared)) faults.push(fault('history', `is missing: ${compared ? 'gt_baseline' : 'new_terms'} compares with it`))
  if (history !== undefined && type !== 'new_terms' && !compared) faults.push(fault('history', 'is only for new_terms and gt_baseline'))
  if (after !== undefined && type !== 'new_terms') faults.push(fault('after', 'is only for new_terms'))
  if (window !== 'sliding' && type !== 'event_count' && type !== 'value_sum') faults.push(fault('window', `must be sliding for ${type}; ${window} is for event_count and value_sum`))
  return faults
}

function findBoundFaults(condition: Condition, type: CorrelationType): DocumentFault[] {
  const { gt, gte, lt, lte, eq } = condition
  const faults: DocumentFault[] = []
  if (gt !== undefined && gte !== undefined) faults.push(fault('condition.gte', 'says with gt twice from where on'))
  if (lt !== undefined && lte !== undefined) faults.push(fault('condition.lte', 'says with lt twice up to where'))
  const low = eq ?? gt ?? gte ?? -Infinity
  const high = eq ?? lt ?? lte ?? Infinity
  if (eq !== undefined && [gt, gte, lt, lte].some((other) => other !== undefined)) faults.push(fault('condition.eq', 'goes with no other bound'))
  else if (low > high || (low === high && (gt !== undefined || lt !== undefined))) faults.push(fault('condition', 'can never be met'))
  if (type !== 'event_ratio') return faults
  for (const name of BOUNDS) {
    const bound = condition[name]
    if (bound !== undefined && (bound < 0 || bound > 1)) faults.push(fault(`condition.${name}`, 'must be between 0 and 1: it is a part of all'))
  }
  return faults
}

function findTimeFaults({ timespan, history, after }: Correlation): DocumentFault[] {
  const faults: DocumentFault[] = []
  if (durationMs(timespan) > MAX_SPAN_MS) faults.push(fault('timespan', 'must be at most 30d'))
  if (history !== undefined && durationMs(history) > MAX_HISTORY_MS) faults.push(fault('history', 'must be at most 90d'))
  if (history !== undefined && durationMs(history) < durationMs(timespan)) faults.push(fault('history', `must not be shorter than the timespan, ${timespan}`))
  if (after !== undefined && history !== undefined && durationMs(after) > durationMs(history)) {
    faults.push(fault('after', `must not be longer than the history, ${history}: nothing is known from before that`))
  }
  return faults
}

function findLevelFaults(document: CorrelationDocument): DocumentFault[] {
  const { name, level, tags = [], triage, unless = [], inhibits = [] } = document
  const faults: DocumentFault[] = []
  if (name === EXPECTED_SPIKE) faults.push(fault('name', 'is what rules call an announced rush; choose another'))
  if (level === undefined) {
    for (const key of ABOUT_ALERTS) if (document[key] !== undefined) faults.push(fault(key, 'is only for rules that alert, which have a level'))
  } else {
    if (triage === undefined) faults.push(fault('triage', 'is missing: whoever is told wants to know what to look at first'))
    if (!tags.some((tag) => tag.startsWith('owasp.'))) faults.push(fault('tags', 'must have at least one of owasp.api1 to owasp.api10 and owasp.oat-001 to owasp.oat-021'))
  }
  for (const [index, tag] of tags.entries()) {
    // A tag that is none of theirs would be missing from the coverage figures without a word.
    if (tag.startsWith('owasp.') && !/^owasp\.(?:api(?:[1-9]|10)|oat-0(?:0[1-9]|1\d|2[01]))$/.test(tag)) {
      faults.push(fault(`tags.${index}`, 'must be one of owasp.api1 to owasp.api10 and owasp.oat-001 to owasp.oat-021'))
    }
    if (tags.indexOf(tag) < index) faults.push(fault(`tags.${index}`, `names ${tag} twice`))
  }
  if (unless.includes(name)) faults.push(fault(`unless.${unless.indexOf(name)}`, 'is the rule itself'))
  if (inhibits.includes(name)) faults.push(fault(`inhibits.${inhibits.indexOf(name)}`, 'is the rule itself'))
  return faults
}

function findSpanFaults(document: CorrelationDocument): DocumentFault[] {
  return (['for', 'keep_firing_for', 'suppress'] as const).flatMap((key) => {
    const span = document[key]
    return span !== undefined && durationMs(span) > MAX_SPAN_MS ? [fault(key, 'must be at most 30d')] : []
  })
}

function findActionFaults({ type, target, ttl, backoff }: Action, { correlation, scope }: CorrelationDocument): DocumentFault[] {
  const group = correlation['group-by'] ?? []
  const faults: DocumentFault[] = []
  if (type === 'hold_votes' || type === 'invalidate_votes') {
    if (target !== undefined) faults.push(fault('target', `is not for ${type}, which takes all group-by fields`))
    if (!group.some((field) => VOTE_FIELDS.includes(field))) faults.push(fault('type', `needs one of ${VOTE_FIELDS.join(', ')} in the group-by: it would mean all votes`))
    if (scope === 'installation' && !group.includes('projectId')) faults.push(fault('type', 'needs projectId in the group-by: whose votes they are'))
  } else if (target === undefined) {
    faults.push(fault('target', `is missing: which group-by field ${type} acts on`))
  } else if (!TARGETS[type].includes(target)) {
    faults.push(fault('target', `must be one of ${TARGETS[type].join(', ')} for ${type}${suggestion(target, TARGETS[type])}`))
  } else if (!group.includes(target) && !(target === 'projectId' && scope !== 'installation')) {
    faults.push(fault('target', `must be one of the group-by fields${group.length === 0 ? ', of which there are none' : `: ${group.join(', ')}`}`))
  }
  if (durationMs(ttl) > MAX_SPAN_MS) faults.push(fault('ttl', 'must be at most 30d'))
  if (backoff !== undefined && durationMs(backoff.max) < durationMs(ttl)) faults.push(fault('backoff.max', `must not be shorter than the ttl, ${ttl}`))
  if (backoff !== undefined && durationMs(backoff.max) > MAX_HISTORY_MS) faults.push(fault('backoff.max', 'must be at most 90d'))
  return faults
}

function findEscalationFaults({ level, escalate = [] }: CorrelationDocument): DocumentFault[] {
  if (level === undefined) return []
  return escalate.flatMap((entry, index) => {
    const path = `escalate.${index}`
    const faults: DocumentFault[] = []
    if ((entry.condition === undefined) === (entry.after === undefined)) faults.push(fault(path, 'needs either a condition or after'))
    if (entry.condition !== undefined && (entry.condition.gt === undefined) === (entry.condition.gte === undefined)) {
      faults.push(fault(`${path}.condition`, 'needs either gt or gte'))
    }
    if (entry.after !== undefined && durationMs(entry.after) > MAX_SPAN_MS) faults.push(fault(`${path}.after`, 'must be at most 30d'))
    if (SEVERITIES.indexOf(entry.level) <= SEVERITIES.indexOf(level)) faults.push(fault(`${path}.level`, `must be above ${level}, the rule’s own`))
    return faults
  })
}
