/** A person tells the channels now: of an alert, whatever its group waits for, or of an event that no rule has made anything of. */
import type { PoolClient } from 'pg'
import { appendTimeline } from '../../../db/queries/alerts.ts'
import { type ChannelRoute, listRoutes } from '../../../db/queries/channels.ts'
import type { EventRow } from '../../../db/queries/event-columns.ts'
import { enqueueNotification } from '../../../db/queries/notifications.ts'
import { listResponsesOf } from '../../../db/queries/responses.ts'
import type { RuleLibrary } from '../language/library.ts'
import type { Message } from '../notifiers/message.ts'
import { responseWords } from '../responses/words.ts'
import type { Alert } from './alert.ts'
import { messageOf } from './message-of.ts'
import type { PageOf } from './page-of.ts'

/** Twice within it is once: a second click, a request that was repeated. */
const ONCE_MS = 60_000
const LONGEST_TITLE = 200

export interface Escalation {
  actor: string
  note: string
  now: number
  projectName: (projectId: number) => string
  pageOf: PageOf
}

/** Inside a transaction. @returns names of the channels that are told: all that serve the project and take the rule, whatever severities they ask for */
export async function escalateAlert(client: PoolClient, alert: Alert, library: RuleLibrary, said: Escalation): Promise<string[]> {
  const { actor, note, now, projectName, pageOf } = said
  const { projectId, rule } = alert
  const responses = (await listResponsesOf(client, [alert.id])).map((row) => responseWords(row))
  const message = messageOf({
    kind: 'escalation', groupKey: `${projectId}/${rule}`, projectId, projectName: projectName(projectId), alerts: [alert], news: new Set([alert.id]), library,
    responsesOf: () => [noteOf(said), ...responses], pageOf, now,
  })
  const told = await enqueueForAll(client, (route) => route.rules === null || route.rules.includes(rule), alert, {
    ...message, title: titleOf(actor, `${alert.title} in ${message.projectName}`),
  })
  await appendTimeline(client, [{ projectId, alertId: alert.id, at: now, kind: 'escalated', actor, detail: { note, channels: told } }])
  return told
}

/** Inside a transaction. @returns names of the channels that are told: all that serve the project and take every rule */
export async function escalateEvent(client: PoolClient, event: EventRow, said: Escalation): Promise<string[]> {
  const { projectId, id, eventType, severity, occurredAt, count } = event
  const projectName = said.projectName(projectId)
  const url = said.pageOf('events', id)
  const about = { ipAddress: event.ipAddress, fingerprint: event.fingerprint, endUserId: event.endUserId, origin: event.origin, endpoint: event.endpoint }
  return await enqueueForAll(client, (route) => route.rules === null, event, {
    kind: 'escalation', status: 'firing', severity, groupKey: `event/${id}`, projectId, projectName, url, more: 0, at: said.now,
    title: titleOf(said.actor, `${eventType} in ${projectName}`),
    alerts: [{
      id, rule: eventType, title: event.errorMessage ?? eventType, severity, state: 'firing', startsAt: occurredAt, endsAt: null, value: count, lines: 1, triage: '',
      group: Object.fromEntries(Object.entries(about).filter((pair): pair is [string, string] => pair[1] !== null)), responses: [noteOf(said)], url,
    }],
  })
}

async function enqueueForAll(
  client: PoolClient, takes: (route: ChannelRoute) => boolean, { projectId, id }: { projectId: number; id: string }, message: Message,
): Promise<string[]> {
  const routes = (await listRoutes(client)).filter((route) => (route.projectId === 0 || route.projectId === projectId) && takes(route))
  for (const channel of routes) {
    await enqueueNotification(client, { projectId, channel, dedupKey: `escalated/${id}/${Math.floor(message.at / ONCE_MS)}`, message }, message.at)
  }
  return routes.map(({ name }) => name)
}

const noteOf = ({ actor, note }: Escalation): string => `${actor} says: ${note}`
/** One line whatever a rule or a stranger says: this becomes the subject of a mail. */
const titleOf = (actor: string, what: string): string => `Escalated by ${actor}: ${what}`.replaceAll(/\s+/g, ' ').slice(0, LONGEST_TITLE)
