/** Files of the build, read once at start, in every form the build made of them: see compress() in server/build.mjs. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Encoding, preferredEncoding } from './negotiation.ts'

export interface BuiltFile {
  type: string
  /** A strong tag names one form, so those of a file differ. */
  etags: Record<Encoding, string>
  /** Plain always; compressed where the build found it worth while. */
  bodies: { identity: Buffer } & Partial<Record<Encoding, Buffer>>
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8', svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8',
}

/** By name. Throws an Error that says what to do where `what` was not built; files of no type that is sent are left out. */
export async function readBuiltFiles(directory: string, what: string): Promise<Map<string, BuiltFile>> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new Error(`the ${what} is not built: ${directory} cannot be read; run npm run build`, { cause })
  })
  const present = new Set(names)
  const files = new Map<string, BuiltFile>()
  for (const name of names.toSorted()) {
    const type = TYPES[name.split('.').at(-1) ?? '']
    if (type === undefined) continue
    const [identity, gzip, br] = await Promise.all([
      readFile(join(directory, name)), ...[`${name}.gz`, `${name}.br`].map(async (form) => (present.has(form) ? await readFile(join(directory, form)) : undefined)),
    ])
    const digest = createHash('sha256').update(identity).digest('base64url').slice(0, 22)
    files.set(name, {
      type,
      etags: { identity: `"${digest}"`, gzip: `"${digest}-gzip"`, br: `"${digest}-br"` },
      bodies: { identity, ...(gzip === undefined ? {} : { gzip }), ...(br === undefined ? {} : { br }) },
    })
  }
  return files
}

/** The form of it that this `Accept-Encoding` takes. */
export function formOf({ bodies, etags }: BuiltFile, acceptEncoding: string | undefined): { body: Buffer; encoding: Encoding; etag: string } {
  const wanted = preferredEncoding(acceptEncoding)
  const body = bodies[wanted]
  return body === undefined ? { body: bodies.identity, encoding: 'identity', etag: etags.identity } : { body, encoding: wanted, etag: etags[wanted] }
}
