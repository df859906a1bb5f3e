/**
 * What every widget request passes, in this order: CORS for the project’s own origins, blocks, the rate limit, then project
 * key and origin. CORS goes first so that a refused page on an allowed origin can read why; blocks go before the limits so
 * that what a block turns away is not counted, and feeds no detection again.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import { originAllowed } from '../gate/origins.ts'
import { type EventDraft, plain } from '../ledger/event.ts'
import type { Project } from './projects.ts'

declare module 'fastify' {
  interface FastifyRequest {
    project: Project
    /** The origin header, checked against the project’s list. */
    widgetOrigin: string
    /** Writes to the ledger with what is known of this request. */
    report(draft: Omit<EventDraft, 'projectId' | 'endpoint' | 'origin' | 'ipAddress'>): void
  }
}

export default fp(
  async (app) => {
    app.decorateRequest('project', null as unknown as Project)
    app.decorateRequest('widgetOrigin', '')
    app.decorateRequest('report', function (this: FastifyRequest, draft) {
      const { origin } = this.headers
      app.ledger.write({
        ...draft,
        projectId: (this.project as Project | null)?.id ?? 0,
        endpoint: this.endpoint(),
        ipAddress: this.clientAddress,
        ...(origin === undefined ? {} : { origin }),
      })
    })

    app.addHook('onRequest', async (request, reply) => {
      reply.header('vary', 'Origin')
      const { projectKey = '' } = request.params as { projectKey?: string }
      const project = app.projects.byKey(projectKey)
      if (project === undefined) return
      request.project = project
      const { origin } = request.headers
      if (origin !== undefined && originAllowed(origin, project.origins)) {
        request.widgetOrigin = origin
        reply.header('access-control-allow-origin', origin)
        reply.header('access-control-expose-headers', 'etag, retry-after')
      }
      const source = { ip: request.clientAddress, api_key: project.publicKey, ...(origin === undefined ? {} : { origin }) }
      if (app.blocks.find(project.id, source, app.clock()) !== undefined) throw new Problem('blocked')
    })

    // After the route’s rate limit (a route-level onRequest hook), before any body is read.
    app.addHook('preParsing', async (request) => {
      const { projectKey = '' } = request.params as { projectKey?: string }
      if ((request.project as Project | null) === null) {
        request.report({
          eventType: 'invalid_api_key', errorMessage: 'Unknown project key', detail: { apiKey: plain(projectKey.slice(0, 64)) },
        })
        throw new Problem('invalid_api_key')
      }
      const { origin } = request.headers
      if (request.widgetOrigin === '') {
        request.report({
          eventType: 'origin_mismatch',
          errorMessage: origin === undefined ? 'No Origin header' : 'Origin is not on the project’s list',
        })
        throw new Problem('origin_not_allowed', {
          detail: origin === undefined
            ? 'The request names no origin; widget requests come from a page.'
            : `${origin.slice(0, 200)} is not on the list of this project. An operator can add it.`,
        })
      }
    })
  },
  { name: 'widget-scope', dependencies: ['projects', 'blocks', 'ledger', 'client', 'clock'] },
)
