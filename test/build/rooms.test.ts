/**
 * The house rules that a tool can see (CONTRIBUTING): which room may import what, and who alone speaks SQL, reads the
 * environment, calls the network. A failure lists every place with its line.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Source {
  path: string
  text: string
  /** Without comments and types, which may say what code may not. */
  code: string
  imports: { from: string; line: number }[]
}

let tracked: string[]
let sources: Source[]

beforeAll(async () => {
  // Files about to be committed count as well.
  tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
    .split('\0').filter((path) => path !== '' && read(path) !== undefined)
  const paths = tracked.filter((path) => /^(server|db|widget|demo-site|test)\/.*\.(ts|tsx|mjs|js)$/.test(path))
  sources = await Promise.all(paths.map(async (path) => {
    const text = read(path) ?? ''
    const loader = path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'js'
    return { path, text, code: (await transform(text, { loader, legalComments: 'none' })).code, imports: importsOf(text) }
  }))
})

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch (error) {
    // Deleted and not yet committed, or a link to a directory.
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function importsOf(text: string): Source['imports'] {
  const found = [...text.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)]
  return found.map((match) => ({ from: match[1] ?? match[2] ?? match[3] ?? '', line: text.slice(0, match.index).split('\n').length }))
}

const isTest = (path: string): boolean => path.startsWith('test/') || /\.(test|fixture)\.tsx?$/.test(path)
const room = (pattern: RegExp): Source[] => sources.filter(({ path }) => pattern.test(path) && !isTest(path))
/** The repository path an import leads to, or the package it names. */
const targetOf = (path: string, from: string): string => (from.startsWith('.') ? normalize(join(dirname(path), from)) : from)
const describeImport = ({ path }: Source, { from, line }: { from: string; line: number }): string => `${path}:${line} imports ${targetOf(path, from)}`

/** Imports of these sources that `allowed` does not let through. */
const strays = (from: Source[], allowed: (target: string) => boolean): string[] =>
  from.flatMap((source) => source.imports.filter((entry) => !allowed(targetOf(source.path, entry.from))).map((entry) => describeImport(source, entry)))
/** Places in the code itself, comments aside. The line is that of the original text where it can be found there. */
const places = (from: Source[], pattern: RegExp): string[] =>
  from.flatMap(({ path, code, text }) => [...code.matchAll(pattern)].map(([match]) => {
    const line = text.split('\n').findIndex((content) => content.includes(match.trim().split('\n')[0] ?? match)) + 1
    return `${path}:${line} ${match.trim().slice(0, 80)}`
  }))

const PURE_CORE = /^server\/(gate\/(?!record\.ts)|ledger\/|tokens\/|watch\/(language|cohorts)\/|watch\/statistics\.ts)/
const IO = /^(fastify|@fastify\/.*|fastify-plugin|pg|node:(fs|net|http|https|child_process|dgram)(\/.*)?)$/

test('the rooms are where these rules look for them', () => {
  const sizes = Object.fromEntries(Object.entries({
    contract: /^server\/contract\//, core: PURE_CORE, db: /^db\//, plugins: /^server\/plugins\//, routes: /^server\/routes\//, widget: /^widget\/src\//,
  }).map(([name, pattern]) => [name, room(pattern).length]))
  for (const [name, count] of Object.entries(sizes)) expect(`${name}: ${count >= 5 ? 'found' : count}`).toBe(`${name}: found`)
  expect(sources.find(({ path }) => path === 'server/app.ts')?.imports.length).toBeGreaterThan(30)
})

