/** What a host's visitors download: how much, and that it contains nothing a strict page would refuse. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'

const LIMIT = 12 * 1024
const DASHBOARD_LIMIT = 120 * 1024
const CHALLENGE_LIMIT = 4 * 1024
const SCRIPTS = ['widget.js', 'challenge.js', 'feedback.js', 'fingerprint.js'] as const
const root = fileURLToPath(new URL('../../', import.meta.url))
const pathOf = (name: string) => `${root}dist/widget/${name}`
const read = (name: string) => readFileSync(pathOf(name), 'utf8')
const sizeOf = (name: string) => gzipSync(readFileSync(pathOf(name)), { level: 9 }).length

async function digestOf(name: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-384', readFileSync(pathOf(name)))
  return `sha384-${Buffer.from(digest).toString('base64')}`
}

// It does nothing where dist/ is what the sources make; an old file is never measured.
beforeAll(() => {
  execFileSync(process.execPath, [`${root}server/build.mjs`], { cwd: root, stdio: 'inherit' })
})

it('widget.js, which is all it takes to see the board and vote, stays within 12 KB of gzip', () => {
  for (const name of SCRIPTS) process.stdout.write(`${name}: ${sizeOf(name)} bytes gzip${name === 'widget.js' ? ` of ${LIMIT}` : ''}\n`)
  expect(sizeOf('widget.js')).toBeLessThanOrEqual(LIMIT)
})

it('challenge.js, which every voter downloads as well, stays within 4 KB of gzip', () => {
  expect(sizeOf('challenge.js')).toBeLessThanOrEqual(CHALLENGE_LIMIT)
})

it('the dashboard’s first page loads at most 120 KB of gzip, styles included', () => {
  const directory = `${root}dist/dashboard/app/`
  const gzipOf = (name: string): number => gzipSync(readFileSync(directory + name), { level: 9 }).length
  // What the page names, the first page itself, and whatever those import before they run.
  const first = readdirSync(directory).filter((name) => /^(style-.*\.css|index\.html|app-.*\.js|Now-.*\.js)$/.test(name))
  const loaded = new Set<string>()
  const follow = (name: string): void => {
    if (loaded.has(name)) return
    loaded.add(name)
    if (!name.endsWith('.js')) return
    for (const [, imported] of readFileSync(directory + name, 'utf8').matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) follow(imported ?? '')
  }
  for (const name of first) follow(name)
  expect(first).toHaveLength(4)
  const total = [...loaded].reduce((sum, name) => sum + gzipOf(name), 0)
  process.stdout.write(`dashboard: ${total} bytes gzip of ${DASHBOARD_LIMIT} in ${loaded.size} files at first; ${readdirSync(directory).reduce((sum, name) => sum + gzipOf(name), 0)} with every page opened\n`)
  expect(total).toBeLessThanOrEqual(DASHBOARD_LIMIT)
})

describe.each(SCRIPTS)('%s', (name) => {
  it('turns no string into code or markup', () => {
    const code = read(name)
    for (const sink of ['eval(', 'new Function', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'setAttribute("style"']) {
      expect(code).not.toContain(sink)
    }
  })

  it('has no address of anybody else', () => {
    // A namespace is a name; nothing is ever fetched from there.
    const code = read(name).replaceAll('http://www.w3.org/1999/xhtml', '')
    const hosts = [...code.matchAll(/(?:https?:)?\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map(([, host]) => host)
    expect(hosts).toEqual([])
  })

  it('runs as a classic script with a source map', () => {
    const code = read(name)
    expect(code).toMatch(/^(\/\*![^*]*\*\/\s*)?!?\(?(async )?(function|\()/)
    expect(code).toContain(`//# sourceMappingURL=${name}.map`)
    expect(existsSync(pathOf(`${name}.map`))).toBe(true)
  })
})

describe('HTML from strings', () => {
  const sources = readdirSync(`${root}widget/src`, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.test)\.tsx?$/.test(name))

  it('is written by no source of the widget', () => {
    expect(sources).toContain('main.ts')
    const writers = sources.filter((name) =>
      /innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|srcdoc|document\.write|DOMParser|createContextualFragment/.test(
        readFileSync(`${root}widget/src/${name}`, 'utf8'),
      ),
    )
    expect(writers).toEqual([])
  })

  it.each(['widget.js', 'challenge.js', 'feedback.js'])('is left out of the Preact in %s', (name) => {
    expect(read(name)).not.toMatch(/innerHTML/i)
  })

  it('fills no frame in fingerprint.js: Trusted Types would report it', () => {
    expect(read('fingerprint.js')).not.toContain('.srcdoc=')
  })
})

it.each(['challenge.js', 'feedback.js', 'fingerprint.js'])('widget.js pins the %s built beside it', async (name) => {
  expect(read('widget.js')).toContain(await digestOf(name))
})

it.each([
  ['widget.js', 'Preact'],
  ['fingerprint.js', 'FingerprintJS'],
])('%s names %s and ships its licence', (name, library) => {
  expect(read(name)).toMatch(new RegExp(`^/\\*! ${library}, MIT: ${name}\\.LICENSE\\.txt \\*/`))
  expect(read(`${name}.LICENSE.txt`)).toContain('Permission is hereby granted, free of charge')
})
