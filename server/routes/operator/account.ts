/** One’s own account: who one is, the password, the second factor. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { endSessions } from '../../../db/queries/operator-sessions.ts'
import { revokeTokensOf } from '../../../db/queries/operator-tokens.ts'
import {
  type OperatorSecrets, clearTotp, confirmTotp, findOperator, lockOperator, proposeTotp, setPassword,
} from '../../../db/queries/operators.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { Account, PasswordChange, TotpConfirmation, TotpProposal, TotpRemoval } from '../../contract/account.ts'
import { Problem } from '../../errors.ts'
import type { OperatorSession } from '../../plugins/operator-sessions.ts'
import { findPasswordFault } from '../../tokens/passwords.ts'
import { findTotpStep, newTotpSecret, totpUri } from '../../tokens/totp.ts'
import { seal, sealContext } from '../../tokens/vault.ts'
import { refusals } from '../refusals.ts'
import { accountOf } from './account-answer.ts'

const account: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/account',
    {
      config: { takesTemporaryPassword: true },
      schema: {
        tags: ['operator'], summary: 'Who asks', description: 'With a session also the token that changes take.',
        response: { 200: Account, ...refusals(401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { accountId } = request.operator
      const person = accountId === undefined ? null : await findOperator(app.db, accountId)
      return reply.header('cache-control', 'no-store').send(accountOf(request.operator, person, request.operatorSession, app.projects))
    },
  )

  app.put(
    '/account/password',
    {
      config: { takesTemporaryPassword: true },
      schema: {
        tags: ['operator'],
        summary: 'Choose another password',
        description: 'Ends all other sessions, and revokes one’s own tokens. A wrong present one counts like a failed sign-in.',
        body: PasswordChange,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { person, session } = await signedIn(request)
      const { current, next } = request.body
      const fault = findPasswordFault(next, person.name) ?? (current === next ? 'is the present one' : undefined)
      if (fault !== undefined) {
        throw new Problem('invalid_password', { detail: `The new password ${fault}.`, errors: [{ pointer: '/body/next', detail: fault }] })
      }
      await app.confirmPassword(request, person, current)
      const hash = await app.passwords.hash(next)
      await inTransaction(app.db, async (client) => {
        // Somebody else may have set another one since this one was looked at.
        if ((await lockOperator(client, person.id))?.passwordHash !== person.passwordHash) throw new Problem('password_wrong')
        await setPassword(client, person.id, { hash, isTemporary: false })
        const sessionsEnded = await endSessions(client, person.id, app.clock(), session.id)
        // Whoever had the old password, or a session, may have made some that go on for a year.
        const tokensRevoked = await revokeTokensOf(client, person.id)
        await request.audit(client, { action: 'account.change-password', target: request.operator.actor, projectId: 0, after: { sessionsEnded, tokensRevoked } })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/account/totp',
    {
      schema: {
        tags: ['operator'],
        summary: 'Begin to set up a second factor',
        description: 'Nothing is asked for until a code has confirmed it. Another call replaces what was not confirmed.',
        response: { 200: TotpProposal, ...refusals(401, 403, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { person } = await signedIn(request)
      const secret = newTotpSecret()
      if (!await proposeTotp(app.db, person.id, seal(app.keys.vault, Buffer.from(secret), sealContext.totp(person.id)))) throw new Problem('totp_in_use')
      return reply.header('cache-control', 'no-store').send({ secret, uri: totpUri(secret, person.name) })
    },
  )

  app.put(
    '/account/totp',
    {
      schema: {
        tags: ['operator'],
        summary: 'Confirm the second factor with its first code',
        description: 'Takes the password: with a session alone somebody could shut its owner out. Ends all other sessions. A wrong password counts like a failed sign-in.',
        body: TotpConfirmation,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { person, session } = await signedIn(request)
      const refuseTooSoon = (now: OperatorSecrets): string => {
        if (now.totp) throw new Problem('totp_in_use')
        const secret = app.openTotp(now)
        if (secret === undefined) throw new Problem('not_found', { detail: 'Ask for a secret first.' })
        return secret
      }
      refuseTooSoon(person)
      await app.confirmPassword(request, person, request.body.password)
      await inTransaction(app.db, async (client) => {
        const now = await lockOperator(client, person.id)
        if (now?.passwordHash !== person.passwordHash) throw new Problem('password_wrong')
        const secret = refuseTooSoon(now)
        const step = findTotpStep(secret, request.body.code, app.clock())
        if (step === undefined) throw new Problem('totp_code_wrong')
        await confirmTotp(client, person.id, step, app.clock())
        const sessionsEnded = await endSessions(client, person.id, app.clock(), session.id)
        await request.audit(client, {
          action: 'account.enable-totp', target: request.operator.actor, projectId: 0, before: { totp: false }, after: { totp: true, sessionsEnded },
        })
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/account/totp/remove',
    {
      schema: {
        tags: ['operator'], summary: 'Remove the second factor', body: TotpRemoval,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { person } = await signedIn(request)
      await app.confirmPassword(request, person, request.body.password)
      await inTransaction(app.db, async (client) => {
        const before = await lockOperator(client, person.id)
        if (before?.passwordHash !== person.passwordHash) throw new Problem('password_wrong')
        await clearTotp(client, person.id)
        await request.audit(client, {
          action: 'account.disable-totp', target: request.operator.actor, projectId: 0, before: { totp: before.totp }, after: { totp: false },
        })
      })
      return reply.code(204).send(null)
    },
  )

  /** A token, even a person’s own, changes nothing about how they sign in: who stole it would own the person. */
  async function signedIn({ operator, operatorSession }: FastifyRequest): Promise<{ person: OperatorSecrets; session: OperatorSession }> {
    const person = operatorSession === undefined || operator.accountId === undefined ? null : await findOperator(app.db, operator.accountId)
    if (operatorSession === undefined || person === null) throw new Problem('session_required')
    return { person, session: operatorSession }
  }
}
export default account
