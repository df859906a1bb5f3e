/** What a channel was told last of an alert, as `notified_groups.told` holds it: `firing:high`, or `firing:high:2` after two escalations. */
import { SEVERITIES, type Severity } from '../../contract/primitives.ts'

export interface Told {
  state: 'firing' | 'resolved'
  severity: Severity
  /** How many of its escalations. */
  escalations: number
}

export interface NotifiedGroup {
  projectId: number
  channelProjectId: number
  channelId: number
  groupKey: string
  /** By alert id. Empty: there is nothing to remember, and the row can go. */
  told: Record<string, string>
  toldAt: number
}

export const formatTold = ({ state, severity, escalations }: Told): string =>
  `${state}:${severity}${escalations === 0 ? '' : `:${escalations}`}`

/** @throws RangeError for a text that this file did not write */
export function readTold(text: string): Told {
  const [state, given, escalations = '0'] = text.split(':')
  const severity = SEVERITIES.find((known) => known === given)
  if ((state !== 'firing' && state !== 'resolved') || severity === undefined || !/^\d+$/.test(escalations)) {
    throw new RangeError(`${text} is nothing a channel can have been told`)
  }
  return { state, severity, escalations: Number(escalations) }
}
