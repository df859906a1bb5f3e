/**
 * `app.requestLog`: what is written about requests. Of answers that went well one in a thousand; of refusals and failures so many a second,
 * and how many were left out, for an attack must not fill the disk nor hide what else happens. A line has the route and never the
 * URL, the client’s network and never its address, no token, no body, no name.
 *
 * A vote that goes well pays one subtraction.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LineAllowance, nextPick } from '../ledger/line-allowance.ts'
import { networkOf } from '../gate/network.ts'
import { clientAddressOf } from './client.ts'
import type { Project } from './projects.ts'

/** Each; with a few hundred bytes a line that is some 800 MB a day at the very most. */
const LINES_PER_SECOND = 20
const TELL_MS = 1000

export interface AnswerLine {
  method: string
  /** Its template. */
  route: string
  status: number
  ms: number
  projectId: number | undefined
  /** Of an IPv4 address the /24, of IPv6 the /48. */
  network: string
}

declare module 'fastify' {
  interface FastifyInstance {
    requestLog: {
      /** For requests that hooks do not see. */
      note(request: FastifyRequest, reply: FastifyReply): void
      /** Whether this answer, which went well, is one of those written about. Asked once for each. */
      picks(): boolean
      write(line: AnswerLine): void
    }
  }
  interface FastifyRequest {
    /** The code of the problem it was answered with. */
    problem: string | undefined
    /** An accident of ours. */
    failure: Error | undefined
  }
}

export default fp<{ sample: number }>(
  async (app, { sample }) => {
    const refused = new LineAllowance(LINES_PER_SECOND)
    const failed = new LineAllowance(LINES_PER_SECOND)
    let untilNext = nextPick(sample, Math.random())
    let telling: NodeJS.Timeout | undefined

    const picks = (): boolean => {
      untilNext -= 1
      if (untilNext > 0) return false
      untilNext = nextPick(sample, Math.random())
      return true
    }
    const write = (line: AnswerLine): void => app.log.info({ ...line, oneIn: Math.round(1 / sample) }, 'answered')

    const tell = (): void => {
      clearTimeout(telling)
      telling = undefined
      const leftOut = { refused: refused.drain(), failed: failed.drain() }
      if (leftOut.failed > 0) app.log.error({ leftOut }, 'more answers than are written about')
      else if (leftOut.refused > 0) app.log.info({ leftOut }, 'more answers than are written about')
    }
    const note = (request: FastifyRequest, reply: FastifyReply): void => {
      const { statusCode } = reply
      if (statusCode < 400) {
        if (picks()) write(lineOf(request, reply))
        return
      }
      const isFailure = statusCode >= 500
      if (!(isFailure ? failed : refused).take(app.clock())) {
        telling ??= setTimeout(tell, TELL_MS).unref()
        return
      }
      const line = { ...lineOf(request, reply), code: request.problem, reqId: request.id }
      if (isFailure) app.log.error({ ...line, ...describeFailure(request.failure) }, 'failed')
      else app.log.info(line, 'refused')
    }

    app.decorateRequest('problem', undefined)
    app.decorateRequest('failure', undefined)
    app.decorate('requestLog', { note, picks, write })
    app.addHook('onResponse', (request, reply, done) => {
      note(request, reply)
      done()
    })
    app.addHook('onClose', async () => tell())
  },
  { name: 'request-log', dependencies: ['client', 'clock'] },
)

function lineOf(request: FastifyRequest, reply: FastifyReply): AnswerLine {
  const { method, routeOptions, clientPrefix, clientNetwork } = request
  return {
    method, route: routeOptions.url ?? 'unknown', status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10,
    projectId: (request.project as Project | null | undefined)?.id,
    network: clientPrefix ?? (clientNetwork as string | undefined) ?? networkOf(clientAddressOf(request)),
  }
}

/** PostgreSQL’s `detail` and `where` quote the values of a row; words, code and place are enough. */
function describeFailure(error: Error | undefined): object {
  if (error === undefined) return {}
  const { name, message, stack, code } = error as Error & { code?: unknown }
  return { err: { type: name, code, message, stack } }
}
