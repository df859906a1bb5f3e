import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts'
import { inTransaction } from '../../db/queryable.ts'
import { backtest } from '../../db/rules/backtest.ts'
import { loadRules } from '../../server/watch/language/load.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

const PATH = '/security/v1/rules'
const MINUTE = 60_000
const DAY = 86_400_000

const library = loadRules([
  {
    file: '/somewhere/rules/shipped.yaml', shipped: true, text: `
title: Foreign origins
name: foreign-origins
logsource: { product: truetally, service: security_events }
detection: { selection: { eventType: origin_mismatch }, condition: selection }
---
title: Many foreign origins
name: many-foreign-origins
level: medium
status: experimental
description: Pages that are not on the list ask for the board.
triage: Look at the origin. A staging site that was forgotten is no attack.
falsepositives: [A staging site]
tags: [owasp.api9, owasp.oat-014]
correlation: { type: event_count, rules: [foreign-origins], group-by: [ipAddress], timespan: 5m, condition: { gt: 2 } }
actions:
  - { type: block, target: ipAddress, ttl: 30m }
  - { type: tighten_limits, target: ipAddress, ttl: 10m, mode: log }
`,
  },
  {
    file: '/somewhere/own/own.yaml', text: `
title: Everything at once
name: everywhere
level: high
mode: log
scope: installation
triage: Look at all of them.
tags: [owasp.api9]
correlation: { type: event_count, rules: [foreign-origins], timespan: 5m, condition: { gt: 4 } }
`,
  },
])

interface Rule {
  name: string
  alerts: number
  falsePositiveRatio: number | null
  evaluation: { at: number; ms: number; error: string | null } | null
}
interface Backtest {
  found: number
  alerts: { projectId: string | null; group: Record<string, string>; state: string; severity: string; value: number; evidence: string[]; startsAt: number }[]
}

let server: TestApp
let viewer: Operator
let moderator: Operator
let project: TestProject
let began: number

