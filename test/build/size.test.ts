/** What a host's visitors download: how much, and that it contains nothing a strict page would refuse. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'

const LIMIT = 12 * 1024
const root = fileURLToPath(new URL('../../', import.meta.url))
const pathOf = (name: string) => `${root}dist/widget/${name}`
const read = (name: string) => readFileSync(pathOf(name), 'utf8')

beforeAll(() => {
  if (existsSync(pathOf('widget.js')) && existsSync(pathOf('fingerprint.js'))) return
  execFileSync(process.execPath, [`${root}node_modules/rollup/dist/bin/rollup`, '--silent', '-c', 'widget/rollup.config.mjs'], { cwd: root })
}, 60_000)

it('widget.js stays within 12 KB of gzip', () => {
  const bytes = gzipSync(readFileSync(pathOf('widget.js')), { level: 9 }).length
  process.stdout.write(`widget.js: ${bytes} bytes gzip of ${LIMIT}\n`)
  expect(bytes).toBeLessThanOrEqual(LIMIT)
})

describe.each(['widget.js', 'fingerprint.js'])('%s', (name) => {
  it('turns no string into code or markup', () => {
    const code = read(name)
    for (const sink of ['eval(', 'new Function', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'setAttribute("style"']) {
      expect(code).not.toContain(sink)
    }
  })

  it('has no address of anybody else', () => {
    const hosts = [...read(name).matchAll(/(?:https?:)?\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map(([, host]) => host)
    expect(hosts).toEqual([])
  })

  it('runs as a classic script with a source map', () => {
    const code = read(name)
    expect(code).toMatch(/^(\/\*![^*]*\*\/\s*)?!?\(?(async )?(function|\()/)
    expect(code).toContain(`//# sourceMappingURL=${name}.map`)
    expect(existsSync(pathOf(`${name}.map`))).toBe(true)
  })
})

it('widget.js contains no HTML sink at all', () => {
  expect(read('widget.js')).not.toMatch(/innerHTML/i)
})

it('widget.js pins the fingerprint.js built beside it', async () => {
  const digest = await crypto.subtle.digest('SHA-384', readFileSync(pathOf('fingerprint.js')))
  expect(read('widget.js')).toContain(`sha384-${Buffer.from(digest).toString('base64')}`)
})
