/**
 * The widget’s files: `/widget.js` revalidates, so that customers get fixes; `/widget/{version}/…` never changes, so that
 * it can be pinned with subresource integrity.
 */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyPluginAsync } from 'fastify'

interface Asset {
  body: Buffer
  /** Compressed once, at start: these few files are most of what is sent. */
  br: Buffer
  gzip: Buffer
  type: string
  etag: string
}
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8', map: 'application/json; charset=utf-8', txt: 'text/plain; charset=utf-8',
}

/** A campus behind one network opens a page that embeds the widget: three files each, cached afterwards. */
const FILES_LIMIT = { max: 6000, timeWindow: 60_000 }

const assets: FastifyPluginAsync<{ widgetDir: string; version: string }> = async (app, { widgetDir, version }) => {
  const files = await load(widgetDir)
  for (const [name, { body, br, gzip, type, etag }] of files) {
    for (const [path, caching] of [
      [`/${name}`, 'public, max-age=300, stale-while-revalidate=86400'],
      [`/widget/${version}/${name}`, 'public, max-age=31536000, immutable'],
    ] as const) {
      app.get(path, { config: { rateLimit: FILES_LIMIT }, schema: { hide: true } }, async (request, reply) => {
        reply
          .header('access-control-allow-origin', '*')
          // The page that embeds the widget may be cross-origin isolated.
          .header('cross-origin-resource-policy', 'cross-origin')
          .header('cache-control', caching)
          .header('etag', etag)
          .header('vary', 'Accept-Encoding')
        if (request.headers['if-none-match'] === etag) return reply.code(304).send()
        const accepted = request.headers['accept-encoding'] ?? ''
        const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined
        if (encoding !== undefined) reply.header('content-encoding', encoding)
        return reply.type(type).send(encoding === undefined ? body : { br, gzip }[encoding])
      })
    }
  }
}
export default assets

async function load(widgetDir: string): Promise<Map<string, Asset>> {
  const names = await readdir(widgetDir).catch((cause: unknown) => {
    throw new Error(`the widget is not built: ${widgetDir} cannot be read; run npm run build`, { cause })
  })
  const files = new Map<string, Asset>()
  for (const name of names.toSorted()) {
    const type = TYPES[name.split('.').at(-1) ?? '']
    if (type === undefined) continue
    const body = await readFile(join(widgetDir, name))
    const br = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    files.set(name, { body, br, gzip: gzipSync(body, { level: 9 }), type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` })
  }
  if (!files.has('widget.js')) throw new Error(`the widget is not built: ${widgetDir} has no widget.js; run npm run build`)
  return files
}
