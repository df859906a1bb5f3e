/** The documents against the sources: a name, a default or a number that changes here must change there. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BLOCK_KINDS, EVENT_TYPES, ITEM_STATUSES, PROJECT_MODES } from '../../server/contract/primitives.ts'
import { SUMMARY_KEYS } from '../../server/contract/security.ts'
import { readConfig } from '../../server/config.ts'
import { PROBLEMS } from '../../server/errors.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { DEFAULT_SEVERITY } from '../../server/ledger/event.ts'
import { MAX_LIFETIME_S } from '../../server/tokens/identity.ts'
import { VERSION } from '../../server/version.ts'
import { en } from '../../widget/src/messages/en.ts'
import { DOCUMENTS, ROOT, bare, readDocument, readFences, readTable } from '../helpers/markdown.ts'

const band = (name: string) => defaultPolicy.voteBands.find((rule) => rule.band === name)

describe('README.md', () => {
  const rows = readTable('README.md', 'variable').map(([name, value]) => [bare(name), bare(value)] as const)

  it('lists every variable that server/config.ts reads, and no other', () => {
    const read = [...readDocument('server/config.ts').matchAll(/(?:text|integer)\('([A-Z_]+)'/g)].map(([, name]) => name ?? '')
    expect(rows.map(([name]) => name).toSorted()).toEqual([...new Set(read)].toSorted())
  })

  it('gives the defaults that an empty environment has', () => {
    const { host, port, demoPort, demoRoguePort, databaseUrl, dataDir, secret, adminToken, trustedProxies, logLevel, retentionDays, gateMode, securityContact } = readConfig({})
    const defaults = {
      PORT: port, HOST: host, DEMO_PORT: demoPort, DEMO_ROGUE_PORT: demoRoguePort, DATABASE_URL: databaseUrl, TRUETALLY_DATA_DIR: dataDir,
      TRUETALLY_SECRET: secret, TRUETALLY_ADMIN_TOKEN: adminToken, TRUSTED_PROXIES: trustedProxies || undefined, LOG_LEVEL: logLevel,
      RETENTION_DAYS: retentionDays, GATE_MODE: gateMode, SECURITY_CONTACT: securityContact,
    }
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value ?? 'none')])))
  })

  it('gives the caps, the credit and the bands of the shipped policy', () => {
    const caps = Object.fromEntries(readTable('README.md', 'group').map(([group = '', , cap]) => [group, Number(cap)]))
    expect(caps).toEqual(defaultPolicy.caps)
    const text = readDocument('README.md')
    expect(text).toContain(`a verified identity takes ${defaultPolicy.credits.verified} off`)
    expect(band('hold')?.mode).toBe('log')
    expect(text).toContain(`From ${band('hold')?.from} a vote would be held, from ${band('block')?.from} blocked.`)
    expect(Math.max(...Object.values(caps))).toBeLessThan(band('hold')?.from ?? 0)
    expect(band('block')?.mode).toBe('log')
  })
})

describe('docs/', () => {
  it('api.md lists every problem code with its status and title', () => {
    const documented = readTable('docs/api.md', 'code').map(([code, status, title = '']) => [bare(code), { status: Number(status), title }])
    expect(Object.fromEntries(documented)).toEqual(PROBLEMS)
  })

  it('moderation.md lists every event type with its severity', () => {
    const rows = readTable('docs/moderation.md', 'event type').map(([type, , severity]) => [bare(type), bare(severity)] as const)
    expect(rows.map(([type]) => type)).toEqual([...EVENT_TYPES])
    for (const [type, severity] of rows.filter(([, given]) => given !== 'by cause')) {
      expect({ type, severity }).toEqual({ type, severity: DEFAULT_SEVERITY[type as keyof typeof DEFAULT_SEVERITY] })
    }
  })

  it('moderation.md lists every kind of block, item status and grouping', () => {
    expect(readTable('docs/moderation.md', 'kind').map(([kind]) => bare(kind)).toSorted()).toEqual([...BLOCK_KINDS].toSorted())
    const text = readDocument('docs/moderation.md')
    expect(text).toContain(`Statuses: ${ITEM_STATUSES.map((status) => `\`${status}\``).join(', ')}.`)
    expect(/^`groupBy` is (.*)\.$/m.exec(text)?.[1]?.match(/\w+(?=`)/g)).toEqual([...SUMMARY_KEYS])
  })

  it('identity.md lists every mode and the longest lifetime', () => {
    expect(readTable('docs/identity.md', 'mode').map(([mode]) => bare(mode)).toSorted()).toEqual([...PROJECT_MODES].toSorted())
    expect(readDocument('docs/identity.md')).toContain(`at most ${MAX_LIFETIME_S / 3600} hours after \`iat\``)
  })

  it('operating.md prints the usage the command line prints', () => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'server/main.ts', '--help'], { cwd: ROOT, encoding: 'utf8' })
    expect(readFences('docs/operating.md').filter(({ language }) => language === 'text').map(({ text }) => text.trim())).toContain(printed.trim())
  })

  it('operating.md names metrics that exist', () => {
    // The three window gauges are named by a template.
    const source = readDocument('server/plugins/metrics.ts').replaceAll(/truetally_window_\$\{name\}_(\w+)/g,
      (_match, what: string) => ['voter', 'network', 'item'].map((name) => `truetally_window_${name}_${what}`).join(' '))
    const named = [...readDocument('docs/operating.md').matchAll(/`(truetally_\w+)`/g)].map(([, name]) => name ?? '')
    expect(named.length).toBeGreaterThan(6)
    expect(named.filter((name) => !source.includes(name))).toEqual([])
  })

  it('embedding.md translates messages that the widget has', () => {
    const translated = readFences('docs/embedding.md').find(({ text }) => text.includes('addMessages'))?.text ?? ''
    const keys = [...translated.matchAll(/^ {2}(\w+):/gm)].map(([, key]) => key ?? '')
    expect(keys.length).toBeGreaterThan(0)
    expect(Object.keys(en)).toEqual(expect.arrayContaining(keys))
  })

  it('the signing code printed is the code of the demo site', () => {
    const body = /Promise<string> \{\n([\s\S]*?)\n\}/.exec(readDocument('demo-site/sign-identity.ts'))?.[1]?.replaceAll(/^ {2}/gm, '')
    for (const path of ['README.md', 'docs/identity.md']) {
      expect(readFences(path).find(({ language }) => language === 'ts')?.text).toBe(body)
    }
  })
})

describe('SECURITY.md', () => {
  const rows = readTable('SECURITY.md', 'threat')

  it('shows a test for every line of the threat model', () => {
    expect(rows.length).toBeGreaterThan(10)
    for (const [threat = '', , cell = ''] of rows) {
      const tests = [...cell.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path]) => path ?? '')
      expect({ threat, tests: tests.length > 0 }).toEqual({ threat, tests: true })
      for (const path of tests) expect(readFileSync(join(ROOT, path), 'utf8')).toMatch(/\b(it|test)(\.each)?\(/)
    }
  })

  it('leaves out no file of test/attacks', () => {
    const attacks = readdirSync(`${ROOT}test/attacks`).filter((name) => name.endsWith('.test.ts'))
    expect(attacks.filter((name) => !readDocument('SECURITY.md').includes(`test/attacks/${name}`))).toEqual([])
  })
})

describe.each(DOCUMENTS)('%s', (path) => {
  const text = readDocument(path)
  // Examples are not prose: what they name is looked at where they run.
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')

  it('links only to what is there', () => {
    const targets = [...prose.matchAll(/(?:\]\(|src="|srcset=")([^)"\s]+)/g)].map(([, target]) => target ?? '').filter((target) => !/^https?:/.test(target))
    const broken = targets.filter((target) => {
      const [file = '', anchor] = target.split('#')
      const absolute = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file)
      if (!existsSync(absolute)) return true
      if (anchor === undefined) return false
      const anchors = [...readFileSync(absolute, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll(/[^\w\s-]/g, '').replaceAll(' ', '-'))
      return !anchors.includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it('names only files of this repository that are there', () => {
    const named = [...prose.matchAll(/`((?:server|db|widget|test|demo-site|docs|\.ci)\/[\w./-]+)`/g)].map(([, name]) => name ?? '')
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([])
  })

  it('names no other version than this one', () => {
    const versions = [...text.matchAll(/\/widget\/(\d+\.\d+\.\d+)\//g)].map(([, version]) => version)
    expect(versions.filter((version) => version !== VERSION)).toEqual([])
  })
})
