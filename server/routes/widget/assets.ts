/**
 * The widget’s files: `/widget.js` revalidates, so that customers get fixes; `/widget/{version}/…` never changes, so that
 * it can be pinned with subresource integrity.
 */
import type { FastifyPluginAsync } from 'fastify'
import { formOf, readBuiltFiles } from '../../plugins/built-files.ts'
import { matchesTag } from '../../plugins/negotiation.ts'

/** A campus behind one network opens a page that embeds the widget: three files each, cached afterwards. */
const FILES_LIMIT = { max: 6000, timeWindow: 60_000 }

const assets: FastifyPluginAsync<{ widgetDir: string; version: string }> = async (app, { widgetDir, version }) => {
  const files = await readBuiltFiles(widgetDir, 'widget')
  if (!files.has('widget.js')) throw new Error(`the widget is not built: ${widgetDir} has no widget.js; run npm run build`)
  for (const [name, file] of files) {
    for (const [path, caching] of [
      [`/${name}`, 'public, max-age=300, stale-while-revalidate=86400'],
      [`/widget/${version}/${name}`, 'public, max-age=31536000, immutable'],
    ] as const) {
      app.get(path, { config: { rateLimit: FILES_LIMIT }, schema: { hide: true } }, async (request, reply) => {
        const { body, encoding, etag } = formOf(file, request.headers['accept-encoding'])
        reply
          .header('access-control-allow-origin', '*')
          // The page that embeds the widget may be cross-origin isolated.
          .header('cross-origin-resource-policy', 'cross-origin')
          .header('cache-control', caching)
          .header('etag', etag)
          .header('vary', 'Accept-Encoding')
        if (matchesTag(request.headers['if-none-match'], etag)) return reply.code(304).send()
        if (encoding !== 'identity') reply.header('content-encoding', encoding)
        return reply.type(file.type).send(body)
      })
    }
  }
}
export default assets
