/** OpenAPI from the route schemas: `/openapi.json`, and `/docs` to read it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import { keepDocument } from './kept-document.ts'

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

/** Of the document, from one network: it is large, and who reads it needs it once. The reader’s own files have the usual limit. */
const READS_PER_MINUTE = 20

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
            operator: { type: 'http', scheme: 'bearer', description: 'An operator token. The session of somebody who signed in is taken as well, by its cookie; changes then also take `x-csrf-token`.' },
            monitor: { type: 'apiKey', in: 'header', name: 'webhook-signature', description: 'Standard Webhooks, under MONITOR_WEBHOOK_SECRET.' },
          },
        },
        tags: [
          { name: 'widget', description: 'What a browser on a customer’s site calls. CORS answers the project’s own origins.' },
          { name: 'moderation', description: 'Role viewer or above to look, moderator or above to change something, and for feedback.' },
          { name: 'security', description: 'Role viewer or above; changes take a moderator.' },
          { name: 'operator', description: 'Role admin; viewer or above for one’s own account, settings and names.' },
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
    const limit = app.rateLimit({
      max: (request) => request.limitNow(READS_PER_MINUTE), timeWindow: 60_000, keyGenerator: (request) => `reference ${request.clientNetwork}`,
    })
    const answer = keepDocument('application/json; charset=utf-8', () => JSON.stringify(app.swagger()))
    await app.register(swaggerUi, {
      routePrefix: '/docs', staticCSP: CONTENT_POLICY, theme: { title: 'Truetally API' },
      // Without the bar on top: its box opens whatever address is typed into it, and the logo is the library’s.
      uiConfig: { layout: 'BaseLayout', docExpansion: 'none', filter: true, tryItOutEnabled: false },
      uiHooks: {
        // The reader’s own routes for the document make it anew for each request.
        async onRequest(request, reply) {
          const { url } = request.routeOptions
          if (url === '/docs/yaml') throw new Problem('not_found')
          if (url !== '/docs/json') return
          await limit.call(app, request, reply)
          await answer(request, reply)
        },
      },
    })
    app.get('/openapi.json', { onRequest: limit, schema: { hide: true } }, answer)
  },
  { name: 'openapi', dependencies: ['rate-limits'] },
)
