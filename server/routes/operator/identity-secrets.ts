/** `DELETE …/projects/{id}/identity-secrets/{kid}`: an earlier secret ends now, not when its overlap does. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { announceChange } from '../../../db/queries/changes.ts'
import { endIdentitySecret } from '../../../db/queries/identity-secrets.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { IdentitySecretParams } from '../../contract/operator.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'

const identitySecrets: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '/projects/:id/identity-secrets/:kid',
    {
      schema: {
        tags: ['operator'],
        summary: 'End an earlier identity secret now',
        description: 'Tokens signed with it, and sessions that began with one, end at once. The current secret cannot be ended: rotate it first.',
        params: IdentitySecretParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.operatedProject(request.params.id)
      const { kid } = request.params
      const now = app.clock()
      await inTransaction(app.db, async (client) => {
        const { outcome, before } = await endIdentitySecret(client, id, kid, now)
        if (outcome === 'unknown') throw new Problem('not_found', { detail: `The project has no identity secret ${kid} in use.` })
        if (outcome === 'current') throw new Problem('identity_secret_current')
        await announceChange(client, 'projects')
        await request.audit(client, { action: 'identity-secret.end', target: kid, projectId: id, before: { kid, expiresAt: before }, after: { kid, expiresAt: now } })
      })
      await app.projects.reload()
      return reply.code(204).send(null)
    },
  )
}
export default identitySecrets
