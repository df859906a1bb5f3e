/** Refusals and accidents, rendered once as RFC 9457 problem details. Nothing of an accident but its code leaves the house. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isDatabaseAway } from '../../db/queryable.ts'
import { PROBLEMS, Problem, type ProblemCode, type ProblemOptions } from '../errors.ts'

/** Library errors by their codes, never by their messages. */
const LIBRARY_CODES: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  // A QUERY without a body: no route takes one.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'not_found',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_ASYNC_CONSTRAINT: 'not_found',
  FST_STATIC_FORBIDDEN_PATH: 'not_found',
}

export default fp(
  async (app) => {
    app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
      if (error instanceof Problem) return sendProblem(request, reply, error.code, error.options)
      if (error.validation !== undefined) return sendProblem(request, reply, 'invalid_request', explainValidation(error))
      const code = LIBRARY_CODES[error.code]
      if (code !== undefined) return sendProblem(request, reply, code)
      if (isDatabaseAway(error)) {
        request.failure = error
        return sendProblem(request, reply, 'database_unavailable', { retryAfter: 2 })
      }
      request.failure = error
      return sendProblem(request, reply, 'internal_error')
    })
    app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 'not_found'))
  },
  { name: 'problems' },
)

/** For Fastify’s `frameworkErrors`: URLs that no route can be looked up for (a broken percent code, an endless parameter). */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(request, reply, LIBRARY_CODES[error.code] ?? 'internal_error')
  // No hook sees these, and scanners send them.
  const { server } = request
  server.traffic.count(request, reply)
  server.scans.look(request)
  server.requestLog.note(request, reply)
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, code: ProblemCode, options: ProblemOptions = {}): FastifyReply {
  const { status, title } = PROBLEMS[code]
  request.problem = code
  if (options.retryAfter !== undefined) reply.header('retry-after', String(options.retryAfter))
  if (status === 401 && code.startsWith('operator_')) reply.header('www-authenticate', 'Bearer')
  // A body that was never read (refused early) would be taken for the next request of a kept-alive connection.
  if (request.raw.readableEnded === false && request.body === undefined && request.headers['content-length'] !== undefined) {
    reply.header('connection', 'close')
  }
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ type: `/problems/${code}`, title, status, code, ...options })
}

/** What Fastify calls the parts of a request, in words. */
const PARTS: Record<string, string> = { params: 'address is', querystring: 'query is', body: 'body is', headers: 'headers are' }

function explainValidation(error: FastifyError): ProblemOptions {
  const part = error.validationContext ?? 'body'
  return {
    detail: `The ${PARTS[part] ?? `${part} is`} not as the schema says.`,
    errors: (error.validation ?? []).slice(0, 5).map((fault) => ({
      pointer: `/${part}${fault.instancePath}`,
      detail: explainFault(fault),
    })),
  }
}

function explainFault({ message, params }: { message?: string | undefined; params: Record<string, unknown> }): string {
  const extra = params['additionalProperty'] ?? params['allowedValues']
  const text = extra === undefined ? '' : `: ${JSON.stringify(extra).slice(0, 200)}`
  return `${message ?? 'is not valid'}${text}`
}
