/**
 * What every widget request passes, in this order: CORS for the project’s own origins, blocks, the rate limit, then project
 * key and origin. Blocks on every project are asked for unknown keys too, so a scanner of keys is done with here. CORS goes first so that a refused page on an allowed origin can read why; blocks go before the limits so
 * that what a block turns away is not counted, and feeds no detection again.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../errors.ts'
import { refuseBlocked, secondsLeft } from './blocks.ts'
import { byPage } from './client.ts'
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
    /** Seconds count, not refusals: see the policy. */
    const noteExcess = (request: FastifyRequest): void =>
      app.responses.note(request, 'rate_limit_exceeded', { what: String(Math.floor(app.clock() / 1000)) })
    app.decorateRequest('report', function (this: FastifyRequest, draft) {
      const { origin } = this.headers
      // A voter’s own limit says nothing about the others at their address.
      if (draft.eventType === 'rate_limit_exceeded' && !VOTERS_OWN.has(draft.detail?.['kind'])) noteExcess(this)
      app.ledger.write({
        ...draft,
        projectId: (this.project as Project | null)?.id ?? 0,
        endpoint: this.endpoint(),
        ipAddress: this.clientAddress,
        ...(origin === undefined ? {} : { origin }),
      })
    })

    const enter = (request: FastifyRequest, reply: FastifyReply): void => {
      reply.header('vary', 'Origin')
      const { projectKey = '' } = request.params as { projectKey?: string }
      const project = app.projects.byKey(projectKey)
      const now = app.clock()
      const ip = request.clientAddress
      if (project === undefined) {
        refuseBlocked(app.blocks.find(0, { ip, api_key: spelled(projectKey) }, now), now)
        return
      }
      request.project = project
      const { origin } = request.headers
      if (origin !== undefined && originAllowed(origin, project.origins)) {
        request.widgetOrigin = origin
        reply.header('access-control-allow-origin', origin)
        reply.header('access-control-expose-headers', 'etag, retry-after')
      }
      const source = { ip, api_key: project.publicKey, ...(origin === undefined ? {} : { origin }) }
      // The key is known here: a block on it from the time when it was not must not hold.
      const everywhere = { ip, ...(origin === undefined ? {} : { origin }) }
      refuseBlocked(app.blocks.find(project.id, source, now) ?? app.blocks.find(0, everywhere, now, 'widget', project.id), now)
      if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return
      // A suspended key waits too: the board of an honest page stays readable.
      const wait = app.blocks.find(project.id, source, now, 'writes') ?? app.blocks.find(0, { ip }, now, 'writes', project.id)
      if (wait !== undefined) throw new Problem('rate_limited', { retryAfter: secondsLeft(wait, now) })
    }

    /** After the route’s rate limit (a route-level onRequest hook), before any body is read. */
    const admit = (request: FastifyRequest): void => {
      const { projectKey = '' } = request.params as { projectKey?: string }
      if ((request.project as Project | null) === null) {
        const key = spelled(projectKey)
        // Asked again: of many at the same moment, those behind the one too many have passed the first time.
        const now = app.clock()
        refuseBlocked(app.blocks.find(0, { ip: request.clientAddress, api_key: key }, now), now)
        const pattern = app.gate.keys.show(request.clientNetwork, key, now)
        request.report({
          eventType: 'invalid_api_key', errorMessage: 'Unknown project key',
          detail: { apiKey: plain(projectKey.slice(0, 64)), ...(pattern === undefined ? {} : { pattern }), ...byPage(request) },
        })
        app.responses.note(request, 'invalid_api_key', { what: key })
        app.responses.note(request, 'repeated_api_key', { subject: { kind: 'api_key', matches: key, label: key.slice(0, 64) } })
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
    }

    // Called back, as in security-headers.ts; what is thrown before that is the answer.
    app.addHook('onRequest', (request, reply, done) => {
      enter(request, reply)
      done()
    })
    app.addHook('preParsing', (request, _reply, payload, done) => {
      admit(request)
      done(null, payload)
    })
  },
  { name: 'widget-scope', dependencies: ['projects', 'blocks', 'responses', 'ledger', 'client', 'clock', 'gate'] },
)

const VOTERS_OWN: ReadonlySet<unknown> = new Set(['vote-voter', 'feedback-voter'])

/** An unknown key as a block stores it: text of the client’s choice, without what PostgreSQL does not take. */
const spelled = (projectKey: string): string => plain(projectKey) ?? ''
