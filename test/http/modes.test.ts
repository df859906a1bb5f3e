/** From log to enforce and back while the server runs: the gate’s bands, cohorts and rules, on every node. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadStandingCohorts } from '../../db/queries/cohorts.ts'
import { loadRules } from '../../server/watch/language/load.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { recordVote } from '../helpers/recorded-votes.ts'
import { listed } from '../helpers/rule-response.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor } from '../helpers/visitor.ts'

const library = loadRules([{
  file: '/somewhere/rules.yaml', shipped: true, text: `
title: Foreign origins
name: foreign-origins
logsource: { product: truetally, service: security_events }
detection: { selection: { eventType: origin_mismatch }, condition: selection }
---
title: Many foreign origins
name: many-foreign-origins
level: medium
triage: Look at the origin.
tags: [owasp.api9]
correlation: { type: event_count, rules: [foreign-origins], group-by: [ipAddress], timespan: 5m, condition: { gt: 2 } }
actions:
  - { type: block, target: ipAddress, ttl: 30m }
  - { type: tighten_limits, target: ipAddress, ttl: 10m, mode: log, level: high }
---
title: Careful
name: careful
level: high
mode: log
triage: Look at it.
tags: [owasp.api9]
correlation: { type: event_count, rules: [foreign-origins], group-by: [origin], timespan: 5m, condition: { gt: 400 } }
`,
}])

interface Rule {
  name: string
  mode: string
  fileMode: string
  modeSetBy: string
  modeSet: { mode: string; at: number; actor: string } | null
  actions: { type: string; mode: string; fileMode: string; level: string | null }[]
}

let first: TestApp
let second: TestApp
let admin: Operator
let project: TestProject
let octet = 0

beforeAll(async () => {
  first = await startApp({ rules: library, requestsPerMinute: 100_000 })
  second = await startApp({ rules: library, requestsPerMinute: 100_000, databaseUrl: first.databaseUrl, clock: () => first.clock.now })
  admin = new Operator(first, first.operators.admin)
})
afterAll(async () => {
  await second.close()
  await first.close()
})
beforeEach(async () => {
  first.clock.now += 3_600_000
  octet += 1
  project = await first.addProject()
  await second.app.projects.reload()
  await setGate(null)
})

const setGate = async (gateMode: 'log' | 'enforce' | null): Promise<void> => void expectJson(await admin.call('PATCH', '/operator/v1/settings', { gateMode }), 200)
const setRule = async (mode: 'log' | 'enforce' | null, name = 'many-foreign-origins'): Promise<Rule> => expectJson(await admin.call('PATCH', `/security/v1/rules/${name}`, { mode }), 200)
const ruleOn = async (node: TestApp, name = 'many-foreign-origins'): Promise<Rule> => expectJson(await new Operator(node, first.operators.viewer).call('GET', `/security/v1/rules/${name}`), 200)

/** A driven browser votes; what became of its vote. */
async function drivenVote(node: TestApp, nth: number): Promise<{ state: string | undefined; policy: string | undefined; wouldHave: string | null | undefined }> {
  first.clock.now += 1000
  const visitor = new Visitor(node, { project, ip: `203.0.${octet}.${nth}` })
  const answer = await visitor.vote(project.items[0], 1, { signals: { webdriver: true } })
  expect(answer.statusCode).toBe(200)
  const { rows } = await first.app.db.query<{ state: string; policy: string; wouldHave: string | null }>(
    'select state, policy, would_have as "wouldHave" from decisions where project_id = $1 order by decided_at desc, decision_id desc limit 1', [project.id])
  return { state: rows[0]?.state, policy: rows[0]?.policy, wouldHave: rows[0]?.wouldHave }
}

