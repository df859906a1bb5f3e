/** Signing in and out. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { endSession } from '../../../db/queries/operator-sessions.ts'
import { lockOperator } from '../../../db/queries/operators.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { Account, SignInRequest } from '../../contract/account.ts'
import { Problem } from '../../errors.ts'
import { comesFromHere } from '../../plugins/operator-sessions.ts'
import { accountActor } from '../../plugins/operators.ts'
import { refusals } from '../refusals.ts'
import { accountOf } from './account-answer.ts'

/** Attempts per minute and network, right or wrong. */
const MAX_PER_MINUTE = 60

/** Takes no session: that is what one comes for. */
export const signIn: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/session',
    {
      config: { rateLimit: { max: (request) => request.limitNow(MAX_PER_MINUTE), timeWindow: 60_000, keyGenerator: (request) => `sign-in ${request.clientNetwork}` } },
      schema: {
        tags: ['operator'],
        summary: 'Sign in',
        description: 'Answers with a cookie. An unknown name, a wrong password and a wrong code are told alike; `totp_required` asks for a code after a right password.',
        security: [],
        body: SignInRequest,
        response: { 200: Account, ...refusals(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      // A page elsewhere could sign its visitors in as somebody they are not, and read what they write there.
      if (!comesFromHere(request)) throw new Problem('csrf_token_invalid', { detail: 'Sign in on a page of this server.' })
      const operator = await app.signIn(request, request.body)
      const replaced = await app.operatorSessions.find(request)
      const session = await inTransaction(app.db, async (client) => {
        // Looking at a password takes its time: one that was changed meanwhile, which ended all sessions, begins none.
        const now = await lockOperator(client, operator.id)
        if (now === null || now.disabledAt !== null || now.passwordHash !== operator.passwordHash) throw new Problem('sign_in_failed')
        if (replaced !== null) await endSession(client, replaced.operator.id, replaced.session.id, app.clock())
        const begun = await app.operatorSessions.begin(client, request, operator.id)
        await app.audit(client, {
          action: 'account.sign-in', target: accountActor(operator.id), projectId: 0, after: { session: begun.id, totp: operator.totp },
          actor: accountActor(operator.id), actorName: operator.name, ipAddress: request.clientAddress,
        })
        return begun
      })
      session.show(reply)
      return reply.header('cache-control', 'no-store').send(accountOf({
        actor: accountActor(operator.id), accountId: operator.id, name: operator.name, role: operator.role,
        projectId: operator.projectId === 0 ? undefined : operator.projectId,
      }, operator, session, app.projects))
    },
  )
}

export const signOut: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '/session',
    {
      config: { takesTemporaryPassword: true },
      schema: {
        tags: ['operator'], summary: 'Sign out', description: 'A token is not ended by it.',
        response: { 204: Type.Null(), ...refusals(401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator: { accountId, actor }, operatorSession } = request
      if (operatorSession !== undefined && accountId !== undefined) {
        await inTransaction(app.db, async (client) => {
          await endSession(client, accountId, operatorSession.id, app.clock())
          await request.audit(client, { action: 'account.sign-out', target: actor, projectId: 0, before: { session: operatorSession.id } })
        })
        app.operatorSessions.clear(request, reply)
      }
      return reply.code(204).send(null)
    },
  )
}
