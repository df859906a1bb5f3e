/** Names for what logs call `account:2` and `operator:3`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listActors } from '../../../db/queries/actors.ts'
import { ActorsAnswer } from '../../contract/account.ts'
import { refusals } from '../refusals.ts'

const actors: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/actors',
    { schema: { tags: ['operator'], summary: 'Who did it, by name', response: { 200: ActorsAnswer, ...refusals(401, 403, 429, 503) } } },
    async ({ operator: { projectId = null } }) => ({ actors: await listActors(app.db, projectId) }),
  )
}
export default actors
