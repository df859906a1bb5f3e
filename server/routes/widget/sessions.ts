/** `POST …/sessions`: a session, a device token to keep, and what this visitor has voted for. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { lastFingerprint } from '../../../db/queries/decisions.ts'
import { noteReturn, votedItems } from '../../../db/queries/votes.ts'
import { ProjectParams, SessionAnswer, SessionRequest } from '../../contract/widget.ts'
import { Problem } from '../../errors.ts'
import { clientHeaders, gather } from '../../gate/gather.ts'
import { type UserIdentification, identifyUser } from '../../gate/identify.ts'
import { judge } from '../../gate/judge.ts'
import type { Policy } from '../../gate/policies/policy.ts'
import { refuseBlocked } from '../../plugins/blocks.ts'
import { mintDeviceToken, readDeviceToken } from '../../tokens/device.ts'
import { SESSION_TTL_MS, type SessionUser, mintSession, newNonce } from '../../tokens/session.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { reportTokenFailure, usesFingerprint } from './identification.ts'
import { reportVerdict } from './vote-decision.ts'

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
      const { policy } = app.gate

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
      const subject = { ip: request.clientAddress, device: deviceKey, ...(user === undefined ? {} : { user: user.voter }) }
      refuseBlocked(app.blocks.find(project.id, subject, now) ?? app.blocks.find(0, subject, now, 'widget', project.id), now)
      // A device minted just now has no history to look up.
      const [voted, known] = presented === undefined && user === undefined
        ? [{ itemIds: [], held: false, counted: false }, null]
        : await Promise.all([
          votedItems(app.votersDb, project.id, user === undefined ? [deviceKey] : [user.voter, deviceKey]),
          usesFingerprint(project) ? lastFingerprint(app.votersDb, project.id, deviceKey) : null,
        ])
      if (voted.held && now - device.issuedAt >= policy.release.returnMs) await noteReturn(app.votersDb, project.id, deviceKey, now)
      const expiresAt = Math.min(now + SESSION_TTL_MS, user?.expiresAt ?? Infinity)
      const nonce = newNonce()
      const difficulty = difficultyFor(request, policy, user !== undefined, device.issuedAt, now)
      const session = mintSession(app.keys.session, {
        projectId: project.id, origin: request.widgetOrigin, issuedAt: now, expiresAt, device: deviceKey, deviceSince: device.issuedAt,
        ...(difficulty === undefined ? {} : { difficulty }),
        ...(voted.counted ? { votedBefore: true } : {}),
        ...(known === null ? {} : { knownFingerprint: known }),
        ...(user === undefined ? {} : { user: sessionUser(app, project.id, user, now) }),
      }, nonce)
      const challenge = difficulty === undefined || policy.challenge === null
        ? null
        : { nonce, difficulty, minimumDwellMs: policy.challenge.minimumDwellMs }
      return reply.code(201).header('cache-control', 'no-store').send({
        session, expiresAt, deviceToken, challenge, votedItemIds: voted.itemIds.map(String), verified: user !== undefined,
      })
    },
  )

  /** Leading zero bits; undefined: the policy asks for no work. What is odd about the request already makes it harder. */
  function difficultyFor(request: FastifyRequest, policy: Policy, verified: boolean, deviceSince: number, now: number): number | undefined {
    const evidence = gather({
      tier: verified ? 'v' : 'd', signals: undefined, userAgent: request.headers['user-agent'],
      headers: clientHeaders(request.headers), fingerprintChanged: undefined,
      deviceSince, network: app.networks.find(request.clientAddress), rates: { voter: undefined, network: undefined, item: undefined },
    }, now)
    const verdict = judge(evidence, policy, now, { endpoint: 'POST sessions' })
    const { action } = verdict
    // That work gets harder is no news; what would refuse is.
    if ((verdict.wouldHave ?? action) === 'block') reportVerdict(request, verdict, 'A session')
    if (action === 'block') throw new Problem('blocked')
    if (policy.challenge === null) return undefined
    return action === 'allow' || action === 'log' ? policy.challenge.difficulty : policy.challenge.suspectDifficulty
  }
}
export default sessions

function sessionUser(
  app: FastifyInstance, projectId: number, { sub, expiresAt: _ends, ...user }: Exclude<UserIdentification, { refused: unknown }>, now: number,
): SessionUser {
  const sequence = app.gate.users.show(projectId, sub, now)
  return sequence === undefined ? user : { ...user, sequence }
}
