import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))

describe('server/build.mjs', () => {
  let root: string

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'truetally-build-'))
    for (const name of ['server', 'db', 'demo-site', 'widget', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.widget.json', 'tsconfig.dashboard.json']) {
      await cp(join(repository, name), join(root, name), { recursive: true })
    }
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
    await build()
  })

  afterAll(() => rm(root, { recursive: true, force: true }))

  async function build(...args: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'server', 'build.mjs'), ...args])
    const built = [...stdout.matchAll(/^built (\w+) in [\d.]+ s$/gm)].map(([, part = '']) => part).toSorted()
    // Said first, before anything takes its time.
    expect(/^building (.+) …\n/.exec(stdout)?.[1]?.split(', ').toSorted() ?? []).toEqual(built)
    return built
  }

  test('a checkout yields the server, its migrations, the pages and the widget', () => {
    const outputs = ['server/main.js', 'db/migrations/0001_init.sql', 'demo-site/pages', 'widget/widget.js', 'widget/fingerprint.js', 'dashboard/app/index.html', 'dashboard/sign-in/sign-in.html']
    expect(outputs.filter((path) => !existsSync(join(root, 'dist', path)))).toEqual([])
  })

  test('what is sent is there compressed as well, and says the same', async () => {
    for (const name of ['widget/widget.js', 'dashboard/sign-in/sign-in.html']) {
      const path = join(root, 'dist', name)
      const plain = await readFile(path)
      expect(gunzipSync(await readFile(`${path}.gz`)).equals(plain)).toBe(true)
      expect(brotliDecompressSync(await readFile(`${path}.br`)).equals(plain)).toBe(true)
    }
  })

  test('nothing is built when all is up to date, whatever the modification times say', async () => {
    await utimes(join(root, 'server', 'config.ts'), new Date(), new Date(Date.now() + 86_400_000))
    expect(await build()).toEqual([])
  })

  test('a changed source rebuilds its part only', async () => {
    await appendFile(join(root, 'server', 'config.ts'), '\n// changed\n')
    expect(await build()).toEqual(['server'])
    await appendFile(join(root, 'widget', 'src', 'main.ts'), '\n// changed\n')
    expect(await build()).toEqual(['widget'])
  })

  test('a missing output is built again', async () => {
    await rm(join(root, 'dist', 'widget', 'widget.js'))
    expect(await build()).toEqual(['widget'])
    expect(existsSync(join(root, 'dist', 'widget', 'widget.js'))).toBe(true)
  })

  test('what was built from a source that is gone is gone too', async () => {
    await writeFile(join(root, 'server', 'passing.ts'), 'export const passing = 1\n')
    await build()
    expect(existsSync(join(root, 'dist', 'server', 'passing.js'))).toBe(true)
    await rm(join(root, 'server', 'passing.ts'))
    await build()
    expect(existsSync(join(root, 'dist', 'server', 'passing.js'))).toBe(false)
  })

  test('a source that does not compile fails the build with its place, now and the next time', async () => {
    const file = join(root, 'server', 'config.ts')
    const text = await readFile(file, 'utf8')
    await writeFile(file, `${text}\nexport const wrong: number = 'text'\n`)
    await expect(build()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('server/config.ts') })
    await expect(build()).rejects.toMatchObject({ code: 1 })
    await writeFile(file, text)
    expect(await build()).toEqual(['server'])
  })

  test('--force builds everything', async () => {
    expect(await build('--force')).toEqual(['dashboard', 'server', 'widget'])
  })

  test('an installed package, which has no sources, builds nothing', async () => {
    await rename(join(root, 'tsconfig.build.json'), join(root, 'tsconfig.gone.json'))
    expect(await build('--force')).toEqual([])
    await rename(join(root, 'tsconfig.gone.json'), join(root, 'tsconfig.build.json'))
  })
})
