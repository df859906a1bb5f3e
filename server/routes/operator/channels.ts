/** Channels: where alerts are told, whether they work, and what became of what was told there. */
import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { PoolClient } from 'pg'
import { Type } from 'typebox'
import { type ChannelRow, disableChannel, findChannel, insertChannel, listChannels, lockChannel, updateChannel } from '../../../db/queries/channels.ts'
import { type NotificationRow, findNotification, listNotifications, reviveNotification } from '../../../db/queries/notifications.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  CHANNEL_DEFAULTS, Channel, ChannelCreated, ChannelParams, ChannelPatch, ChannelRequest, ChannelTestAnswer, ChannelsAnswer, ChannelsQuery, Notification,
  NotificationParams, NotificationsAnswer, NotificationsQuery,
} from '../../contract/channel.ts'
import { SEVERITIES } from '../../contract/primitives.ts'
import { Problem } from '../../errors.ts'
import { type ChannelSecrets, openSettings, sealSettings } from '../../watch/notifiers/sealed-settings.ts'
import { type SettingsFault, changeSettings, completeSettings, findSettingsFaults, showSettings } from '../../watch/notifiers/settings.ts'
import { cutPage, readCursor } from '../cursor.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { auditedChannel, changedChannel } from './audited-channel.ts'

const CURSOR_BIGINT = /^[1-9]\d{0,17}$/
const PRIVATE = 'allowPrivate lets it reach the installation’s own network'

