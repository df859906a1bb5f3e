import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Alert } from '../../server/watch/alerts/alert.ts'
import { storeAlert, storeResponse } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

interface Catalogue {
  covered: number
  of: number
  entries: { id: string; title: string; rules: string[] }[]
}
interface Figures {
  since: number
  alerts: { fired: number; bySeverity: Record<string, number>; byState: Record<string, number> }
  meanTimeToDetectMs: number | null
  p95TimeToDetectMs: number | null
  meanTimeToRespondMs: number | null
  p95TimeToRespondMs: number | null
  unanswered: number
  falsePositiveRatio: number | null
  rules: { rule: string; alerts: number; disposed: number; falsePositives: number; falsePositiveRatio: number | null }[]
  coverage: Record<'owaspApiTop10' | 'owaspAutomatedThreats' | 'attackClasses', Catalogue>
}

const PATH = '/security/v1/figures'
const HOUR = 3_600_000
const DAY = 24 * HOUR

let server: TestApp
let project: TestProject
let now: number

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 40 * DAY
  now = server.clock.now
  project = await server.addProject()
})

const store = (changes: Partial<Alert> = {}): Promise<Alert> => storeAlert(server, { projectId: project.id, ...changes })
const read = async (query = `project=${project.key}`, operator = new Operator(server, server.operators.viewer)): Promise<Figures> =>
  expectJson(await operator.call('GET', `${PATH}?${query}`), 200)
const say = async (id: string, what: string, body: object, at: number): Promise<void> => {
  server.clock.now = at
  expectJson(await new Operator(server).call('POST', `/security/v1/alerts/${id}/${what}`, body), 200)
  server.clock.now = now
}

const ids = ({ entries }: Catalogue): string[] => entries.map(({ id }) => id)

describe('the figures', () => {
  test('without an alert are none, not zero', async () => {
    expect(await read()).toMatchObject({
      since: now - 30 * DAY, alerts: { fired: 0, bySeverity: { low: 0, medium: 0, high: 0, critical: 0 }, byState: { pending: 0, firing: 0, resolved: 0 } },
      meanTimeToDetectMs: null, p95TimeToDetectMs: null, meanTimeToRespondMs: null, p95TimeToRespondMs: null, unanswered: 0, falsePositiveRatio: null, rules: [],
    })
  })

  test('say how soon alerts are found', async () => {
    for (let n = 1; n <= 20; n += 1) await store({ firesAt: now - n * 100, detectedAt: now })
    const { meanTimeToDetectMs, p95TimeToDetectMs } = await read()
    expect(meanTimeToDetectMs).toBeCloseTo(1050, 3)
    expect(p95TimeToDetectMs).toBeCloseTo(1905, 3)
  })

  test('take one that was stored while it was pending for found at once', async () => {
    await store({ startsAt: now - HOUR, detectedAt: now - HOUR, firesAt: now })
    expect(await read()).toMatchObject({ meanTimeToDetectMs: 0 })
  })

  test('say how soon somebody or something answers: whatever came first', async () => {
    const [acknowledged, disposed, responded, both] = [await store(), await store(), await store(), await store()]
    await say(acknowledged.id, 'acknowledge', {}, now + 1000)
    await say(acknowledged.id, 'disposition', { disposition: 'benign' }, now + 9000)
    await say(disposed.id, 'disposition', { disposition: 'true_positive' }, now + 2000)
    await storeResponse(server, responded, { appliedAt: now + 3000 })
    await storeResponse(server, responded, { appliedAt: now + 8000 })
    await storeResponse(server, both, { appliedAt: now + 1000, mode: 'log' })
    await say(both.id, 'acknowledge', {}, now + 6000)
    await store()
    await store({ suppressed: true })
    const figures = await read()
    expect(figures.meanTimeToRespondMs).toBeCloseTo(3000, 3)
    expect(figures.p95TimeToRespondMs).toBeCloseTo(5550, 3)
    expect(figures).toMatchObject({ unanswered: 1, alerts: { fired: 6 } })
  })

  test('count by severity, state and rule, and how often rules were wrong', async () => {
    const right = await store({ severity: 'critical', rule: 'one' })
    const wrong = await store({ severity: 'low', rule: 'one' })
    const alsoWrong = await store({ severity: 'low', rule: 'two', state: 'resolved', endsAt: now })
    await store({ severity: 'medium', rule: 'two' })
    await store({ severity: 'medium', rule: 'three', state: 'pending', firesAt: null })
    await say(right.id, 'disposition', { disposition: 'true_positive' }, now)
    await say(wrong.id, 'disposition', { disposition: 'false_positive' }, now)
    await say(alsoWrong.id, 'disposition', { disposition: 'false_positive' }, now)
    const figures = await read()
    expect(figures.alerts).toEqual({ fired: 4, bySeverity: { low: 2, medium: 2, high: 0, critical: 1 }, byState: { pending: 1, firing: 3, resolved: 1 } })
    expect(figures.rules).toEqual([
      { rule: 'one', alerts: 2, disposed: 2, falsePositives: 1, falsePositiveRatio: 0.5 }, { rule: 'two', alerts: 2, disposed: 1, falsePositives: 1, falsePositiveRatio: 1 },
    ])
    expect(figures.falsePositiveRatio).toBeCloseTo(2 / 3, 9)
  })

  test('are of the time asked for', async () => {
    await store({ firesAt: now - HOUR, startsAt: now - HOUR, state: 'resolved', endsAt: now })
    await store({ firesAt: now - 31 * DAY, startsAt: now - 31 * DAY, state: 'resolved', endsAt: now - 30 * DAY })
    expect((await read()).alerts).toMatchObject({ fired: 1, byState: { resolved: 1 } })
    expect((await read(`project=${project.key}&since=${now - 32 * DAY}`)).alerts).toMatchObject({ fired: 2, byState: { resolved: 2 } })
    expect((await read(`project=${project.key}&since=${now}`)).alerts.fired).toBe(0)
  })

  test('of one project are for its token; another’s and the installation’s are not in them', async () => {
    const other = await server.addProject()
    await store()
    await store({ projectId: other.id })
    await store({ projectId: 0 })
    const bound = new Operator(server, await server.operatorToken('viewer', project.id))
    expect((await read('', bound)).alerts.fired).toBe(1)
    expect((await read('')).alerts.fired).toBe(3)
  })

  test('show what the rules know, and what none does', async () => {
    const { coverage: { owaspApiTop10, owaspAutomatedThreats, attackClasses } } = await read()
    expect([owaspApiTop10.of, ids(owaspApiTop10)[0], ids(owaspApiTop10)[9]]).toEqual([10, 'owasp.api1', 'owasp.api10'])
    expect([owaspAutomatedThreats.of, ids(owaspAutomatedThreats)[20]]).toEqual([21, 'owasp.oat-021'])
    expect(attackClasses.of).toBeGreaterThanOrEqual(26)
    for (const { covered, entries } of [owaspApiTop10, owaspAutomatedThreats, attackClasses]) expect(covered).toBe(entries.filter(({ rules }) => rules.length > 0).length)
    const names = new Set(server.app.alerts.library.alerting.map(({ document }) => document.name))
    expect([owaspApiTop10, owaspAutomatedThreats, attackClasses].flatMap(({ entries }) => entries.flatMap(({ rules }) => rules)).every((name) => names.has(name))).toBe(true)
  })

  test.each([['since=yesterday'], ['x=1'], ['project=%00']])('refuse %s', async (query) => {
    expectProblem(await new Operator(server, server.operators.viewer).call('GET', `${PATH}?${query}`), 400, 'invalid_request')
  })
})

