/** Liveness, readiness and the security contact. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Problem } from '../../errors.ts'
import { ping } from '../../../db/queries/ping.ts'
import { refusals } from '../refusals.ts'

const health: FastifyPluginAsyncTypebox<{ securityContact: string | undefined }> = async (app, { securityContact }) => {
  const refuseLeaving = (): void => {
    if (app.departure.begun) throw new Problem('overloaded', { detail: 'This server is about to stop; ask another.', retryAfter: 1 })
  }
  app.get(
    '/healthz',
    {
      schema: { tags: ['operations'], summary: 'The process answers', response: { 200: Type.Object({ status: Type.Literal('ok') }), ...refusals(503) } },
    },
    async () => {
      refuseLeaving()
      return { status: 'ok' as const }
    },
  )
  /** Anybody may ask, as often as they like: one question to the database answers all who ask meanwhile. */
  let asking: Promise<void> | undefined
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'], summary: 'The process can serve votes: its database answers',
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...refusals(503) },
      },
    },
    async () => {
      refuseLeaving()
      await (asking ??= ping(app.db).finally(() => void (asking = undefined)))
      return { status: 'ready' as const }
    },
  )
  app.get('/.well-known/security.txt', { schema: { hide: true } }, async (_request, reply) => {
    if (securityContact === undefined) throw new Problem('not_found', { detail: 'This installation names no security contact (SECURITY_CONTACT).' })
    // RFC 9116 wants an expiry; a year from now is its advice.
    const expires = new Date(app.clock() + 365 * 86_400_000).toISOString()
    return reply.type('text/plain; charset=utf-8').send(`Contact: ${securityContact}\nExpires: ${expires}\nPreferred-Languages: en\n`)
  })
}
export default health
