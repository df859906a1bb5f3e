/**
 * `app.scans`: what an answered request says of who sent it. A known scanner’s path, payload or name is an event; so is, for what it
 * is worth, an injection in the text of a vote or of feedback. Nobody is answered otherwise for it, and what a block turns
 * away is no event (README). Asked after the answer has gone: a vote pays 1.2 µs for it (measured), of the 67 it costs in all.
 *
 * What an operator asks for is no scan: who filters by text that a stranger wrote has it in the address, and would be blocked for it.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { findInjection } from '../gate/injection-signatures.ts'
import { type Scan, findScan, injectionScan } from '../gate/scan-signatures.ts'
import { endpointOf } from '../ledger/endpoint.ts'
import { plain } from '../ledger/event.ts'
import { byPage, byPageElsewhere, clientAddressOf } from './client.ts'
import type { Project } from './projects.ts'

declare module 'fastify' {
  interface FastifyInstance {
    scans: {
      /** For requests that hooks do not see, and that bear no decorations. */
      look(request: FastifyRequest): void
    }
  }
}

const WORDS = {
  path: 'A path that scanners ask for', traversal: 'A way out of a directory', injection: 'An injection', tool: 'A scanner, by its own name',
} as const satisfies Record<Scan['category'], string>
const SHOWN_PATH = 120
const OPERATED = /^\/(?:dashboard|api\/(?:moderation|security|operator))(?:\/|$)/
/** What is answered there before anybody is asked who they are. */
const UNASKED: ReadonlySet<string | undefined> = new Set(['rate_limited', 'overloaded', 'blocked'])
const MAX_TEXTS = 100
const MAX_DEPTH = 4

export default fp(
  async (app) => {
    const look = (request: FastifyRequest): void => {
      if (isOperators(request)) return
      const url = request.raw.url ?? ''
      const scan = findScan(url, request.headers['user-agent'])
      if (scan !== undefined) {
        const found = scan.category === 'injection' || scan.category === 'traversal'
        // A query may hold what is nobody’s business; it is shown where it is the finding.
        write(request, scan, 'medium', WORDS[scan.category], 'scan', { path: plain((found ? url : url.split('?', 1)[0] ?? '').slice(0, SHOWN_PATH)) })
      }
      const payload = projectOf(request) === undefined ? undefined : findInText(request.body, { left: MAX_TEXTS })
      if (payload !== undefined) write(request, payload.scan, 'low', 'Text that looks like an injection', 'payload', { field: plain(payload.names.join('.').slice(0, SHOWN_PATH)) })
    }

    function write(
      request: FastifyRequest, { signature, category }: Scan, severity: 'low' | 'medium', errorMessage: string, kind: string, detail: Record<string, unknown>,
    ): void {
      const now = app.clock()
      const ip = clientAddressOf(request)
      const projectId = projectOf(request)?.id ?? 0
      const blocked = app.blocks.find(0, { ip }, now) ?? (projectId === 0 ? undefined : app.blocks.find(projectId, { ip }, now))
      if (blocked !== undefined) return
      const { origin } = request.headers
      app.ledger.write({
        projectId, eventType: 'suspicious_activity', severity, endpoint: endpointOf(request.method, request.routeOptions.url), ipAddress: ip,
        errorMessage: `${errorMessage}: ${signature}`,
        ...(origin === undefined ? {} : { origin }),
        detail: { kind, signature, category, ...detail, ...(kind === 'scan' ? pageOf(request, category) : {}) },
      })
    }

    app.decorate('scans', { look })
    app.addHook('onResponse', (request, _reply, done) => {
      look(request)
      done()
    })
  },
  { name: 'scans', dependencies: ['client', 'clock', 'ledger', 'blocks', 'projects'] },
)

const isOperators = (request: FastifyRequest): boolean =>
  request.fromOperator || (UNASKED.has(request.problem) && OPERATED.test(request.routeOptions.url ?? ''))

/** A page chooses addresses, but not by what name a browser goes; and the project’s own page is none elsewhere. */
function pageOf(request: FastifyRequest, category: Scan['category']): { by?: 'page' } {
  if (category === 'tool') return {}
  return projectOf(request) !== undefined && request.widgetOrigin !== '' ? byPage(request) : byPageElsewhere(request)
}

/** Only the widget’s requests have one. */
const projectOf = (request: FastifyRequest): Project | undefined => (request.project as Project | null | undefined) ?? undefined

/** The first text in a JSON value that is an injection, and the names that lead to it. `texts` bounds how many are looked at. */
function findInText(value: unknown, texts: { left: number }, depth = 0): { scan: Scan; names: string[] } | undefined {
  if (typeof value === 'string') {
    texts.left -= 1
    const signature = findInjection(value)
    return signature === undefined ? undefined : { scan: injectionScan(signature), names: [] }
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return undefined
  // Not Object.entries, which costs a vote a microsecond. What JSON.parse makes inherits nothing enumerable.
  for (const name in value) {
    if (texts.left <= 0) return undefined
    const found = findInText((value as Record<string, unknown>)[name], texts, depth + 1)
    if (found !== undefined) return { scan: found.scan, names: [name, ...found.names] }
  }
  return undefined
}
