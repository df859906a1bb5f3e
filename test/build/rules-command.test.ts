/** Rule files on the command line: some of it in a process of its own, the rest in this one, which is quicker. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest'
import { createPool } from '../../db/queryable.ts'
import { ConfigError, readConfig } from '../../server/config.ts'
import { SHIPPED_RULES_DIR } from '../../server/commands/rule-files.ts'
import { runRules } from '../../server/commands/rules.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { ROOT, readDocument } from '../helpers/markdown.ts'

const RULE = `title: Wrong keys
name: own-wrong-keys
level: medium
tags: [owasp.api2]
triage: Look at the address.
correlation:
  type: event_count
  rules: [own-wrong-key]
  group-by: [ipAddress]
  timespan: 5m
  condition: {gt: 2}
actions:
  - {type: block, target: ipAddress, ttl: 30m}
  - {type: tighten_limits, target: ipAddress, ttl: 30m, mode: log}
---
title: A wrong key
name: own-wrong-key
logsource: {product: truetally, service: security_events}
detection: {selection: {eventType: invalid_api_key, origin: https://own.example}, condition: selection}
`
const lines = (repeat: number, origin = 'https://own.example'): string =>
  `lines: [{at: 0s, eventType: invalid_api_key, ipAddress: 198.51.100.7, origin: "${origin}", repeat: ${repeat}, every: 10s}]`
const fixture = (firing: number, level = 'medium'): string => `rule: own-wrong-keys
cases:
  - {name: three fire, ${lines(firing)}, alerts: [{group: {ipAddress: 198.51.100.7}, level: ${level}, at: 20s}]}
  - {name: two do not, kind: threshold, ${lines(2)}, alerts: []}
  - {name: elsewhere, kind: benign, ${lines(9, 'https://other.example')}, alerts: []}
`

let home: string
let database: TestDatabase
beforeAll(async () => {
  home = await mkdtemp(join(inject('databaseServer').scratch, 'rules-'))
  database = await createDatabase()
  for (const [name, text] of Object.entries({ good: fixture(3), failing: fixture(4, 'high') })) {
    await mkdir(join(home, name))
    await writeFile(join(home, name, 'own.yaml'), RULE)
    await writeFile(join(home, name, 'own.test.yaml'), text)
  }
  await writeFile(join(home, 'bad.yaml'), RULE.replace('group-by: [ipAddress]', 'group-by: [ipAdress]').replace('gt: 2', 'gt: 2, field: origin'))
})
afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  await database.drop()
})

function truetally(args: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'server/main.ts', ...args], {
    cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', TRUETALLY_DATA_DIR: join(home, 'data'), ...environment },
  })
  return { status, stdout, stderr }
}
const onDatabase = (environment: Record<string, string>) => ({ DATABASE_URL: database.url, TRUETALLY_SECRET: 'a secret that only tests use, long enough', ...environment })

/** The same as `truetally rules …`, in this process. */
async function rules(args: string[], environment: Record<string, string> = {}, { since = '30d', json = false } = {}) {
  let stdout = ''
  const print = (text: string): void => void (stdout += `${text}\n`)
  try {
    const status = await runRules(() => readConfig(onDatabase(environment)), args, { since, json, print, tell: () => undefined })
    return { status, stdout, stderr: '' }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { status: 2, stdout, stderr: error.message }
  }
}

