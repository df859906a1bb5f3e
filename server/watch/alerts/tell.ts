/** The last part of a look: who is told of what (routing.ts), into the outbox, in the same transaction. */
import type { PoolClient } from 'pg'
import { appendTimeline } from '../../../db/queries/alerts.ts'
import { listRoutes } from '../../../db/queries/channels.ts'
import { enqueueNotification } from '../../../db/queries/notifications.ts'
import { loadNotifiedGroups, loadRoutableAlerts, saveEscalations, saveNotifiedGroups } from '../../../db/queries/notified-groups.ts'
import { listResponsesOf } from '../../../db/queries/responses.ts'
import { loadStandingSilences } from '../../../db/queries/silences.ts'
import type { WatchSettings } from '../../contract/watch-settings.ts'
import type { RuleLibrary } from '../language/library.ts'
import { responseWords } from '../responses/words.ts'
import type { PageOf } from './page-of.ts'
import { route } from './routing.ts'

export interface Telling {
  library: RuleLibrary
  settings: WatchSettings
  now: number
  projectName: (projectId: number) => string
  pageOf: PageOf
}

/** @returns how many messages are new in the outbox */
export async function tellChannels(client: PoolClient, { library, settings, now, projectName, pageOf }: Telling): Promise<number> {
  const told = await loadNotifiedGroups(client)
  const alerts = await loadRoutableAlerts(client)
  if (alerts.length === 0 && told.length === 0) return 0
  const responses = new Map<string, string[]>()
  for (const row of await listResponsesOf(client, alerts.map(({ id }) => id))) {
    responses.set(row.alertId, [...(responses.get(row.alertId) ?? []), responseWords(row)])
  }
  const routed = route({
    alerts, told, library, settings, now, projectName, pageOf,
    channels: await listRoutes(client),
    silences: await loadStandingSilences(client, now),
    responsesOf: (alertId) => responses.get(alertId) ?? [],
  })
  let enqueued = 0
  for (const { projectId, channelId, channelProjectId, dedupKey, message } of routed.notifications) {
    const isNew = await enqueueNotification(client, { projectId, channel: { projectId: channelProjectId, id: channelId }, dedupKey, message }, now)
    if (isNew) enqueued += 1
  }
  await saveNotifiedGroups(client, routed.told)
  await saveEscalations(client, routed.escalated)
  await appendTimeline(client, routed.timeline)
  return enqueued
}
