/** One’s own tokens, for scripts: never more than oneself, and never for longer than a year. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { countLiveTokensOf, insertOperatorToken, listTokens, lockToken, revokeToken } from '../../../db/queries/operator-tokens.ts'
import { findOperator, lockOperator } from '../../../db/queries/operators.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { AccountParams, OperatorTokenCreated, OperatorTokenRequest, OperatorTokensAnswer } from '../../contract/account.ts'
import { ROLES } from '../../contract/primitives.ts'
import { Problem } from '../../errors.ts'
import { hashToken } from '../../plugins/operators.ts'
import { newOperatorToken } from '../../tokens/operator-token.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { auditedToken, tokenOf } from './token-answer.ts'

const LONGEST_MS = 366 * 86_400_000
const MAX_LISTED = 200
const MAX_TOKENS = 50

const accountTokens: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/account/tokens',
    {
      schema: {
        tags: ['operator'], summary: 'One’s own tokens', description: 'In use first, then the newest.',
        response: { 200: OperatorTokensAnswer, ...refusals(401, 403, 429, 503) },
      },
    },
    async ({ operator: { accountId } }) => ({
      tokens: accountId === undefined ? [] : (await listTokens(app.db, { projectId: null, ownerId: accountId }, MAX_LISTED)).map(tokenOf),
    }),
  )

  app.post(
    '/account/tokens',
    {
      schema: {
        tags: ['operator'],
        summary: 'Make a token of one’s own',
        description: 'Shown in this answer and never again. Takes the password, and a code where signing in does; wrong ones count like a failed sign-in. Where one’s own role or project is narrowed later, so is the token’s.',
        body: OperatorTokenRequest,
        response: { 201: OperatorTokenCreated, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator, operatorSession, body: { name, role, project, expiresAt, ...shown } } = request
      const { accountId } = operator
      const person = operatorSession === undefined || accountId === undefined ? null : await findOperator(app.db, accountId)
      if (accountId === undefined || person === null) throw new Problem('session_required')
      if (ROLES.indexOf(role) > ROLES.indexOf(operator.role)) throw new Problem('role_insufficient', { detail: `Your own role is ${operator.role}.` })
      const projectId = project === undefined ? operator.projectId ?? 0 : request.operatedProject(project).id
      const now = app.clock()
      if (expiresAt <= now || expiresAt > now + LONGEST_MS) {
        throw new Problem('invalid_request', { detail: 'A token ends within a year.', errors: [{ pointer: '/body/expiresAt', detail: 'is not within a year from now' }] })
      }
      // A token outlives the session it was made in: whoever found that open at a desk is not to leave with one.
      await app.confirmPerson(request, person, shown)
      const token = newOperatorToken()
      const made = await inTransaction(app.db, async (client) => {
        // Two at the same moment must not both be the last that fits.
        const locked = await lockOperator(client, accountId)
        // Another password, or being shut out, has ended all tokens since this one was looked at.
        if (locked === null || locked.disabledAt !== null || locked.passwordHash !== person.passwordHash) throw new Problem('password_wrong')
        if (await countLiveTokensOf(client, accountId) >= MAX_TOKENS) throw new Problem('too_many_tokens')
        const id = await insertOperatorToken(client, {
          projectId, name: storable(name).trim(), role, tokenHash: hashToken(token), operatorId: accountId, createdBy: operator.actor, expiresAt,
        })
        const row = await lockToken(client, id)
        if (row === null) throw new Error(`the token ${id} that was just made is not there`)
        await request.audit(client, { action: 'token.create', target: String(id), projectId, after: auditedToken(row) })
        return row
      })
      return reply.code(201).header('cache-control', 'no-store').send({ ...tokenOf(made), token })
    },
  )

  app.delete(
    '/account/tokens/:id',
    {
      schema: {
        tags: ['operator'], summary: 'Revoke a token of one’s own', params: AccountParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator: { accountId }, operatorSession, params } = request
      if (operatorSession === undefined || accountId === undefined) throw new Problem('session_required')
      await inTransaction(app.db, async (client) => {
        const row = await lockToken(client, rowId(params.id))
        if (row === null || row.ownerId !== accountId || row.revokedAt !== null) throw new Problem('not_found', { detail: `You have no token ${params.id}.` })
        await revokeToken(client, row)
        await request.audit(client, { action: 'token.revoke', target: params.id, projectId: row.projectId, before: auditedToken(row) })
      })
      return reply.code(204).send(null)
    },
  )
}
export default accountTokens
