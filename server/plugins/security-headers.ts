/** Headers every answer carries. Pages of this server are its API reference only, which brings its own content policy. */
import fp from 'fastify-plugin'

export default fp(
  async (app) => {
    // Hooks that every answer passes call back: a promise each is what votes would wait for (half a microsecond, measured).
    app.addHook('onRequest', (_request, reply, done) => {
      reply
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .header('x-frame-options', 'DENY')
      done()
    })
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (!reply.hasHeader('content-security-policy')) {
        reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
      }
      done(null, payload)
    })
  },
  { name: 'security-headers' },
)
