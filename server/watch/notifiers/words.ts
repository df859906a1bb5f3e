/**
 * What all channels say alike. Alerts carry text that attackers chose (origins, user agents, ids): here it becomes one line of
 * printable characters; what is special to a service’s format is escaped where that format is written.
 */
import { createHash } from 'node:crypto'
import type { Message, MessageAlert } from './message.ts'

/** One line: control characters and bidirectional overrides become spaces or go, and `max` characters are kept. */
export function clean(text: string, max: number): string {
  const line = text
    // oxlint-disable-next-line no-control-regex -- removing control characters is the point
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .toWellFormed().trim()
  if (line.length <= max) return line
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

const KIND_WORDS = { alerts: '', escalation: 'unacknowledged, ', test: 'test, ' } as const

/** `CRITICAL, firing: …`; what a subject line and a lock screen show. */
export const headlineOf = ({ kind, severity, status, title }: Message): string =>
  `${severity.toUpperCase()}, ${KIND_WORDS[kind]}${status}: ${clean(title, 200)}`

/** The values an alert is about, as pairs of name and text. */
export const subjectsOf = ({ group }: MessageAlert): [name: string, value: string][] =>
  Object.entries(group).map(([name, value]) => [clean(name, 60), clean(value, 200)])

export const subjectLine = (alert: MessageAlert): string => subjectsOf(alert).map(([name, value]) => `${name} ${value}`).join(', ')

/** What a link is called where it can have a name. */
export const LINK_WORDS = 'Open in the dashboard'

export const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** `since 2026-03-01T09:30:00Z, 12 lines, measured 51` */
export const figuresOf = ({ startsAt, endsAt, lines, value }: MessageAlert): string =>
  `since ${instant(startsAt)}${endsAt === null ? '' : ` until ${instant(endsAt)}`}, ${lines} ${lines === 1 ? 'line' : 'lines'}, measured ${Number(value.toPrecision(6))}`

/** What belongs together over its whole life, as a short name that gives nothing away and fits anywhere. */
export const threadOf = ({ projectId, groupKey }: Pick<Message, 'projectId' | 'groupKey'>): string =>
  createHash('sha256').update(`${projectId}\0${groupKey}`).digest('hex').slice(0, 40)
