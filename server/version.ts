import { createRequire } from 'node:module'

/** From package.json, which is two folders up in dist and one in the sources. */
const { version } = createRequire(import.meta.url)(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json') as { version: string }
export const VERSION = version
