/**
 * `POST …/monitors/{name}`: what an uptime monitor outside sees, into the ledger. It takes no operator token but a signature under
 * MONITOR_WEBHOOK_SECRET, so it stands outside the scope that asks for one; a wrong signature is met like a wrong token.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { MonitorHeaders, MonitorParams, MonitorReport } from '../../contract/monitor.ts'
import { Problem } from '../../errors.ts'
import { plain } from '../../ledger/event.ts'
import { refuseBlocked } from '../../plugins/blocks.ts'
import { findWebhookFault } from '../../tokens/webhook-signature.ts'
import { severityOf } from '../../watch/probes/probe-severity.ts'
import { refusals } from '../refusals.ts'

const PER_MINUTE = 60
const BODY_LIMIT = 8 * 1024

const monitors: FastifyPluginAsyncTypebox<{ secret: string | undefined }> = async (app, { secret }) => {
  // The signature is over the bytes as they came: nothing is parsed before it has been checked.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const verify = (request: FastifyRequest, key: string): void => {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers
    if (typeof id !== 'string' || id === '' || typeof timestamp !== 'string' || typeof signature !== 'string') {
      throw new Problem('signature_invalid', { detail: 'Send webhook-id, webhook-timestamp and webhook-signature.' })
    }
    const now = app.clock()
    const fault = findWebhookFault(key, { id, timestamp, signature }, bytesOf(request), now)
    if (fault === undefined) return
    app.ledger.write({
      projectId: 0, eventType: 'invalid_api_key', endpoint: request.endpoint(), ipAddress: request.clientAddress,
      errorMessage: fault === 'stale' ? 'A monitor’s message of another time' : 'A monitor’s message with a wrong signature',
      detail: { kind: 'monitor', monitor: nameOf(request) },
    })
    // One that was signed with the secret is late or played back, and no guess.
    if (fault === 'stale') throw new Problem('signature_invalid', { detail: 'The timestamp is more than five minutes from now.' })
    const digest = createHash('sha256').update(signature).digest('hex')
    app.responses.note(request, 'operator_token', { what: digest })
    app.responses.note(request, 'repeated_operator_token', { subject: { kind: 'api_key', matches: digest, label: 'a monitor’s signature' } })
    throw new Problem('signature_invalid')
  }

  app.post(
    '/monitors/:name',
    {
      bodyLimit: BODY_LIMIT,
      config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['security'],
        summary: 'What a monitor outside says of an endpoint',
        description: 'A Standard Webhooks message, signed under MONITOR_WEBHOOK_SECRET; without one set there is nothing here. The same `webhook-id` again is answered alike and counted once.',
        security: [{ monitor: [] }],
        params: MonitorParams,
        headers: MonitorHeaders,
        body: MonitorReport,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
      // After the rate limit, as everywhere: guesses are counted first.
      preParsing: async (request: FastifyRequest, _reply: FastifyReply) => {
        if (secret === undefined) throw new Problem('not_found', { detail: 'This installation takes no monitors (MONITOR_WEBHOOK_SECRET).' })
        const now = app.clock()
        refuseBlocked(app.blocks.find(0, { ip: request.clientAddress }, now, 'operator'), now)
      },
      preValidation: async (request: FastifyRequest) => {
        if (secret !== undefined) verify(request, secret)
        request.body = parse(bytesOf(request))
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const { status, target, message, latencyMs } = request.body
      if (!(await app.counts.showMessage(String(request.headers['webhook-id']), app.clock()))) {
        app.ledger.write({
          projectId: 0, eventType: 'suspicious_activity', severity: severityOf(status), endpoint: request.endpoint(), ipAddress: request.clientAddress,
          errorMessage: `The monitor ${name} says ${status}${target === undefined ? '' : `: ${target}`}`,
          detail: {
            kind: 'monitor', monitor: name, state: status,
            ...(target === undefined ? {} : { target: plain(target) }),
            ...(message === undefined ? {} : { message: plain(message) }),
            ...(latencyMs === undefined ? {} : { latencyMs }),
          },
        })
      }
      return reply.code(204).send(null)
    },
  )
}
export default monitors

const bytesOf = (request: FastifyRequest): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
/** Any text can stand in the path until the schema has been asked, which is after the signature. */
const nameOf = (request: FastifyRequest): string => plain((request.params as { name?: string }).name?.slice(0, 40)) ?? ''

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Problem('malformed_json')
  }
}