describe('The gate', () => {
  test('holds, only writes down, and holds again, from the next vote on', async () => {
    expect(await drivenVote(first, 1)).toEqual({ state: 'h', policy: 'lenient', wouldHave: null })
    await setGate('log')
    expect(await drivenVote(first, 2)).toEqual({ state: 'c', policy: 'lenient-log', wouldHave: 'hold' })
    await setGate('enforce')
    expect(await drivenVote(first, 3)).toMatchObject({ state: 'h', policy: 'lenient' })
    await setGate(null)
  })

  test('switches on the other node', async () => {
    for (const [mode, version] of [['log', 'lenient-log'], ['enforce', 'lenient']] as const) {
      await setGate(mode)
      const began = performance.now()
      await expect.poll(() => second.app.gate.policy.version, { interval: 5 }).toBe(version)
      tellTook('the gate’s mode on the other node', began)
      expect((await drivenVote(second, mode === 'log' ? 1 : 2)).state).toBe(mode === 'log' ? 'c' : 'h')
    }
  })

  test('does not leave a vote to two minds while it switches back and forth', async () => {
    const votes = Promise.all(Array.from({ length: 40 }, (_, index) => new Visitor(first, { project, ip: `203.0.${octet}.${index + 50}` }).vote(project.items[1], 1, { signals: { webdriver: true } })))
    for (const mode of ['log', 'enforce', 'log', 'enforce'] as const) await setGate(mode)
    expect(new Set((await votes).map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    const { rows } = await first.app.db.query<{ state: string; policy: string }>('select distinct state, policy from decisions where project_id = $1', [project.id])
    for (const row of rows) expect(row).toEqual({ state: row.policy.endsWith('-log') ? 'c' : 'h', policy: expect.any(String) as string })
  })
})

test('Cohorts are told of, and held once the gate enforces', async () => {
  const attack = async (votes: number): Promise<void> => {
    for (let nth = 0; nth < votes; nth += 1) {
      first.clock.now += 1000
      await recordVote(first, project, { itemId: project.items[0], facts: { ipAddress: `198.51.${octet}.7`, network: `198.51.${octet}.0/24` } })
    }
  }
  const standing = async (): Promise<string[]> => (await loadStandingCohorts(first.app.db, first.clock.now)).filter(({ projectId }) => projectId === project.id).map(({ kind }) => kind)
  await first.app.watch.tick()
  await setGate('log')
  await attack(40)
  await first.app.watch.tick()
  expect(await standing()).toEqual([])
  expect((await readEvents(first, { project: project.key })).map(({ metadata }) => metadata.errorMessage)).toContainEqual(expect.stringMatching(/^Would hold a cohort/))
  await setGate('enforce')
  // What was found before is found again: nobody has to attack once more.
  await first.app.watch.tick()
  expect(await standing()).toContain('network')
  const { held, counted } = await new Operator(first, first.operators.moderator, project).columns(project.items[0])
  expect([held, counted]).toEqual([40, 0])
})

/** Three pages that are not on the list, and the look that follows. */
async function provoke(nth: number): Promise<{ action: string; mode: string }[]> {
  const ip = `192.0.${octet}.${nth}`
  for (let page = 0; page < 4; page += 1) await new Visitor(first, { project, ip, origin: `https://evil-${nth}-${page}.example` }).call('GET', '/board')
  first.clock.now += 1000
  await first.app.ledger.flush()
  await first.app.alerts.tick()
  return (await listed(first, { project: project.key })).filter(({ target }) => target === ip).map(({ action, mode }) => ({ action, mode }))
}

describe('A rule', () => {
  test('acts as its file says, as somebody set, and as the file says again', async () => {
    const file = await ruleOn(first)
    expect(file).toMatchObject({ mode: 'enforce', fileMode: 'enforce', modeSetBy: 'file', modeSet: null })
    expect(file.actions).toEqual([
      { type: 'block', target: 'ipAddress', ttl: '30m', level: null, mode: 'enforce', fileMode: 'enforce' },
      { type: 'tighten_limits', target: 'ipAddress', ttl: '10m', level: 'high', mode: 'log', fileMode: 'log' },
    ])
    expect(await provoke(1)).toEqual([{ action: 'block', mode: 'enforce' }])
    const set = await setRule('log')
    expect(set).toMatchObject({ mode: 'log', fileMode: 'enforce', modeSetBy: 'operator', modeSet: { mode: 'log', at: first.clock.now, actor: expect.stringMatching(/^operator:/) as string } })
    expect(set.actions.map(({ mode }) => mode)).toEqual(['log', 'log'])
    expect(await provoke(2)).toEqual([{ action: 'block', mode: 'log' }])
    expect((await setRule('enforce')).actions.map(({ mode }) => mode)).toEqual(['enforce', 'enforce'])
    expect(await provoke(3)).toEqual([{ action: 'block', mode: 'enforce' }])
    expect(await setRule(null)).toEqual({ ...file, alerts: expect.any(Number) as number, evaluation: expect.anything() as unknown })
    const { rows } = await first.app.db.query('select before, after, target from audit_log where action = $1 order by entry_id', ['rule.mode'])
    expect(rows).toEqual([
      { target: 'many-foreign-origins', before: { mode: null }, after: { mode: 'log' } },
      { target: 'many-foreign-origins', before: { mode: 'log' }, after: { mode: 'enforce' } },
      { target: 'many-foreign-origins', before: { mode: 'enforce' }, after: { mode: null } },
    ])
  })

  test('what it did before stands when it is only to write down', async () => {
    expect(await provoke(1)).toEqual([{ action: 'block', mode: 'enforce' }])
    await setRule('log')
    expect(first.app.blocks.find(project.id, { ip: `192.0.${octet}.1` }, first.clock.now)).toBeDefined()
    await setRule(null)
  })

  test('only writes down while the gate does, whatever was set for it', async () => {
    await setRule('enforce', 'careful')
    await setGate('log')
    expect(await ruleOn(first, 'careful')).toMatchObject({ mode: 'log', modeSetBy: 'gate', modeSet: { mode: 'enforce' } })
    expect(await provoke(4)).toEqual([{ action: 'block', mode: 'log' }])
    await setGate(null)
    expect(await ruleOn(first, 'careful')).toMatchObject({ mode: 'enforce', fileMode: 'log', modeSetBy: 'operator' })
    await setRule(null, 'careful')
  })

  test('switches on the other node', async () => {
    await setRule('enforce', 'careful')
    await expect.poll(async () => (await ruleOn(second, 'careful')).mode, { interval: 10 }).toBe('enforce')
    await setRule(null, 'careful')
    await expect.poll(async () => (await ruleOn(second, 'careful')).mode, { interval: 10 }).toBe('log')
  })

  test('is there to be switched, by an admin of all projects', async () => {
    expectProblem(await admin.call('PATCH', '/security/v1/rules/nobody', { mode: 'log' }), 404, 'not_found')
    expectProblem(await admin.call('PATCH', '/security/v1/rules/foreign-origins', { mode: 'log' }), 404, 'not_found')
    expectProblem(await admin.call('PATCH', '/security/v1/rules/careful', { mode: 'off' }), 400, 'invalid_request')
    expectProblem(await admin.call('PATCH', '/security/v1/rules/careful', {}), 400, 'invalid_request')
    for (const authorization of [first.operators.moderator, await first.operatorToken('admin', project.id)]) {
      expectProblem(await new Operator(first, authorization).call('PATCH', '/security/v1/rules/careful', { mode: 'enforce' }), 403, 'role_insufficient')
    }
    expect((await ruleOn(first, 'careful')).modeSet).toBeNull()
  })
})
