/** Messages as the watch writes them, and alerts in the database for their timeline. */
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { enqueueNotification } from '../../db/queries/notifications.ts'
import type { Message, MessageAlert } from '../../server/watch/notifiers/message.ts'
import type { TestApp } from './app.ts'
import { Operator, expectJson } from './operator.ts'

export const anAlert = (overrides: Partial<MessageAlert> = {}): MessageAlert => ({
  id: randomUUID(), rule: 'failed-authentications', title: 'Many failed authentications', severity: 'high', state: 'firing',
  group: { ipAddress: '203.0.113.7' }, startsAt: 1_772_357_400_000, endsAt: null, value: 11, lines: 11,
  triage: 'Look at the user ids first.', responses: ['Blocked 203.0.113.7 for 30 minutes'], ...overrides,
})

export const aMessage = (overrides: Partial<Message> = {}): Message => ({
  kind: 'alerts', status: 'firing', severity: 'high', title: 'Many failed authentications from 203.0.113.7', groupKey: '["203.0.113.7"]',
  projectId: 1, projectName: 'Shop', alerts: [anAlert()], more: 0, at: 1_772_357_405_000, ...overrides,
})

/** A channel by the real route, allowed to reach loopback. Returns its id. */
export async function addChannel(test: TestApp, kind: string, settings: object, more: object = {}): Promise<string> {
  const body = { kind, name: `${kind} ${randomUUID()}`, settings, allowPrivate: true, ...more }
  return expectJson<{ id: string }>(await new Operator(test, test.operators.admin).call('POST', '/operator/v1/channels', body), 201).id
}

/** For a channel of all projects. */
export async function enqueue(test: TestApp, channelId: string, message: Message = aMessage(), dedupKey: string = randomUUID()): Promise<boolean> {
  return enqueueNotification(test.app.db, {
    projectId: test.project.id, channel: { projectId: 0, id: Number(channelId) }, dedupKey, message: { ...message, projectId: test.project.id },
  }, test.clock.now)
}

/** A firing alert of that id, of the project. */
export async function storeAlert(app: FastifyInstance, projectId: number, { id, rule, title, severity }: MessageAlert, now: number): Promise<void> {
  await app.db.query(
    `insert into alerts (project_id, alert_id, rule, rule_version, title, group_by, group_key, state, severity, starts_at, last_at, detected_at, value, lines)
     values ($1, $2::uuid, $3, '1', $4, '{}', $2::uuid::text, 'firing', $5, to_timestamp($6 / 1000.0), to_timestamp($6 / 1000.0), to_timestamp($6 / 1000.0), 1, 1)`,
    [projectId, id, rule, title, severity, now],
  )
}
