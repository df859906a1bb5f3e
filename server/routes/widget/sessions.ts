/** `POST …/sessions`: a session, a device token to keep, and what this visitor has voted for. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { lastFingerprint } from '../../../db/queries/decisions.ts'
import { votedItems } from '../../../db/queries/votes.ts'
import { ProjectParams, SessionAnswer, SessionRequest } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import { identifyUser } from '../../gate/identify.ts'
import { mintDeviceToken, readDeviceToken } from '../../tokens/device.ts'
import { SESSION_TTL_MS, mintSession } from '../../tokens/session.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { reportTokenFailure } from './identification.ts'

const sessions: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/:projectKey/sessions',
    {
      schema: {
        tags: ['widget'],
        summary: 'Start a session',
        params: ProjectParams,
        body: SessionRequest,
        response: { 201: SessionAnswer, ...refusals(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project, body } = request
      const now = app.clock()

      const user = body.userToken === undefined ? undefined : await identifyUser(project, body.userToken, now)
      if (user !== undefined && 'refused' in user) {
        reportTokenFailure(request, user.failure)
        throw new Problem(user.refused, { detail: user.failure.message })
      }

      const presented = body.deviceToken === undefined ? undefined : readDeviceToken(app.keys.device, project.id, body.deviceToken)
      if (body.deviceToken !== undefined && presented === undefined) {
        request.report({ eventType: 'suspicious_activity', severity: 'low', errorMessage: 'A device token this server did not sign' })
      }
      const { device, token: deviceToken } = presented === undefined || body.deviceToken === undefined
        ? mintDeviceToken(app.keys.device, project.id, now)
        : { device: presented, token: body.deviceToken }

      const deviceKey = voterKey(project.pepper, 'device', device.id)
      if (app.blocks.find(project.id, { device: deviceKey, ...(user === undefined ? {} : { user: user.voter }) }, now)) {
        throw new Problem('blocked')
      }
      // A device minted just now has no history to look up.
      const [voted, known] = presented === undefined && user === undefined
        ? [[], null]
        : await Promise.all([
          votedItems(app.db, project.id, user === undefined ? [deviceKey] : [user.voter, deviceKey]),
          project.fingerprint === 'off' ? null : lastFingerprint(app.db, project.id, deviceKey),
        ])
      const expiresAt = Math.min(now + SESSION_TTL_MS, user?.expiresAt ?? Infinity)
      const session = mintSession(app.keys.session, {
        projectId: project.id, origin: request.widgetOrigin, issuedAt: now, expiresAt, device: deviceKey, deviceSince: device.issuedAt,
        ...(known === null ? {} : { knownFingerprint: known }),
        ...(user === undefined ? {} : { user: { voter: user.voter, masked: user.masked, kid: user.kid } }),
      })
      return reply.code(201).header('cache-control', 'no-store').send({
        session, expiresAt, deviceToken, challenge: null, votedItemIds: voted.map(String), verified: user !== undefined,
      })
    },
  )
}
export default sessions
