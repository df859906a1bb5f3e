/** Hour by hour how much there was of what a rule counts, group by group, and what of it is usual. */
import type { CorrelationDocument } from '../../contract/rule.ts'
import { durationMs } from '../language/duration.ts'
import { type Alert, groupKeyOf } from './alert.ts'
import { type Interval, usualAmount } from './baseline.ts'

export interface HourTable {
  /** By project and group. */
  groups: Map<string, { projectId: number; keys: string[]; hours: Map<number, number> }>
}

interface HourLine {
  projectId: number
  keys: string[]
  hour: number
  n: number
}

const HOUR_MS = 3_600_000

export function hourTable(fields: readonly string[], lines: readonly HourLine[]): HourTable {
  const table: HourTable = { groups: new Map() }
  addHours(table, fields, lines)
  return table
}

/** An hour that is known already is replaced: it may have been read before it was over. */
export function addHours({ groups }: HourTable, fields: readonly string[], lines: readonly HourLine[]): void {
  for (const { projectId, keys, hour, n } of lines) {
    const key = tableKey(projectId, groupKeyOf(groupFrom(fields, keys)))
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { projectId, keys, hours: new Map() }))
    group.hours.set(hour, n)
  }
}

/** Nothing older than that is asked for any more. */
export function forgetHours({ groups }: HourTable, before: number): void {
  for (const [key, { hours }] of groups) {
    for (const hour of hours.keys()) if (hour < before) hours.delete(hour)
    if (hours.size === 0) groups.delete(key)
  }
}

export interface BaselineRule {
  keepMs: number
  document: CorrelationDocument
}

/** What is usual in each hour of the span, for every group of which enough is known. `alerts`: the rule’s own, by which hours are left out. */
export function usualOf(
  { keepMs, document: { correlation } }: BaselineRule, { groups }: HourTable, alerts: readonly Pick<Alert, 'projectId' | 'groupKey' | 'startsAt' | 'lastAt' | 'firesAt'>[],
  { from, until }: { from: number; until: number },
): { projectId: number; keys: string[]; hour: number; amount: number }[] {
  const spanMs = durationMs(correlation.timespan)
  const historyMs = durationMs(correlation.history ?? '28d')
  const active = new Map<string, Interval[]>()
  for (const { projectId, groupKey, startsAt, lastAt, firesAt } of alerts) {
    if (firesAt === null) continue
    const key = tableKey(projectId, groupKey)
    const intervals = active.get(key) ?? []
    intervals.push({ from: startsAt - spanMs, until: lastAt + keepMs })
    active.set(key, intervals)
  }
  const usual: ReturnType<typeof usualOf> = []
  for (const [key, { projectId, keys, hours }] of groups) {
    for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour <= until; hour += HOUR_MS) {
      const amount = usualAmount(hours, hour, active.get(key) ?? [], { historyMs, spanMs })
      if (amount !== undefined) usual.push({ projectId, keys, hour, amount })
    }
  }
  return usual
}

const tableKey = (projectId: number, groupKey: string): string => `${projectId} ${groupKey}`
const groupFrom = (fields: readonly string[], keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(fields.map((field, index) => [field, String(keys[index])]))
