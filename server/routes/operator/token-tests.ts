/** `POST …/projects/{id}/token-tests`: why a user token is taken or refused. It changes nothing and leaves no trace. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listIdentitySecrets } from '../../../db/queries/identity-secrets.ts'
import { OperatorProjectParams } from '../../contract/operator.ts'
import { TokenTestAnswer, TokenTestRequest } from '../../contract/token-test.ts'
import { explainIdentity } from '../../tokens/explain-identity.ts'
import { open, sealContext } from '../../tokens/vault.ts'
import { refusals } from '../refusals.ts'

const PER_MINUTE = 60
/** With those that ended: enough to say that a token is signed with last month’s. */
const SECRETS_TRIED = 20

const tokenTests: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/projects/:id/token-tests',
    {
      config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['operator'],
        summary: 'Why a user token is taken or refused',
        description: 'Explains any text step by step. The token is neither stored nor logged, and makes no event.',
        params: OperatorProjectParams,
        body: TokenTestRequest,
        response: { 200: TokenTestAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id, publicKey } = request.operatedProject(request.params.id)
      const rows = await listIdentitySecrets(app.db, id, SECRETS_TRIED)
      const secrets = rows.map(({ kid, sealedSecret, expiresAt }) => ({
        kid, expiresAt, key: open(app.keys.vault, sealedSecret, sealContext.identity(publicKey, kid)),
      }))
      return reply.header('cache-control', 'no-store').send(await explainIdentity(request.body.token, { audience: publicKey, secrets: secrets.toReversed(), now: app.clock() }))
    },
  )
}
export default tokenTests
