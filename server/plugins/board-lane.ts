/**
 * `app.boardLane`: most requests are for a board that has not changed, and passing the router and all hooks costs several times what it
 * takes to say it again. So an answer of the route to GET …/board is said again, byte for byte but for the board in it, to whoever asks in the
 * same way: known project, an origin that is allowed and was answered before, nothing blocked, below the limit. It is counted as the route
 * would count it. Everything else, anything unusual and every refusal included, goes to the route, which alone speaks of errors.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { prefixOf } from '../gate/network.ts'
import { originAllowed } from '../gate/origins.ts'
import { findScan } from '../gate/scan-signatures.ts'
import type { Representation } from './board-edition.ts'
import { standInFront } from './lane-front.ts'
import { type Asked, askedOf } from './lane-requests.ts'
import { type Encoding, matchesTag, preferredEncoding } from './negotiation.ts'
import type { Project } from './projects.ts'
import { type Source, type Trust, sourcesBehind } from './request-sources.ts'
import { type AnswerTemplate, type SaidAnswer, learnAnswer } from './said-answer.ts'

/** Of the route, for what is counted. */
const ROUTE = '/api/widget/v1/:projectKey/board'
const [BEFORE = '', AFTER = ''] = ROUTE.split(':projectKey')
/** Of one project: forms, encodings and origins. A wildcard allows as many origins as a client can make up. */
const MAX_TEMPLATES = 200
const MAX_AGENTS = 1000
const MAX_AGENT_LENGTH = 512

declare module 'fastify' {
  interface FastifyInstance {
    boardLane: {
      /** After the route’s answer has gone: what it said may be said again. */
      learn(request: FastifyRequest, reply: FastifyReply, representation: Representation): void
      /** Answers given past the route. */
      readonly answers: number
    }
  }
}

type Form = keyof Representation['said']
/** Of a project, while it is as it is. */
interface Known {
  projectId: number
  templates: Map<string, AnswerTemplate>
  tallies: Record<Form, (durationMs: number, now: number) => void>
}
interface Said {
  answer: SaidAnswer
  form: Form
  of: Known
  source: Source
  now: number
}
type Decision = Said | { wait: () => Promise<unknown> }

