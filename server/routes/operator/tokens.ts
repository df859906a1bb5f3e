/** Every operator token, whoever’s it is: what there is, and ending one. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listTokens, lockToken, revokeToken } from '../../../db/queries/operator-tokens.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { AccountParams, OperatorTokensAnswer } from '../../contract/account.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { auditedToken, tokenOf } from './token-answer.ts'

const MAX_LISTED = 500

const tokens: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/tokens',
    {
      schema: {
        tags: ['operator'], summary: 'Operator tokens', description: 'In use first, then the newest; 500 at most.',
        response: { 200: OperatorTokensAnswer, ...refusals(401, 403, 429, 503) },
      },
    },
    async ({ operator: { projectId = null } }) => ({
      tokens: (await listTokens(app.db, { projectId, ownerId: null }, MAX_LISTED)).map(tokenOf),
    }),
  )

  app.delete(
    '/tokens/:id',
    {
      schema: {
        tags: ['operator'],
        summary: 'Revoke an operator token',
        description: 'It is refused from the next request on. The one of TRUETALLY_ADMIN_TOKEN comes back when the server starts with it.',
        params: AccountParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { operator, params } = request
      await inTransaction(app.db, async (client) => {
        const row = await lockToken(client, rowId(params.id))
        const reached = row !== null && (operator.projectId === undefined || operator.projectId === row.reach)
        if (!reached || row.revokedAt !== null) throw new Problem('not_found', { detail: `There is no token ${params.id}.` })
        await revokeToken(client, row)
        await request.audit(client, { action: 'token.revoke', target: params.id, projectId: row.projectId, before: auditedToken(row) })
      })
      return reply.code(204).send(null)
    },
  )
}
export default tokens
