/** Headers every answer carries. Pages of this server are its API reference only, which brings its own content policy. */
import fp from 'fastify-plugin'

export default fp(
  async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .header('x-frame-options', 'DENY')
    })
    app.addHook('onSend', async (_request, reply, payload) => {
      if (!reply.hasHeader('content-security-policy')) {
        reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
      }
      return payload
    })
  },
  { name: 'security-headers' },
)