export default fp<{ trust: Trust }>(
  async (app, { trust }) => {
    const sourceOf = sourcesBehind(trust)
    // Of an instance with so many decorators each look-up counts.
    const { blocks, boards, clock, departure, durations, projects, requestLog, routeLimits, traffic } = app
    const took = { whole: durations.line('GET', ROUTE, 200), unchanged: durations.line('GET', ROUTE, 304) }
    /** With a project’s settings what was said under them goes, too. */
    const known = new WeakMap<Project, Known>()
    let answers = 0
    let date = { second: -1, text: '' }

    const isBlocked = (projectId: number, publicKey: string, origin: string, { address: ip }: Source, now: number): boolean =>
      (blocks.find(projectId, { ip, api_key: publicKey, origin }, now) ?? blocks.find(0, { ip, origin }, now, 'widget', projectId)) !== undefined

    /** `wait`: it can be said once that is done. undefined: it is for the route. */
    const decide = (asked: Asked, remoteAddress: string | undefined, began: number): Decision | undefined => {
      const { url, origin, acceptEncoding, ifNoneMatch, userAgent, forwardedFor } = asked
      // The route says that the connection closes: whoever keeps it would ask on it when it does.
      if (departure.begun || !url.startsWith(BEFORE) || !url.endsWith(AFTER)) return undefined
      const project = projects.byKey(url.slice(BEFORE.length, -AFTER.length))
      if (project === undefined || !originAllowed(origin, project.origins) || isScanner(userAgent)) return undefined
      const of = known.get(project)
      if (of === undefined) return undefined
      const encoding = preferredEncoding(acceptEncoding)
      const representation = boards.current(project, began)?.ready(encoding)
      if (representation === undefined) {
        // What keeps it from being read is for the route to say.
        return { wait: () => boards.edition(project).then((edition) => edition.make(encoding)).catch(() => undefined) }
      }
      const form = matchesTag(ifNoneMatch, representation.etag) ? 'unchanged' : 'whole'
      const answer = representation.said[form].get(origin) ?? fill(of.templates, form, representation, origin)
      const source = sourceOf(remoteAddress, forwardedFor)
      const now = clock()
      if (answer === undefined || source === undefined || isBlocked(project.id, project.publicKey, origin, source, now)) return undefined
      // Last: what is counted is answered.
      return routeLimits.countRead(project.id, source.address, source.network, now) ? { answer, form, of, source, now } : undefined
    }
    const count = ({ form, of, source: { address, network }, now }: Said, began: number): void => {
      answers += 1
      const durationMs = performance.now() - began
      took[form].observe(durationMs / 1000)
      of.tallies[form](durationMs, now)
      if (requestLog.picks()) {
        const status = form === 'unchanged' ? 304 : 200
        requestLog.write({ method: 'GET', route: ROUTE, status, ms: Math.round(durationMs * 10) / 10, projectId: of.projectId, network: prefixOf(address) ?? network })
      }
    }
    const today = (): { second: number; text: string } => {
      const second = Math.floor(Date.now() / 1000)
      if (date.second !== second) date = { second, text: new Date(second * 1000).toUTCString() }
      return date
    }

    const answerConnection = (asked: Asked, socket: Socket, remoteAddress: string | undefined): boolean | Promise<unknown> => {
      const began = performance.now()
      const decision = decide(asked, remoteAddress, began)
      if (decision === undefined) return false
      if ('wait' in decision) return decision.wait()
      const { second, text } = today()
      // Resumed by what the front does when the socket has drained.
      if (!decision.answer.write(socket, second, text)) socket.pause()
      count(decision, began)
      return true
    }
    const answerRequest = (request: IncomingMessage, response: ServerResponse): boolean => {
      const began = performance.now()
      const asked = askedOf(request)
      const decision = asked === undefined ? undefined : decide(asked, request.socket.remoteAddress, began)
      if (decision === undefined || 'wait' in decision) return false
      const { second, text } = today()
      decision.answer.send(response, second, text)
      count(decision, began)
      return true
    }

    app.decorate('boardLane', {
      learn: (request, reply, representation) => {
        const { raw, widgetOrigin } = request
        // Probes and tests ask without a connection.
        if (raw.method !== 'GET' || widgetOrigin === '' || !(raw.socket instanceof Socket) || findScan(raw.url ?? '') !== undefined) return
        const learned = learnAnswer(reply.raw, representation)
        if (learned === undefined) return
        const { project } = request
        let of = known.get(project)
        if (of === undefined) {
          const tallies = { whole: traffic.tallyReads(project.id, ROUTE, 200), unchanged: traffic.tallyReads(project.id, ROUTE, 304) }
          known.set(project, (of = { projectId: project.id, templates: new Map(), tallies }))
        }
        const key = keyOf(reply.statusCode === 304 ? 'unchanged' : 'whole', representation.encoding, widgetOrigin)
        if (of.templates.size < MAX_TEMPLATES) of.templates.set(key, learned)
      },
      get answers() {
        return answers
      },
    })
    let front: { leave(): void } | undefined
    app.addHook('onReady', async () => {
      // In front of Fastify’s own listeners; `inject` and whatever else Fastify binds go by the route alone.
      const routed = app.server.listeners('request') as RequestListener[]
      app.server.removeAllListeners('request')
      app.server.on('request', (request, response) => {
        if (answerRequest(request, response)) return
        for (const listener of routed) listener.call(app.server, request, response)
      })
      front = standInFront(app.server, answerConnection)
    })
    app.addHook('preClose', async () => front?.leave())
  },
  { name: 'board-lane', dependencies: ['blocks', 'boards', 'clock', 'departure', 'metrics', 'projects', 'rate-limits', 'request-log', 'traffic'] },
)

const keyOf = (form: Form, encoding: Encoding, origin: string): string => `${form} ${encoding} ${origin}`

function fill(templates: Map<string, AnswerTemplate>, form: Form, representation: Representation, origin: string): SaidAnswer | undefined {
  const answer = templates.get(keyOf(form, representation.encoding, origin))?.fill(representation)
  if (answer !== undefined) representation.said[form].set(origin, answer)
  return answer
}

const agents = new Map<string, boolean>()
/** By its own name: the route tells the ledger of it. */
function isScanner(agent = ''): boolean {
  const known = agents.get(agent)
  if (known !== undefined) return known
  const found = findScan('', agent) !== undefined
  if (agent.length <= MAX_AGENT_LENGTH) {
    if (agents.size >= MAX_AGENTS) agents.clear()
    agents.set(agent, found)
  }
  return found
}
