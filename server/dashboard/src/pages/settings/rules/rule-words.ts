/** What a rule asks and does, for people. */
import type { BacktestAnswer, Rule } from '../../../../../contract/alert.ts'
import { SEVERITIES } from '../../../../../contract/primitives.ts'
import type { Condition, Correlation } from '../../../../../contract/rule.ts'
import { fieldWords } from '../../../app/field-words.ts'
import { words } from '../../../app/time.ts'

type Action = Rule['actions'][number]
export type Replayed = BacktestAnswer['alerts'][number]

const UNITS: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day' }
/** `5m` → `5 minutes`. */
export function durationWords(text: string): string {
  const [, many = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  return many === '' ? text : `${many} ${UNITS[unit] ?? unit}${many === '1' ? '' : 's'}`
}

const BOUNDS: readonly [keyof Condition, string][] = [['gt', 'more than'], ['gte', 'at least'], ['lt', 'fewer than'], ['lte', 'at most'], ['eq', 'exactly']]
const COUNTED: Record<Correlation['type'], (field: string) => string> = {
  event_count: () => 'lines', value_count: (field) => `different values of ${field}`, value_sum: (field) => `of ${field} in all`,
  event_ratio: () => 'as a share', temporal: () => '', temporal_ordered: () => '', new_terms: (field) => `new values of ${field}`,
}

/** `More than 20 lines within 5 minutes, for each address`. */
export function thresholdWords({ type, condition, timespan, 'group-by': groupBy = [], rules }: Correlation): string {
  const bounds = BOUNDS.filter(([bound]) => condition?.[bound] !== undefined).map(([bound, text]) => `${text} ${condition?.[bound]}`)
  if (condition?.gt_baseline !== undefined) bounds.push(`${condition.gt_baseline} times more than is usual at that hour`)
  const what = type === 'temporal' || type === 'temporal_ordered'
    ? `${rules.map(words).join(', ')}${type === 'temporal_ordered' ? ', in this order,' : ''} together`
    : `${bounds.length === 0 ? 'any' : bounds.join(' and ')} ${COUNTED[type](condition?.field === undefined ? 'a field' : fieldWords(condition.field))}`.replace(/ 1 lines$/, ' 1 line')
  const whom = groupBy.length === 0 ? '' : `, for each ${groupBy.map(fieldWords).join(' and ')}`
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} within ${durationWords(timespan)}${whom}`
}

const VERBS: Record<string, string> = {
  block: 'block', tighten_limits: 'tighten the limits of', end_sessions: 'end the sessions of', lock_out: 'lock out', suspend_key: 'suspend',
  hold_votes: 'hold the votes', invalidate_votes: 'invalidate the votes', require_step_up: 'ask for more work from',
}
/** `block the address for 30 minutes`. */
export function actionWords({ type, target, ttl, level }: Pick<Action, 'type' | 'target' | 'ttl' | 'level'>): string {
  const whom = target === null ? '' : ` ${type.endsWith('_votes') ? 'of ' : ''}the ${fieldWords(target)}`
  return `${VERBS[type] ?? words(type)}${whom} for ${durationWords(ttl)}${level === null ? '' : `, once it is ${level}`}`
}

/** A text that was wrapped in its file, as paragraphs. */
export const unwrapped = (text: string): string => text.trim().replaceAll(/([^\n])\n(?!\n)/g, '$1 ')

/** What a rule would have done about an alert; empty: nothing. */
export function doneAbout({ firesAt, severity }: Pick<Replayed, 'firesAt' | 'severity'>, actions: readonly Action[]): Action[] {
  if (firesAt === null) return []
  return actions.filter(({ level }) => level === null || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(level))
}
