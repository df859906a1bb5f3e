/**
 * A customer's whole site: five pages, their assets, and a backend of four calls. It knows Truetally only the way any
 * customer does: a script tag, a project key, and an identity secret that stays on this side.
 */
import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { registerIdentityRoutes } from './identity-routes.ts'
import { sendProblem } from './problem.ts'
import { renderPage } from './render-page.ts'
import { FIXED_HEADERS, type PagePolicy, buildContentSecurityPolicy } from './security-headers.ts'

export interface DemoSiteOptions {
  /** Bare origin that serves the widget and its API, e.g. `http://localhost:4000`. */
  widgetOrigin: string
  /** The project's public key, e.g. `pk_demo`. */
  projectKey: string
  /** Signing key of the project's identity tokens; `secret` is used as UTF-8 bytes for HS256. */
  identity: { kid: string; secret: string }
  /** Log requests; off by default. */
  logger?: boolean
}

const PAGES_URL = new URL('./pages/', import.meta.url)

/** `/spa/*` answers the same document: its routes exist only in the browser. */
const PAGES: readonly { path: string; file: string; policy: PagePolicy; aliases?: readonly string[] }[] = [
  { path: '/', file: 'index.html', policy: 'everyday' },
  { path: '/article', file: 'article.html', policy: 'everyday' },
  { path: '/strict-csp', file: 'strict-csp.html', policy: 'strict' },
  { path: '/hostile-css', file: 'hostile-css.html', policy: 'everyday' },
  { path: '/spa', file: 'spa.html', policy: 'everyday', aliases: ['/spa/*'] },
]

/**
 * Builds the site without listening, so that one process can serve it on an allowed and on a rogue port.
 * Throws a `TypeError` when `widgetOrigin` is not a bare http(s) origin.
 */
export async function buildDemoSite(options: DemoSiteOptions): Promise<FastifyInstance> {
  const { widgetOrigin, projectKey } = options
  const parsed = new URL(widgetOrigin)
  if (parsed.origin !== widgetOrigin || !parsed.protocol.startsWith('http')) {
    throw new TypeError(`widgetOrigin must be a bare origin such as http://localhost:4000, not "${widgetOrigin}"`)
  }

  const app = Fastify({ logger: options.logger ?? false, bodyLimit: 1024 })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(FIXED_HEADERS)
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error(error)
    const detail = status >= 500 ? 'Something went wrong on this site.' : error.message
    return sendProblem(reply, { status, code: status >= 500 ? 'internal' : 'request_invalid', detail })
  })

  await app.register(fastifyStatic, { root: fileURLToPath(new URL('assets/', PAGES_URL)), prefix: '/assets/', cacheControl: false })
  await registerPages(app, { widgetOrigin, projectKey })
  registerIdentityRoutes(app, { ...options.identity, projectKey })
  return app
}

async function registerPages(app: FastifyInstance, values: { widgetOrigin: string; projectKey: string }): Promise<void> {
  const partials = await readPartials()
  const read = async (file: string, path: string): Promise<string> =>
    renderPage({ template: await readFile(new URL(file, PAGES_URL), 'utf8'), partials, values, path })

  await Promise.all(
    PAGES.map(async ({ path, file, policy, aliases = [] }) => {
      const html = await read(file, path)
      const csp = buildContentSecurityPolicy(policy, values.widgetOrigin)
      for (const url of [path, ...aliases]) app.get(url, async (_request, reply) => sendPage(reply, html, csp))
    }),
  )

  const notFoundHtml = await read('not-found.html', '/404')
  const notFoundCsp = buildContentSecurityPolicy('everyday', values.widgetOrigin)
  app.setNotFoundHandler((request, reply) =>
    request.url.startsWith('/api/')
      ? sendProblem(reply, { status: 404, code: 'not_found', detail: 'This site has no such call.' })
      : sendPage(reply.code(404), notFoundHtml, notFoundCsp),
  )
}

async function readPartials(): Promise<Map<string, string>> {
  const folder = new URL('partials/', PAGES_URL)
  const files = await readdir(folder)
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.replace('.html', ''), (await readFile(new URL(file, folder), 'utf8')).trimEnd()] as const),
    ),
  )
}

function sendPage(reply: FastifyReply, html: string, csp: string): FastifyReply {
  return reply.headers({ 'content-security-policy': csp, 'cache-control': 'no-cache' }).type('text/html; charset=utf-8').send(html)
}