const channels: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/channels',
    {
      schema: {
        tags: ['operator'], summary: 'Channels', querystring: ChannelsQuery,
        response: { 200: ChannelsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project } = request.query
      return { channels: (await listChannels(app.db, projectAsked(request, project))).map((row) => channelOf(row, secretsOf(row))) }
    },
  )

  app.post(
    '/channels',
    {
      schema: {
        tags: ['operator'],
        summary: 'Create a channel',
        description: 'Without `project` it tells alerts of all projects, which takes a token of all projects. Secrets are not shown again.',
        body: ChannelRequest,
        response: { 201: ChannelCreated, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { kind, name, project, settings, allowPrivate = false, ...routing } = request.body
      if (project === undefined) wholeInstallation(request, 'Without `project` it tells alerts of all projects')
      const projectId = project === undefined ? 0 : request.operatedProject(project).id
      if (allowPrivate) wholeInstallation(request, PRIVATE)
      refuseFaults(findSettingsFaults(kind, settings, allowPrivate))
      const { stored, generatedSecret } = completeSettings(kind, settings)
      const secrets: ChannelSecrets = { allowPrivate, channel: stored }
      const row = await inTransaction(app.db, async (client) => {
        const made = await insertChannel(
          client,
          { projectId, kind, name: storable(name).trim(), severities: [...SEVERITIES], rules: null, escalationsOnly: false, ...CHANNEL_DEFAULTS, ...routing },
          (id) => sealSettings(app.keys.vault, secrets, { projectId, id }), app.clock(),
        )
        if (made === null) throw new Problem('channel_exists')
        await request.audit(client, { action: 'channel.create', target: String(made.id), projectId, after: auditedChannel(made, secrets) })
        return made
      })
      return reply.code(201).header('cache-control', 'no-store').send({
        ...channelOf(row, secrets), ...(generatedSecret === undefined ? {} : { secret: generatedSecret }),
      })
    },
  )

  app.patch(
    '/channels/:id',
    {
      schema: {
        tags: ['operator'],
        summary: 'Change a channel',
        description: '`settings` are laid over the present ones. A secret stays unless it is sent; where the channel moves to another address, it has to be.',
        params: ChannelParams,
        body: ChannelPatch,
        response: { 200: Channel, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      return await inTransaction(app.db, async (client) => {
        const row = await channelNamed(request, request.params.id, { within: client })
        const present = secretsOf(row)
        const { name, settings: change, allowPrivate = present.allowPrivate, ...routing } = request.body
        // Who may not allow private addresses may not choose which one a channel that may reach them reaches, either.
        if (allowPrivate && (!present.allowPrivate || change !== undefined)) wholeInstallation(request, PRIVATE)
        const changed = changeSettings(present.channel, change ?? {})
        if ('faults' in changed) refuseFaults(changed.faults)
        const settings = 'settings' in changed ? changed.settings : {}
        refuseFaults(findSettingsFaults(row.kind, settings, allowPrivate))
        const secrets: ChannelSecrets = { allowPrivate, channel: completeSettings(row.kind, settings).stored }
        const updated = await updateChannel(client, {
          ...row, ...routing, name: name === undefined ? row.name : storable(name).trim(), sealedSettings: sealSettings(app.keys.vault, secrets, row),
        })
        if (updated === null) throw new Problem('channel_exists')
        await request.audit(client, {
          action: 'channel.update', target: String(row.id), projectId: row.projectId,
          ...changedChannel({ row, secrets: present }, { row: updated, secrets }),
        })
        return channelOf(updated, secrets)
      })
    },
  )

  app.delete(
    '/channels/:id',
    {
      schema: {
        tags: ['operator'],
        summary: 'Use a channel no more',
        description: 'What waits for it is given up. What was told there can still be read.',
        params: ChannelParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      await inTransaction(app.db, async (client) => {
        const row = await channelNamed(request, request.params.id, { within: client })
        await disableChannel(client, row, app.clock())
        await request.audit(client, {
          action: 'channel.disable', target: String(row.id), projectId: row.projectId, before: auditedChannel(row, secretsOf(row)),
        })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/channels/:id/test',
    {
      schema: {
        tags: ['operator'], summary: 'Send a test message now, and say what came of it', params: ChannelParams,
        response: { 200: ChannelTestAnswer, ...refusals(400, 401, 403, 404, 429, 502, 503) },
      },
    },
    async (request) => {
      const row = await channelNamed(request, request.params.id)
      const id = randomUUID()
      const outcome = await app.notifications.test(secretsOf(row), {
        kind: 'test', status: 'firing', severity: 'low', title: `${request.operator.name} asks whether the channel ${row.name} works`,
        groupKey: `test ${id}`, projectId: row.projectId, projectName: projectName(row.projectId), url: app.alerts.pageOf(), alerts: [], more: 0, at: app.clock(),
      }, `test_${id}`)
      if (!outcome.delivered) throw new Problem('channel_failed', { detail: outcome.reason })
      // Nothing is changed here, but somebody elsewhere has been told something.
      await inTransaction(app.db, (client) => request.audit(client, {
        action: 'channel.test', target: String(row.id), projectId: row.projectId, after: { name: row.name, kind: row.kind, message: `test_${id}` },
      }))
      return { delivered: true as const }
    },
  )

  app.get(
    '/channels/:id/notifications',
    {
      schema: {
        tags: ['operator'], summary: 'What was told there, newest first', params: ChannelParams, querystring: NotificationsQuery,
        response: { 200: NotificationsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { state = null, cursor, limit = 50 } = request.query
      const channel = await channelNamed(request, request.params.id, { disabled: true })
      const [before = null] = readCursor(cursor, CURSOR_BIGINT) ?? []
      const { page, nextCursor } = cutPage(await listNotifications(app.db, channel, { state, before, limit: limit + 1 }), limit, ({ id }) => [id])
      return { notifications: page.map(notificationOf), nextCursor }
    },
  )

  app.post(
    '/notifications/:id/retry',
    {
      schema: {
        tags: ['operator'], summary: 'Send again what was given up', params: NotificationParams,
        response: { 200: Notification, ...refusals(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request) => {
      const found = await findNotification(app.db, request.params.id)
      const reached = found !== null && (request.operator.projectId === undefined || request.operator.projectId === found.channelProjectId)
      if (!reached) throw new Problem('not_found', { detail: `There is no notification ${request.params.id}.` })
      await inTransaction(app.db, async (client) => {
        if (!await reviveNotification(client, found, app.clock())) throw new Problem('notification_not_dead')
        await request.audit(client, {
          action: 'notification.retry', target: found.id, projectId: found.projectId, before: { attempts: found.attempts, lastError: found.lastError },
          after: { channel: String(found.channelId) },
        })
      })
      app.notifications.poke()
      return notificationOf(await findNotification(app.db, found.id) ?? found)
    },
  )

  /** Throws `not_found` also for a channel that the token does not reach, so that ids are not probed. `within`: locked in its transaction. */
  async function channelNamed(
    request: FastifyRequest, id: string, { disabled = false, within }: { disabled?: boolean; within?: PoolClient } = {},
  ): Promise<ChannelRow> {
    const row = within === undefined ? await findChannel(app.db, rowId(id)) : await lockChannel(within, rowId(id))
    const reached = row !== null && (request.operator.projectId === undefined || request.operator.projectId === row.projectId)
    if (!reached || (row.disabledAt !== null && !disabled)) throw new Problem('not_found', { detail: `There is no channel ${id}.` })
    return row
  }
  const secretsOf = (row: ChannelRow): ChannelSecrets => openSettings(app.keys.vault, row.sealedSettings, row)
  const projectName = (id: number): string => app.projects.all().find((project) => project.id === id)?.name ?? 'all projects'
}
export default channels

function refuseFaults(faults: readonly SettingsFault[]): void {
  if (faults.length === 0) return
  throw new Problem('invalid_channel', {
    detail: faults.map(({ pointer, detail }) => `settings${pointer.replaceAll('/', '.')} ${detail}`).join('; '),
    errors: faults.map(({ pointer, detail }) => ({ pointer: `/body/settings${pointer}`, detail })),
  })
}

function channelOf({ id, projectId, sealedSettings: _sealed, disabledAt: _disabled, ...row }: ChannelRow, { allowPrivate, channel }: ChannelSecrets): Channel {
  return { ...row, id: String(id), project: projectId === 0 ? null : String(projectId), allowPrivate, settings: showSettings(channel) }
}

function notificationOf({ projectId: _project, channelId: _channel, channelProjectId: _of, ...row }: NotificationRow): Notification {
  return row
}
