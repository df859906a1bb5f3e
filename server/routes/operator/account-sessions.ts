/** Where one is signed in, and signing out there. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { endSession, endSessions, listLiveSessions } from '../../../db/queries/operator-sessions.ts'
import { revokeTokensOf } from '../../../db/queries/operator-tokens.ts'
import { lockOperator } from '../../../db/queries/operators.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { AccountParams, OperatorSessionsAnswer } from '../../contract/account.ts'
import { Problem } from '../../errors.ts'
import { SESSION_IDLE_MS } from '../../tokens/operator-session.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const accountSessions: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/account/sessions',
    {
      schema: {
        tags: ['operator'], summary: 'Where one is signed in, the last used first', description: 'Of a token: nowhere.',
        response: { 200: OperatorSessionsAnswer, ...refusals(401, 403, 429, 503) },
      },
    },
    async ({ operator: { accountId }, operatorSession }, reply) => {
      const rows = operatorSession === undefined || accountId === undefined ? [] : await listLiveSessions(app.db, accountId, app.operatorSessions.times())
      return reply.header('cache-control', 'no-store').send({
        sessions: rows.map(({ id, expiresAt, ...row }) => ({
          ...row, id: String(id), current: id === operatorSession?.id, expiresAt: Math.min(expiresAt, row.lastSeenAt + SESSION_IDLE_MS),
        })),
      })
    },
  )

  app.delete(
    '/account/sessions',
    {
      schema: {
        tags: ['operator'], summary: 'Sign out everywhere, here as well', description: 'Revokes one’s own tokens too: whoever else was in may have made one.',
        response: { 204: Type.Null(), ...refusals(401, 403, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator: { accountId, actor }, operatorSession } = request
      if (operatorSession === undefined || accountId === undefined) throw new Problem('session_required')
      await inTransaction(app.db, async (client) => {
        // One that is being made at this moment ends as well.
        await lockOperator(client, accountId)
        const sessionsEnded = await endSessions(client, accountId, app.clock())
        const tokensRevoked = await revokeTokensOf(client, accountId)
        await request.audit(client, { action: 'account.sign-out-everywhere', target: actor, projectId: 0, after: { sessionsEnded, tokensRevoked } })
      })
      app.operatorSessions.clear(request, reply)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/account/sessions/:id',
    {
      schema: {
        tags: ['operator'], summary: 'Sign out somewhere', params: AccountParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator: { accountId, actor }, operatorSession, params } = request
      if (operatorSession === undefined || accountId === undefined) throw new Problem('session_required')
      await inTransaction(app.db, async (client) => {
        const ended = await endSession(client, accountId, rowId(params.id), app.clock())
        if (!ended) throw new Problem('not_found', { detail: `You have no session ${params.id}.` })
        await request.audit(client, { action: 'account.sign-out', target: actor, projectId: 0, before: { session: params.id } })
      })
      return reply.code(204).send(null)
    },
  )
}
export default accountSessions
