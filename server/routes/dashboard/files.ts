/**
 * The dashboard’s files. Whoever is not signed in gets the sign-in page and nothing of the app. All of it is built with the
 * server and read at its start.
 */
import { join } from 'node:path'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { type BuiltFile, formOf, readBuiltFiles } from '../../plugins/built-files.ts'

const PAGE_OF_APP = 'index.html'
const SIGN_IN_PAGE = 'sign-in.html'

/** Nothing inline, nobody else’s anything, and no text that becomes code or markup. */
const CONTENT_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
  "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ')

/** A page is some twenty files, once; names change with the content, so they are never asked for again. */
const FILES_LIMIT = { max: 3000, timeWindow: 60_000 }
const IMMUTABLE = 'private, max-age=31536000, immutable'

const files: FastifyPluginAsync<{ dashboardDir: string }> = async (app, { dashboardDir }) => {
  const [own, open] = await Promise.all([readBuiltFiles(join(dashboardDir, 'app'), 'dashboard'), readBuiltFiles(join(dashboardDir, 'sign-in'), 'dashboard')])
  const options = { config: { rateLimit: FILES_LIMIT }, schema: { hide: true } }

  app.get('/dashboard/sign-in', options, async (request, reply) => send(request, reply, open.get(SIGN_IN_PAGE), 'no-store'))
  app.get('/dashboard/sign-in/*', options, async (request, reply) => send(request, reply, open.get(nameOf(request)), 'public, max-age=86400'))

  app.get('/dashboard/assets/*', options, async (request, reply) => {
    if ((await app.findSession(request)) === null) throw new Problem('operator_token_required')
    return send(request, reply, own.get(nameOf(request)), IMMUTABLE)
  })

  // The first address that a start prints.
  app.get('/', options, async (_request, reply) => reply.redirect('/dashboard/'))
  app.get('/dashboard', options, async (_request, reply) => reply.redirect('/dashboard/'))
  // Which page it is, its script reads from the address.
  app.get('/dashboard/*', options, async (request, reply) => {
    if ((await app.findSession(request)) !== null) return send(request, reply, own.get(PAGE_OF_APP), 'no-store')
    const next = request.url === '/dashboard/' ? '' : `?${new URLSearchParams({ next: request.url }).toString()}`
    return reply.header('cache-control', 'no-store').redirect(`/dashboard/sign-in${next}`)
  })
}
export default files

function send(request: FastifyRequest, reply: FastifyReply, file: BuiltFile | undefined, caching: string): FastifyReply {
  if (file === undefined) throw new Problem('not_found')
  reply
    .header('content-security-policy', CONTENT_POLICY)
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), geolocation=(), microphone=()')
    .header('cache-control', caching)
    .header('vary', 'Accept-Encoding, Cookie')
  const { body, encoding } = formOf(file, request.headers['accept-encoding'])
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.type(file.type).send(body)
}

const nameOf = (request: FastifyRequest): string => (request.params as { '*': string })['*']