beforeAll(async () => {
  server = await startApp({ rules: library, requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
  moderator = new Operator(server)
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += DAY
  began = server.clock.now
  project = await server.addProject()
})

const list = async (operator = viewer): Promise<Rule[]> => expectJson<{ rules: Rule[] }>(await operator.call('GET', PATH), 200).rules
const rogue = (of: TestProject, ip: string, n: number) => new Visitor(server, { project: of, origin: `https://evil-${n}.example`, ip }).call('GET', '/board')
const ask = (name: string, body: object, operator = moderator) => operator.call('POST', `${PATH}/${name}/backtest`, body)

describe('rules', () => {
  test('are listed with what they say of themselves, and where they come from', async () => {
    const rules = await list()
    expect(rules.map(({ name }) => name)).toEqual(['everywhere', 'many-foreign-origins'])
    expect(rules[1]).toMatchObject({
      title: 'Many foreign origins', level: 'medium', status: 'experimental', mode: 'enforce', shipped: true, file: 'shipped.yaml',
      description: 'Pages that are not on the list ask for the board.', triage: 'Look at the origin. A staging site that was forgotten is no attack.',
      falsepositives: ['A staging site'], tags: ['owasp.api9', 'owasp.oat-014'], version: expect.stringMatching(/^[0-9a-f]{12}$/),
      actions: [{ type: 'block', target: 'ipAddress', ttl: '30m', mode: 'enforce' }, { type: 'tighten_limits', target: 'ipAddress', ttl: '10m', mode: 'log' }],
    })
    expect(rules[0]).toMatchObject({ shipped: false, mode: 'log', status: 'stable', tags: ['owasp.api9'], falsepositives: [], description: null, actions: [] })
    expect(expectJson<Rule>(await viewer.call('GET', `${PATH}/everywhere`), 200)).toEqual(rules[0])
  })

  test('that are building blocks, or none, are not found', async () => {
    expectProblem(await viewer.call('GET', `${PATH}/foreign-origins`), 404, 'not_found')
    expectProblem(await viewer.call('GET', `${PATH}/no-such-rule`), 404, 'not_found')
    expectProblem(await viewer.call('GET', `${PATH}/No%20Rule`), 400, 'invalid_request')
  })

  test('say how often they were right, within what the token reaches', async () => {
    const rule = 'many-foreign-origins'
    const other = await server.addProject()
    const dispositions = ['false_positive', 'true_positive', 'benign', 'true_positive', undefined] as const
    for (const disposition of dispositions) {
      const { id } = await storeAlert(server, { projectId: project.id, rule })
      if (disposition !== undefined) expectJson(await moderator.call('POST', `/security/v1/alerts/${id}/disposition`, { disposition }), 200)
    }
    await storeAlert(server, { projectId: other.id, rule })
    await storeAlert(server, { projectId: project.id, rule, firesAt: began - 31 * DAY, startsAt: began - 31 * DAY })
    await storeAlert(server, { projectId: project.id, rule, state: 'pending', firesAt: null })
    const of = async (projectId: number): Promise<Rule | undefined> =>
      (await list(new Operator(server, await server.operatorToken('viewer', projectId)))).find(({ name }) => name === rule)
    expect(await of(project.id)).toMatchObject({ alerts: 5, falsePositiveRatio: 0.25 })
    expect(await of(other.id)).toMatchObject({ alerts: 1, falsePositiveRatio: null })
  })

  test('say when they were evaluated last', async () => {
    await server.app.alerts.tick()
    expect((await list()).map(({ evaluation }) => evaluation)).toEqual([0, 1].map(() => ({ at: server.clock.now, ms: expect.any(Number), error: null })))
  })
})

describe('a back-test', () => {
  test('shows what the rule would have found, and changes nothing', async () => {
    for (let n = 0; n < 3; n += 1) await rogue(project, '198.51.100.66', n)
    for (let n = 0; n < 2; n += 1) await rogue(project, '198.51.100.67', n)
    const before = await server.app.db.query('select (select count(*) from alerts) a, (select count(*) from responses) r, (select count(*) from notifications) n')
    const body = expectJson<Backtest>(await ask('many-foreign-origins', { since: began - MINUTE, until: began + 30 * MINUTE, project: project.key }), 200)
    expect(body).toMatchObject({ rule: 'many-foreign-origins', since: began - MINUTE, until: began + 30 * MINUTE, found: 1, tookMs: expect.any(Number) })
    expect(body.alerts).toMatchObject([{
      projectId: String(project.id), group: { ipAddress: '198.51.100.66' }, state: 'resolved', severity: 'medium', value: 3, startsAt: began,
    }])
    expect((await server.app.db.query('select (select count(*) from alerts) a, (select count(*) from responses) r, (select count(*) from notifications) n')).rows).toEqual(before.rows)
  })

  test('of one project does not see another’s', async () => {
    const other = await server.addProject()
    for (let n = 0; n < 3; n += 1) await rogue(other, '198.51.100.68', n)
    const span = { since: began - MINUTE, until: began + MINUTE }
    const bound = new Operator(server, await server.operatorToken('moderator', project.id))
    expect(expectJson<Backtest>(await ask('many-foreign-origins', span, bound), 200).found).toBe(0)
    expect(expectJson<Backtest>(await ask('everywhere', span, bound), 200).found).toBe(0)
    expectProblem(await ask('many-foreign-origins', { ...span, project: other.key }, bound), 404, 'unknown_project')
    const all = expectJson<Backtest>(await ask('many-foreign-origins', span), 200)
    expect(all.alerts.map(({ projectId }) => projectId)).toEqual([String(other.id)])
  })

  test('takes the whole installation together where the rule does', async () => {
    const other = await server.addProject()
    for (let n = 0; n < 3; n += 1) await rogue(project, '198.51.100.70', n)
    for (let n = 0; n < 3; n += 1) await rogue(other, '198.51.100.71', n)
    const { alerts } = expectJson<Backtest>(await ask('everywhere', { since: began - MINUTE, until: began + MINUTE }), 200)
    expect(alerts).toMatchObject([{ projectId: null, group: {}, severity: 'high' }])
  })

  test('is the only one at a time', async () => {
    await inTransaction(server.app.db, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.backtest])
      const answer = await ask('many-foreign-origins', { since: began - 1 })
      expectProblem(answer, 409, 'backtest_running')
      expect(answer.headers['retry-after']).toBe('5')
    })
    expectJson(await ask('many-foreign-origins', { since: began - 1 }), 200)
  })

  test('is given up when it takes too long', async () => {
    await inTransaction(server.app.db, async (client) => {
      await client.query('lock table security_events in access exclusive mode')
      const { db, alerts: { settings } } = server.app
      await expect(backtest(db, library, 'many-foreign-origins', { since: began - 1, until: began }, settings, 50)).rejects.toMatchObject({ code: '57014' })
    })
  })

  test.each<[string, (at: number) => object]>([
    ['ends before it begins', (at) => ({ since: at, until: at })], ['is longer than a year', (at) => ({ since: at - 367 * DAY, until: at })],
    ['has no beginning', () => ({})], ['has another field', (at) => ({ since: at - 1, names: ['x'] })],
  ])('that %s is refused', async (_title, wrong) => {
    expectProblem(await ask('everywhere', wrong(began)), 400, 'invalid_request')
  })

  test('of a rule that is none is not found, and no viewer’s to ask for', async () => {
    expectProblem(await ask('no-such-rule', { since: began - 1 }), 404, 'not_found')
    expectProblem(await ask('everywhere', { since: began - 1 }, viewer), 403, 'role_insufficient')
  })
})