describe('rules check', () => {
  it('counts what is there, whatever the environment is, and needs no database', async () => {
    const { status, stdout, stderr } = truetally(['rules', 'check'], { PORT: 'none' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [, alerting = '', blocks = '', detections = ''] = /^(\d+) rules that alert, (\d+) building blocks, (\d+) detections: all well\n$/.exec(stdout) ?? []
    // As README.md and docs/rules.md count them.
    expect(readDocument('docs/rules.md')).toContain(`${alerting} of them ship`)
    const own = `${Number(alerting) + 1} rules that alert, ${blocks} building blocks, ${Number(detections) + 1} detections: all well\n`
    expect((await rules(['check', join(home, 'good')])).stdout).toBe(own)
    expect((await rules(['check', join(home, 'good', 'own.yaml')])).stdout).toBe(own)
    expect(existsSync(join(home, 'data'))).toBe(false)
  })

  it('ends with 2 and names file, line and key, all at once', async () => {
    const file = join(home, 'bad.yaml')
    expect(truetally(['rules', 'check', file])).toEqual({
      status: 2, stdout: '', stderr: [
        'truetally: These are no rules:',
        `${file}:9: correlation.group-by[0] ipAdress, asked of own-wrong-key, is no field of security_events; did you mean ipAddress?`,
        `${file}:11: correlation.condition.field is not for event_count`,
        // Actions are checked against the group as it is written.
        `${file}:13: actions[0].target must be one of the group-by fields: ipAdress`,
        `${file}:14: actions[1].target must be one of the group-by fields: ipAdress`,
      ].join('\n  ') + '\n',
    })
    expect(await rules(['check', join(home, 'nowhere')])).toMatchObject({ status: 2, stderr: expect.stringContaining(`${join(home, 'nowhere')}: cannot be read: ENOENT`) as string })
  })
})

describe('rules test', () => {
  it('runs the fixtures of a directory and stores nothing', async () => {
    expect(await rules(['test', join(home, 'good')])).toEqual({
      status: 0, stderr: '', stdout: '✓ own-wrong-keys: three fire\n✓ own-wrong-keys: two do not\n✓ own-wrong-keys: elsewhere\n3 passed, 0 failed\n',
    })
    const pool = createPool(database.url, { max: 1, onError: () => undefined })
    const { rows } = await pool.query<{ events: number; alerts: number }>('select (select count(*)::int from security_events) as events, (select count(*)::int from alerts) as alerts')
    await pool.end()
    expect(rows).toEqual([{ events: 0, alerts: 0 }])
  })

  it('ends with 1 and says what differs', () => {
    expect(truetally(['rules', 'test', join(home, 'failing')], onDatabase({}))).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^✗ own-wrong-keys: three fire\n {4}project 1, ipAddress 198\.51\.100\.7: level is medium, not high\n✓.*\n✓.*\n2 passed, 1 failed\n$/) as string,
    })
  })

  it('says which rules have no fixture, and refuses one of no rule', async () => {
    const dir = join(home, 'without')
    await mkdir(dir)
    await writeFile(join(dir, 'own.yaml'), RULE)
    expect(await rules(['test', dir])).toMatchObject({ status: 0, stdout: '- own-wrong-keys has no fixture\n0 passed, 0 failed\n' })
    await writeFile(join(dir, 'own.test.yaml'), fixture(3).replace('own-wrong-keys', 'own-wrong-kees'))
    expect(await rules(['test', dir])).toMatchObject({
      status: 2, stderr: `These are no fixtures:\n  ${join(dir, 'own.test.yaml')}:1: rule there is no rule own-wrong-kees that alerts; did you mean own-wrong-keys?`,
    })
  })

  it('leaves out a shipped fixture whose rule somebody has replaced', async () => {
    const dir = join(home, 'replacing')
    await cp(SHIPPED_RULES_DIR, dir, { recursive: true, filter: (source) => source === SHIPPED_RULES_DIR || /\/(?:common|project-keys)\.yaml$/.test(source) })
    const { status, stdout } = await rules(['test'], { RULES_DIR: dir })
    expect(stdout).toContain('- key-enumeration has no fixture\n')
    expect(stdout).not.toContain('✓ key-enumeration:')
    expect(stdout).toContain('✓ failed-auth-burst:')
    expect({ status, last: /\d+ failed\n$/.exec(stdout)?.[0] }).toEqual({ status: 0, last: '0 failed\n' })
  })
})

describe('rules backtest', () => {
  beforeAll(async () => {
    const pool = createPool(database.url, { max: 1, onError: () => undefined })
    await pool.query(`
      insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address, last_seen_at)
      select 1, at, gen_random_uuid(), 'invalid_api_key', 'medium', 'GET board', 'https://own.example', '198.51.100.7', at
      from generate_series(now() - interval '3 hours', now() - interval '2 hours 58 minutes', interval '30 seconds') as at`)
    await pool.end()
  })

  it('says what the rules would have made of the ledger', async () => {
    const { status, stdout } = truetally(['rules', 'backtest', 'own-wrong-keys', '--since', '1d'], onDatabase({ RULES_DIR: join(home, 'good') }))
    expect(status).toBe(0)
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' ').replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'then').replace(/\d+$/, 'ms'))).toEqual([
      'rule alerts groups first last enforced logged ms', 'own-wrong-keys 1 1 then then 1 1 ms', 'total 1 1 1 1 ms', '',
    ])
    const lastHour = await rules(['backtest', 'own-wrong-keys'], { RULES_DIR: join(home, 'good') }, { since: '1h', json: true })
    expect(lastHour.stdout).toContain('"alerts": 0')
  })

  it('counts what GATE_MODE keeps from being in force, as JSON as well', async () => {
    const { stdout } = await rules(['backtest'], { RULES_DIR: join(home, 'good'), GATE_MODE: 'log' }, { json: true })
    const { since, until, rules: tried } = JSON.parse(stdout) as { since: number; until: number; rules: { name: string }[] }
    expect(until - since).toBe(30 * 86_400_000)
    expect(tried.length).toBeGreaterThan(30)
    expect(tried.find(({ name }) => name === 'own-wrong-keys')).toMatchObject({ alerts: 1, groups: 1, enforced: 0, logged: 2 })
  })

  it.each<[string[], string, string]>([
    [['own-wrong-kees'], '30d', 'There is no rule own-wrong-kees that alerts; did you mean own-wrong-keys?'],
    [['own-wrong-key'], '30d', 'There is no rule own-wrong-key that alerts; did you mean own-wrong-keys?'],
    [[], 'yesterday', '--since is a time such as 24h or 30d, at most 3650d, not yesterday.'],
    [[], '3651d', '--since is a time such as 24h or 30d, at most 3650d, not 3651d.'],
  ])('%j since %s is refused', async (args, since, message) => {
    expect(await rules(['backtest', ...args], { RULES_DIR: join(home, 'good') }, { since })).toEqual({ status: 2, stdout: '', stderr: message })
  })
})

test.each([[[]], [['try']], [['test', 'a', 'b']]])('rules %j says what it takes', async (args) => {
  expect(await rules(args)).toEqual({
    status: 2, stdout: '', stderr: 'rules check takes files and directories, rules test one directory, rules backtest names of rules, --since and --json.',
  })
})

test('RULES_DIR is named where its rules are not usable', async () => {
  expect(await rules(['test'], { RULES_DIR: join(home, 'nowhere') })).toMatchObject({
    status: 2, stderr: expect.stringContaining(`The rules are not usable (RULES_DIR is ${join(home, 'nowhere')}):`) as string,
  })
})
