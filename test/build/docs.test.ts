/** The documents against the sources: a name, a default or a number that changes here must change there; one file, as one change breaks several. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHANNEL_DEFAULTS, CHANNEL_KINDS } from '../../server/contract/channel.ts'
import { BLOCK_COVERAGES } from '../../server/contract/moderation.ts'
import { BLOCK_KINDS, COHORT_KINDS, EVENT_TYPES, HELD_FOR, ITEM_STATUSES, PROJECT_MODES } from '../../server/contract/primitives.ts'
import { ACTION_TYPES, CORRELATION_TYPES, type CorrelationDocument } from '../../server/contract/rule.ts'
import { SUMMARY_KEYS } from '../../server/contract/security.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { DEFAULT_RETENTION_DAYS, readConfig } from '../../server/config.ts'
import { PROBLEMS } from '../../server/errors.ts'
import { detectors } from '../../server/gate/detectors/registry.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { loadPolicy } from '../../server/gate/policies/load.ts'
import type { Endpoint } from '../../server/gate/policies/policy.ts'
import { defaultResponsePolicy } from '../../server/gate/policies/responses.ts'
import { DEFAULT_SEVERITY } from '../../server/ledger/event.ts'
import { FAULTS, MAX_LIFETIME_S } from '../../server/tokens/identity.ts'
import { VERSION } from '../../server/version.ts'
import { TARGETS, VOTE_FIELDS } from '../../server/watch/language/check-correlation.ts'
import { FIELDS } from '../../server/watch/language/fields.ts'
import { defaultWatchSettings, loadWatchSettings } from '../../server/watch/settings.ts'
import { PROBE_TARGETS } from '../../server/plugins/probes.ts'
import { en } from '../../widget/src/messages/en.ts'
import { DOCUMENTS, ROOT, bare, readDocument, readFences, readTable } from '../helpers/markdown.ts'

const MINUTE = 60_000
const ENDPOINTS: readonly Endpoint[] = ['POST sessions', 'PUT vote', 'POST feedback']
const band = (name: string, endpoint: Endpoint = 'PUT vote') => defaultPolicy.bands[endpoint].find((rule) => rule.band === name)
/** `1 min`, `24 h` */
const lengthOf = (text = ''): number => {
  const [, count, unit] = /^(\d+) (min|h)$/.exec(text) ?? []
  return Number(count) * (unit === 'h' ? 60 : 1) * MINUTE
}

describe('README.md', () => {
  const rows = readTable('README.md', 'variable').map(([name, value]) => [bare(name), bare(value)] as const)

  it('lists every variable that server/config.ts reads, and no other', () => {
    const read = [...readDocument('server/config.ts').matchAll(/(?:text|integer)\('([A-Z_]+)'/g)].map(([, name]) => name ?? '')
    expect(rows.map(([name]) => name).toSorted()).toEqual([...new Set(read)].toSorted())
  })

  it('gives the defaults that an empty environment has', () => {
    const {
      host, port, demoPort, demoRoguePort, databaseUrl, redisUrl, dataDir, secret, adminToken, trustedProxies, logLevel, logSample, retentionDays, gateMode, gatePolicy, asnDatabase,
      gateShadow, securityContact, publicUrl, rulesDir, watchSettings, monitorSecret, nodeFlags,
    } = readConfig({})
    const defaults = {
      PORT: port, HOST: host, DEMO_PORT: demoPort, DEMO_ROGUE_PORT: demoRoguePort, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TRUETALLY_DATA_DIR: dataDir,
      TRUETALLY_SECRET: secret, TRUETALLY_ADMIN_TOKEN: adminToken, TRUSTED_PROXIES: trustedProxies || undefined, LOG_LEVEL: logLevel, LOG_SAMPLE: logSample,
      RETENTION_DAYS: retentionDays ?? DEFAULT_RETENTION_DAYS, GATE_MODE: gateMode ?? 'enforce', GATE_POLICY: gatePolicy, GATE_SHADOW: gateShadow, ASN_DATABASE: asnDatabase, SECURITY_CONTACT: securityContact,
      RULES_DIR: rulesDir, WATCH_SETTINGS: watchSettings, MONITOR_WEBHOOK_SECRET: monitorSecret, PUBLIC_URL: publicUrl, NODE_OPTIONS: nodeFlags[0],
    }
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value ?? 'none')])))
  })

  it('gives the caps, the credits and the bands of the shipped policy', () => {
    const caps = Object.fromEntries(readTable('README.md', 'group').map(([group = '', , cap]) => [group, Number(cap)]))
    expect(caps).toEqual(defaultPolicy.caps)
    const text = readDocument('README.md')
    const { verified, stepUp } = defaultPolicy.credits
    expect(text).toContain(`a verified identity takes ${verified} off, and solving the harder puzzle ${stepUp}.`)
    const [log, challenge, hold, block] = ['log', 'challenge', 'hold', 'block'].map((name) => band(name))
    expect(text).toContain(`From ${log?.from} the ledger says so, from ${challenge?.from} the browser works harder, from ${hold?.from} the vote is held, from ${block?.from} it would be blocked`)
    expect([log, challenge, hold, block].map((rule) => rule?.mode)).toEqual(['enforce', 'enforce', 'enforce', 'log'])
    const holding = Object.entries(caps).filter(([, cap]) => cap >= (hold?.from ?? 1)).map(([group]) => group)
    expect(holding).toEqual(['automation', 'integrity'])
    expect(text).toContain('Automation or integrity at its cap holds a vote alone')
    expect(Math.max(...Object.values(caps))).toBeLessThan(block?.from ?? 0)
  })
})

