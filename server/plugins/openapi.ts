/** OpenAPI from the route schemas: `/openapi.json`, and `/docs` to read it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The reader’s scripts and styles are its own files; it sets style attributes from script, which CSP does not govern. */
const CONTENT_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}

export default fp<{ version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Truetally',
          description: 'Votes you can trust. Errors are RFC 9457 problem details with a stable `code`.',
          version,
          license: { name: 'MIT' },
        },
        components: {
          securitySchemes: {
            operator: { type: 'http', scheme: 'bearer', description: 'An operator token.' },
            monitor: { type: 'apiKey', in: 'header', name: 'webhook-signature', description: 'Standard Webhooks, under MONITOR_WEBHOOK_SECRET.' },
          },
        },
        tags: [
          { name: 'widget', description: 'What a browser on a customer’s site calls. CORS answers the project’s own origins.' },
          { name: 'moderation', description: 'Role moderator or above.' },
          { name: 'security', description: 'Role viewer or above; changes take a moderator.' },
          { name: 'operator', description: 'Role admin.' },
          { name: 'operations', description: 'Health and reference.' },
        ],
      },
      refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema${index}`) },
      transform: ({ schema, url }) => {
        const [, , area = ''] = url.split('/')
        return {
          url,
          schema: ['moderation', 'security', 'operator'].includes(area) ? { security: [{ operator: [] }], ...schema } : schema,
        }
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_POLICY, theme: { title: 'Truetally API' }, uiConfig: { docExpansion: 'list', tryItOutEnabled: false } })
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  { name: 'openapi' },
)
