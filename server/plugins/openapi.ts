/** OpenAPI from the route schemas: `/openapi.json`, and `/docs` to read it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

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
          securitySchemes: { operator: { type: 'http', scheme: 'bearer', description: 'An operator token.' } },
        },
        tags: [
          { name: 'widget', description: 'What a browser on a customer’s site calls. CORS answers the project’s own origins.' },
          { name: 'moderation', description: 'Role moderator or above.' },
          { name: 'security', description: 'Role viewer or above; changes take a moderator.' },
          { name: 'operator', description: 'Role admin.' },
          { name: 'operations', description: 'Health and reference.' },
        ],
      },
      transform: ({ schema, url }) => {
        const [, , area = ''] = url.split('/')
        return {
          url,
          schema: ['moderation', 'security', 'operator'].includes(area) ? { ...schema, security: [{ operator: [] }] } : schema,
        }
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'list', tryItOutEnabled: false } })
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  { name: 'openapi' },
)