describe('the direction of imports', () => {
  test('contract imports nothing of ours but contract', () => {
    expect(strays(room(/^server\/contract\//), (target) => target === 'typebox' || target.startsWith('server/contract/'))).toEqual([])
  })

  test('the pure core imports no I/O, no plugin, no route and no query', () => {
    expect(strays(room(PURE_CORE), (target) => !IO.test(target) && !/^(db\/|server\/(plugins|routes|commands)\/|server\/(app|main|config)\.ts)/.test(target))).toEqual([])
  })

  test('the gate imports nothing of the watch: they meet in the ledger', () => {
    expect(strays(room(/^server\/gate\//), (target) => !target.startsWith('server/watch/'))).toEqual([])
  })

  test('db imports neither Fastify nor anything above it', () => {
    expect(strays(room(/^db\//), (target) => !/^(fastify|@fastify\/)/.test(target) && !/^server\/(plugins|routes|commands)\/|^server\/(app|main)\.ts/.test(target))).toEqual([])
  })

  test('plugins import no route, routes no command, and nobody the app but commands', () => {
    expect(strays(room(/^server\/plugins\//), (target) => !/^server\/(routes|commands)\/|^server\/(app|main)\.ts/.test(target))).toEqual([])
    expect(strays(room(/^server\/routes\//), (target) => !/^server\/commands\/|^server\/(app|main)\.ts/.test(target))).toEqual([])
  })

  test('the widget shares with the server the wire contract only', () => {
    expect(strays(room(/^widget\//), (target) => !/^(server|db|demo-site)\//.test(target) || target.startsWith('server/contract/'))).toEqual([])
  })

  test('the dashboard shares with the server the wire contract only, and nobody imports it', () => {
    expect(room(/^server\/dashboard\/src\//).length).toBeGreaterThan(20)
    expect(strays(room(/^server\/dashboard\/src\//), (target) => !/^(server\/(?!dashboard\/|contract\/)|db\/|demo-site\/|widget\/)/.test(target))).toEqual([])
    expect(strays(room(/^(server\/(?!dashboard)|db\/|demo-site\/|widget\/)/), (target) => !target.startsWith('server/dashboard/'))).toEqual([])
  })

  test('the demo site knows Truetally only the way a customer does', () => {
    expect(strays(room(/^demo-site\//), (target) => !/^(server|db|widget)\//.test(target))).toEqual([])
  })

  test('nothing imports tests', () => {
    expect(strays(sources.filter(({ path }) => !isTest(path)), (target) => !target.startsWith('test/') && !/\.(test|fixture)\.tsx?$/.test(target))).toEqual([])
  })

  test('only server/tokens imports jose', () => {
    expect(strays(sources.filter(({ path }) => !isTest(path) && !/^(server\/tokens|demo-site)\//.test(path)), (target) => target !== 'jose')).toEqual([])
  })
})

describe('who alone may', () => {
  const SQL = /^\s*(?:(?:explain|with|select|insert|update|delete|merge|create|alter|drop|truncate|listen|notify|begin|commit|rollback)\b)[\s\S]*/i
  const CERTAIN = /\b(?:select\b[\s\S]*\bfrom\b|select \d|select pg_\w+\(|insert into|update \w+(?: \w+)?\s+set\b|delete from|create (?:table|index|database)|alter table|drop table|^\s*listen \w|^\s*notify \w)/i

  /** Strings that begin like a statement and go on like one. Prose may begin with “select”; it does not go on so in lower or upper case. */
  const statements = (from: Source[]): string[] => from.flatMap(({ path, code }) =>
    [...code.matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)]
      .map(([literal]) => literal.slice(1, -1).replaceAll(String.raw`\n`, '\n'))
      .filter((text) => SQL.test(text) && CERTAIN.test(text) && /^\s*(?:[a-z]+|[A-Z]+)\b/.test(text))
      .map((text) => `${path} says ${text.trim().slice(0, 80)}`))

  test('speak SQL: db', () => {
    expect(statements(room(/^db\//)).length).toBeGreaterThan(40)
    expect(statements(sources.filter(({ path }) => !isTest(path) && !path.startsWith('db/')))).toEqual([])
  })

  test('read the environment: server/config.ts', () => {
    const others = room(/^(server\/(?!dashboard\/rollup)|db\/|demo-site\/)/).filter(({ path }) => path !== 'server/config.ts')
    // Handing all of it on to a child process is not reading it.
    expect(places(others, /(?<!\.\.\.)process\.env\S*/g)).toEqual([])
    expect(places(room(/^server\/config\.ts$/), /process\.env/g)).toHaveLength(1)
  })

  test('call the network from the widget: widget/src/api.ts', () => {
    const network = /\b(?:fetch\(|XMLHttpRequest|sendBeacon|EventSource|WebSocket)/g
    expect(places(room(/^widget\/src\/(?!api\.ts)/), network)).toEqual([])
    expect(places(room(/^widget\/src\/api\.ts$/), network).length).toBeGreaterThan(0)
  })

  test('call the network from the dashboard: server/dashboard/src/app/api.ts', () => {
    const network = /\b(?:fetch\(|XMLHttpRequest|sendBeacon|new EventSource|WebSocket)/g
    expect(places(room(/^server\/dashboard\/src\/(?!app\/api\.ts)/), network)).toEqual([])
    expect(places(room(/^server\/dashboard\/src\/app\/api\.ts$/), network).length).toBeGreaterThan(0)
  })

  test('make markup of text: nobody in the dashboard', () => {
    expect(places(room(/^server\/dashboard\/src\//), /innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|srcdoc|document\.write|DOMParser|createContextualFragment|\beval\(|new Function/g)).toEqual([])
  })

  test('know what time it is: not the pure core, which is told', () => {
    expect(places(room(PURE_CORE), /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/g)).toEqual([])
  })
})

describe('files', () => {
  test('past 300 lines a file’s header says why it must be so', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 301)
    expect(long.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*[\s\S]*?\b(?:lines|one file|long)\b[\s\S]*?\*\//.test(text)).map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`)).toEqual([])
  })

  test('are named in kebab-case, components in PascalCase', () => {
    const names = sources.filter(({ path }) => !path.startsWith('demo-site/pages/')).map(({ path }) => path)
    expect(names.filter((path) => !/(^|\/)([a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|mjs|js|tsx)|[A-Z][A-Za-z]*(\.test)?\.tsx)$/.test(path))).toEqual([])
  })

  test('name no place on anybody’s machine', () => {
    // Put together here, so that this file does not name one itself.
    const place = new RegExp(`(?<![\\w.])/(?:${['home', 'Users'].join('|')})/[a-z]\\w+|(?<![\\w./])/(?:${['root', 'work', 'mnt'].join('|')})/\\w|\\b[A-Z]:\\\\\\\\?Users`)
    const text = tracked.filter((path) => !/\.(png|jpe?g|webp|ico|woff2?|gz)$/.test(path))
    const found = text.flatMap((path) => (read(path) ?? '').split('\n').flatMap((line, n) => (place.test(line) ? [`${path}:${n + 1} ${line.trim().slice(0, 80)}`] : [])))
    expect(text.length).toBeGreaterThan(150)
    expect(found).toEqual([])
  })
})

const packageOf = (target: string): string => target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/')
const outside = (target: string): boolean => !/^(node:|server\/|db\/|widget\/|demo-site\/|test\/)/.test(target) && !target.startsWith('.') && !target.includes('css')
const accepts = (licence: string, among: Set<string>): boolean =>
  licence.replaceAll(/[()]/g, '').split(/ OR /i).some((choice) => choice.split(/ AND /i).every((part) => among.has(part.trim())))

describe('dependencies', () => {
  interface Locked {
    license?: string
    dev?: boolean
    resolved?: string
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  const installed = Object.entries(packages).filter(([path]) => path !== '')

  test('the lock file names no download address: any registry will do', () => {
    expect(installed.length).toBeGreaterThan(100)
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([])
  })

  test('every licence lets a customer ship the whole', () => {
    const free = new Set(['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0', 'PDDL-1.0', 'Python-2.0'])
    // Tools stay with us; a file of theirs under MPL is never in what is shipped.
    const forTools = new Set([...free, 'MPL-2.0', 'CC-BY-4.0'])
    const refused = installed.filter(([, { license = 'none', dev = false }]) => !accepts(license, dev ? forTools : free))
    expect(refused.map(([path, { license = 'none' }]) => `${path}: ${license}`)).toEqual([])
  })

  test('what is imported is declared, and what runs in production is no development dependency', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
    const runtime = new Set(Object.keys(manifest.dependencies))
    const all = new Set([...runtime, ...Object.keys(manifest.devDependencies), ...Object.keys(manifest.optionalDependencies)])
    const undeclared = strays(sources.filter(({ path }) => /^(test|widget)\//.test(path) || isTest(path)), (target) => !outside(target) || all.has(packageOf(target)))
    const inProduction = strays(room(/^(server\/(?!build\.mjs|dashboard)|db\/|demo-site\/(?!pages))/), (target) => !outside(target) || runtime.has(packageOf(target)))
    expect([...undeclared, ...inProduction]).toEqual([])
  })
})
