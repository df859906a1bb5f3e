/** RFC 9457 on this side too: the page's script branches on `code`, never on a sentence. */
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'

export interface Problem {
  status: number
  code: string
  detail: string
}

export function sendProblem(reply: FastifyReply, { status, code, detail }: Problem): FastifyReply {
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail })
  return reply.code(status).header('cache-control', 'no-store').type('application/problem+json').send(body)
}
