import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formOf, readBuiltFiles } from './built-files.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'truetally-built-'))
  for (const [name, text] of [['app.js', 'plain'], ['app.js.gz', 'as gzip'], ['app.js.br', 'as brotli'], ['small.css', 'plain'], ['secret.env', 'no']] as const) {
    await writeFile(join(directory, name), text)
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('what has a type that is sent is read, its compressed forms with it and not beside it', async () => {
  const files = await readBuiltFiles(directory, 'widget')
  expect([...files.keys()]).toEqual(['app.js', 'small.css'])
  expect(files.get('app.js')?.type).toBe('text/javascript; charset=utf-8')
})

test.each([
  ['br, gzip', 'br', 'as brotli'], ['gzip', 'gzip', 'as gzip'], ['br;q=0, gzip;q=0.5', 'gzip', 'as gzip'], [undefined, 'identity', 'plain'], ['zstd', 'identity', 'plain'],
])('%s takes %s', async (accepted, encoding, text) => {
  const file = (await readBuiltFiles(directory, 'widget')).get('app.js')
  if (file === undefined) throw new Error('app.js was not read')
  const form = formOf(file, accepted)
  expect([form.encoding, form.body.toString()]).toEqual([encoding, text])
  expect(form.etag).toBe(file.etags[encoding as keyof typeof file.etags])
})

test('a file the build did not compress is sent as it is, under the tag of that form', async () => {
  const file = (await readBuiltFiles(directory, 'widget')).get('small.css')
  if (file === undefined) throw new Error('small.css was not read')
  expect(formOf(file, 'br')).toEqual({ body: Buffer.from('plain'), encoding: 'identity', etag: file.etags.identity })
  expect(new Set(Object.values(file.etags)).size).toBe(3)
})

test('a directory that is not there says what to do', async () => {
  await expect(readBuiltFiles(join(directory, 'gone'), 'dashboard')).rejects.toThrow('the dashboard is not built')
})
