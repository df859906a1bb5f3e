/** What a channel is asked to tell. Stored in the outbox as it is; each notifier gives it its service’s shape. */
import type { Severity } from '../../contract/primitives.ts'

export interface MessageAlert {
  id: string
  rule: string
  title: string
  severity: Severity
  state: 'firing' | 'resolved'
  group: Record<string, string>
  startsAt: number
  endsAt: number | null
  value: number
  lines: number
  /** What to look at first. */
  triage: string
  /** What has been done, in words. */
  responses: string[]
  /** Its page in the dashboard (of an event that was escalated, the event’s); null without PUBLIC_URL, absent in what was stored before there was one. */
  url?: string | null
}

export interface Message {
  /** test: somebody asked whether the channel works. escalation: nobody acknowledged in time. */
  kind: 'alerts' | 'escalation' | 'test'
  /** resolved: all of them are. */
  status: 'firing' | 'resolved'
  /** The gravest of them. */
  severity: Severity
  /** One line. */
  title: string
  /** The same for what belongs together, over its whole life: PagerDuty’s dedup key, a mail thread. */
  groupKey: string
  projectId: number
  projectName: string
  /** What to open first: the page of the first alert; of a test, the dashboard. Null and absent as there. */
  url?: string | null
  /** At most 20. */
  alerts: MessageAlert[]
  /** How many more there are. */
  more: number
  at: number
}