const scrape = async (of: TestApp): Promise<string> =>
  (await of.app.inject({ url: '/metrics', headers: { authorization: of.operators.viewer } })).body

describe('/metrics', () => {
  test('says the same of every project, of rules and of the outbox', async () => {
    const other = await startApp()
    try {
      const at = other.clock.now
      const alert = await storeAlert(other, { severity: 'critical', firesAt: at - 2000 })
      await storeAlert(other, { severity: 'critical', firesAt: at - 4000, projectId: 0 })
      await storeResponse(other, alert, { appliedAt: at + 1000 })
      const text = await scrape(other)
      for (const line of [
        'truetally_alerts{state="firing",severity="critical"} 2', 'truetally_alerts{state="pending",severity="low"} 0', 'truetally_alerts_mttd_seconds 3',
        'truetally_alerts_mttr_seconds 3', 'truetally_alerts_unanswered 1', 'truetally_alerts_false_positive_ratio 0', 'truetally_notifications{state="waiting"} 0',
        'truetally_notifications{state="failing"} 0', 'truetally_notifications{state="dead"} 0',
      ]) expect(text).toContain(`${line}\n`)
      for (const { document: { name } } of other.app.alerts.library.alerting) {
        expect(text).toMatch(new RegExp(`^truetally_rule_evaluation_seconds\\{rule="${name}"\\} [\\d.e-]+$`, 'm'))
        expect(text).toContain(`truetally_rule_errors{rule="${name}"} 0`)
      }
      for (const catalogue of ['owasp-api-top-10', 'owasp-automated-threats', 'attack-classes']) {
        expect(text).toMatch(new RegExp(`^truetally_rules_coverage\\{catalogue="${catalogue}"\\} (0\\.\\d+|1|0)$`, 'm'))
      }
    } finally {
      await other.close()
    }
  })

  test('asks the database once in ten seconds for many scrapes', async () => {
    const other = await startApp()
    // The ten seconds are the process’s own, and pass when the test says so. A whole number: added to a fraction and taken off again they
    // can come out as a little less.
    const began = Math.ceil(performance.now())
    const passed = vi.spyOn(performance, 'now').mockReturnValue(began)
    try {
      expect(await scrape(other)).toContain('truetally_alerts{state="firing",severity="high"} 0')
      await storeAlert(other)
      passed.mockReturnValue(began + 9999)
      const [first, second] = [await scrape(other), await scrape(other)]
      for (const text of [first, second]) expect(text).toContain('truetally_alerts{state="firing",severity="high"} 0')
      passed.mockReturnValue(began + 10_000)
      expect(await scrape(other)).toContain('truetally_alerts{state="firing",severity="high"} 1')
    } finally {
      passed.mockRestore()
      await other.close()
    }
  })
})