describe('docs/integrity.md', () => {
  const text = readDocument('docs/integrity.md')

  it('gives the bands of every endpoint', () => {
    const rows = readTable('docs/integrity.md', 'band').map(([name, ...cells]) => [bare(name), cells.slice(0, ENDPOINTS.length)] as const)
    const shipped = rows.map(([name]) => [name, ENDPOINTS.map((endpoint) => {
      const rule = band(name, endpoint)
      return rule === undefined ? '–' : `${rule.from}${rule.mode === 'log' ? ', log' : ''}`
    })])
    expect(rows).toEqual(shipped)
    expect(new Set(Object.values(defaultPolicy.bands).flat().map((rule) => rule.band))).toEqual(new Set(rows.map(([name]) => name)))
  })

  it('lists every detector with its group and weight', () => {
    const documented = readTable('docs/integrity.md', 'detector').map(([name, group, weight]) => [bare(name), { group, weight: Number(weight) }])
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(detectors.map(({ name, group }) => [name, { group, weight: defaultPolicy.weights[name] }])))
  })

  it('gives the figures of work, cohorts and release', () => {
    const { challenge, cohorts, release } = defaultPolicy
    expect(challenge).toMatchObject({ difficulty: 16, suspectDifficulty: 18, stepUpDifficulty: 20, minimumDwellMs: 500 })
    for (const words of ['16 bits and a minimum dwell of half a second', 'gets 18 bits', 'puzzle, 20 bits']) expect(text).toContain(words)
    expect(cohorts).toMatchObject({ mode: 'enforce', horizonMs: 24 * 60 * MINUTE, leastVoters: 8, significance: 1e-6, standsMs: 6 * 60 * MINUTE })
    expect(cohorts.surge).toEqual({ windowMs: 10 * MINUTE, leastVotes: 15, significance: 1e-6 })
    for (const words of ['eight voters', 'one in a million', 'looks back 24 hours', 'six hours at most; a surge for ten minutes', 'within ten minutes, 15 or more']) {
      expect(text).toContain(words)
    }
    expect(release).toEqual({ seatMs: 60 * MINUTE, fewMs: 20 * 60 * MINUTE, surgeMs: 10 * MINUTE, returnMs: 30 * MINUTE })
  })

  it('lists every response with its figures', () => {
    const rows = readTable('docs/integrity.md', 'rule')
    const documented = rows.map(([rule, at = '', within, , first, longest]) => [bare(rule), {
      offences: Number.parseInt(at, 10), windowMs: lengthOf(within), firstBlockMs: lengthOf(first), maxBlockMs: lengthOf(longest), factor: 2, mode: 'enforce',
    }])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(Object.entries(defaultResponsePolicy.rules).map(
      ([kind, { offences, windowMs, firstBlockMs, maxBlockMs, factor, mode }]) => [kind, { offences, windowMs, firstBlockMs, maxBlockMs, factor, mode }])))
  })

  it('prints a policy file that is one, and names keys that a policy has', () => {
    const file = readFences('docs/integrity.md').find(({ language }) => language === 'yaml')
    expect(loadPolicy(file?.text ?? '', 'acme.yaml')).toMatchObject({ version: 'acme-1', minimumAge: { accountMs: 86_400_000 }, weights: { webdriver: 0.95 } })
    const turned = readTable('docs/integrity.md', 'to').flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z]\w+(?:\.\w+)*)[`:]/gi)].map(([, key]) => key ?? ''))
      .filter((key) => !['account_created_at', 'null'].includes(key))
    expect(turned.length).toBeGreaterThan(6)
    for (const key of turned) expect(key.split('.').reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], defaultPolicy)).toBeDefined()
  })
})

/** The names in backticks of a cell. */
const namesIn = (cell = ''): string[] => [...cell.matchAll(/`([\w.…]+)`/g)].map(([, name]) => name ?? '')

const byName = ([a = '']: (string | undefined)[], [b = '']: (string | undefined)[]): number => (a < b ? -1 : 1)
const owaspOf = ({ tags = [] }: CorrelationDocument): string => tags.filter((tag) => tag.startsWith('owasp.')).map((tag) => tag.slice('owasp.'.length)).join(', ')
const levelOf = ({ level, escalate = [] }: CorrelationDocument): string => [level, ...escalate.map((step) => {
  const { gt, gte } = step.condition ?? {}
  return `${step.level} ${step.after !== undefined ? `after ${step.after}` : gt !== undefined ? `> ${gt}` : `≥ ${gte}`}`
})].join(', ')
const responseOf = ({ actions = [], mode }: CorrelationDocument): string => actions.map((action) => [
  [action.type, action.target, action.ttl].filter((word) => word !== undefined).join(' '),
  action.backoff === undefined ? '' : `, × ${action.backoff.factor} up to ${action.backoff.max}`,
  mode === 'log' || action.mode === 'log' ? ' (log)' : '',
  action.level === undefined ? '' : ` (from ${action.level} on)`,
].join('')).join('; ') || '–'

describe('docs/rules.md', () => {
  const text = readDocument('docs/rules.md')

  it('lists every shipped rule as it is', async () => {
    const { alerting } = await readRules({ rulesDir: undefined })
    const shipped = alerting.map(({ document }) => [document.name, levelOf(document), responseOf(document), owaspOf(document)])
    const documented = readTable('docs/rules.md', 'shipped rule').map(([name, level, what, response, tags]) => {
      expect({ name, said: (what ?? '').length > 30 }).toEqual({ name, said: true })
      return [bare(name), level, bare(response), tags]
    })
    expect(documented.toSorted(byName)).toEqual(shipped.toSorted(byName))
    expect(text).toContain(`${alerting.length} of them ship`)
    expect(readDocument('README.md')).toContain(`${alerting.length} rules read what the server writes down`)
  })

  it('lists every field of each part of the ledger', () => {
    const documented = readTable('docs/rules.md', 'service').map(([service, , fields]) => [bare(service), namesIn(fields)])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(Object.entries(FIELDS).map(([service, fields]) =>
      [service, [...Object.keys(fields), ...(service === 'security_events' ? ['detail.…'] : [])]])))
  })

  it('lists every type of correlation, and every action with its targets', () => {
    expect(readTable('docs/rules.md', 'type').map(([type]) => bare(type))).toEqual([...CORRELATION_TYPES])
    const rows = readTable('docs/rules.md', 'action').flatMap(([names, targets]) => namesIn(names).map((name) => [name, namesIn(targets)] as const))
    expect(rows.map(([name]) => name).toSorted()).toEqual([...ACTION_TYPES].toSorted())
    for (const [name, targets] of rows) {
      const known = name in TARGETS ? TARGETS[name as keyof typeof TARGETS] : [...VOTE_FIELDS, 'projectId']
      expect({ name, targets: targets.filter((target) => target !== 'scope') }).toEqual({ name, targets: [...known] })
    }
  })
})

describe('docs/watch.md', () => {
  it('lists every kind of response, of channel and of probe', () => {
    expect(new Set(readTable('docs/watch.md', 'response').map(([name]) => bare(name)))).toEqual(new Set(ACTION_TYPES))
    expect(readTable('docs/watch.md', 'channel').map(([kind]) => bare(kind))).toEqual([...CHANNEL_KINDS])
    expect(readTable('docs/watch.md', 'probe').map(([target]) => bare(target))).toEqual([...PROBE_TARGETS])
  })

  it('gives what a channel does unless it is told otherwise', () => {
    const documented = Object.fromEntries(readTable('docs/watch.md', 'routing').map(([name, , otherwise]) => [bare(name), bare(otherwise)]))
    for (const [name, value] of Object.entries(CHANNEL_DEFAULTS)) expect({ name, value: documented[name] }).toEqual({ name, value: String(value) })
  })

  it('prints the settings that ship, all of them', () => {
    const printed = readFences('docs/watch.md').find(({ language }) => language === 'yaml')?.text ?? ''
    const empty = { responseTimesMs: { critical: 1, high: 1, medium: 1, low: 1 }, escalationRepeatMs: 1000, raiseAfterMs: { low: 1000, medium: 1000, high: 1000 }, maxOpenPerRule: 1 }
    expect(loadWatchSettings(printed, 'watch.yaml', empty)).toEqual(defaultWatchSettings)
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

  it('moderation.md lists every kind of cohort, and what votes are held for', () => {
    expect(readTable('docs/moderation.md', 'a cohort\'s kind').map(([kind]) => bare(kind)).toSorted()).toEqual([...COHORT_KINDS].toSorted())
    expect(readTable('docs/moderation.md', 'held for').map(([reason]) => bare(reason)).toSorted()).toEqual([...HELD_FOR].toSorted())
  })

  it('moderation.md lists every kind of block, item status and grouping', () => {
    expect(readTable('docs/moderation.md', 'covers').map(([covers]) => bare(covers))).toEqual([...BLOCK_COVERAGES])
    expect(readTable('docs/moderation.md', 'kind').map(([kind]) => bare(kind)).toSorted()).toEqual([...BLOCK_KINDS].toSorted())
    const text = readDocument('docs/moderation.md')
    expect(text).toContain(`Statuses: ${ITEM_STATUSES.map((status) => `\`${status}\``).join(', ')}.`)
    expect(/^`groupBy` is (.*)\.$/m.exec(text)?.[1]?.match(/\w+(?=`)/g)).toEqual([...SUMMARY_KEYS])
  })

  it('identity.md lists every mode and the longest lifetime', () => {
    expect(readTable('docs/identity.md', 'mode').map(([mode]) => bare(mode)).toSorted()).toEqual([...PROJECT_MODES].toSorted())
    expect(readDocument('docs/identity.md')).toContain(`at most ${MAX_LIFETIME_S / 3600} hours after \`iat\``)
  })

  it('identity.md lists every fault of a user token with what the event says', () => {
    const documented = readTable('docs/identity.md', 'what is wrong').map(([, message, severity]) => [bare(message), bare(severity)])
    const words = Object.entries(FAULTS).map(([reason, { message, severity }]): string[] =>
      [reason === 'wrong_alg' ? `${message}: HS512 - only HS256 is accepted` : message, severity])
    expect(documented.toSorted(byName)).toEqual(words.toSorted(byName))
  })

  it('operating.md prints the usage the command line prints', () => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', 'server/main.ts', '--help'], { cwd: ROOT, encoding: 'utf8' })
    expect(readFences('docs/operating.md').filter(({ language }) => language === 'text').map(({ text }) => text.trim())).toContain(printed.trim())
  })

  it('operating.md names metrics that exist, and every one of them', () => {
    // Those of a loop are named by a template.
    const source = (readDocument('server/plugins/metrics.ts') + readDocument('server/plugins/alert-metrics.ts')).replaceAll(
      /for \(const name of \[([^\]]*)\][\s\S]*?\n {2}\}/g,
      (loop: string, names: string) => [...names.matchAll(/\w+/g)].map(([name]) => loop.replaceAll('${name}', name)).join('\n'))
    const exposed = [...source.matchAll(/['`](truetally_[^'`]+)['`]/g)].map(([, name]) => name ?? '')
    expect(exposed.length).toBeGreaterThan(50)
    expect(exposed.filter((name) => !/^\w+$/.test(name))).toEqual([])
    // `truetally_memory_…` is all that begin so.
    const named = [...readDocument('docs/operating.md').matchAll(/`(truetally_[\w…]+)(?:\{[^`]*\})?`/g)].map(([, name]) => name ?? '')
    const patterns = named.map((name) => ({ name, pattern: new RegExp(`^${name.replaceAll('…', '\\w+')}$`) }))
    expect(patterns.filter(({ pattern }) => !exposed.some((name) => pattern.test(name))).map(({ name }) => name)).toEqual([])
    expect(exposed.filter((name) => !patterns.some(({ pattern }) => pattern.test(name)))).toEqual([])
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
