import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PolicyAnswer } from '../../server/contract/settings.ts'
import { detectors } from '../../server/gate/detectors/registry.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { onlyLogged } from '../../server/gate/policies/only-logged.ts'
import { type TestApp, lenientPolicy, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { fire } from '../helpers/rule-response.ts'
import { Visitor } from '../helpers/visitor.ts'

const DAY = 86_400_000
let server: TestApp
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, shadowPolicy: { ...defaultPolicy, version: 'trial-1' } })
})
afterAll(() => server.close())

const read = async (authorization = server.operators.viewer): Promise<PolicyAnswer> =>
  expectJson(await new Operator(server, authorization).call('GET', '/operator/v1/policy'), 200)
const setGate = async (gateMode: 'log' | null): Promise<void> =>
  void expectJson(await new Operator(server, server.operators.admin).call('PATCH', '/operator/v1/settings', { gateMode }), 200)

test('The policy is shown as it is in force, whole, with its detectors, beside what it is when it enforces', async () => {
  const shown = await read()
  expect(shown).toMatchObject({ version: 'lenient', mode: 'enforce', shadow: 'trial-1', cohortsOwn: 'enforce', own: lenientPolicy.bands })
  expect(shown.policy).toEqual(lenientPolicy)
  expect(shown.detectors).toEqual(detectors.map(({ name, group }) => ({ name, group, weight: lenientPolicy.weights[name] })))
  await setGate('log')
  const logged = await read()
  expect(logged).toMatchObject({ version: 'lenient-log', mode: 'log', cohortsOwn: 'enforce', own: lenientPolicy.bands })
  expect(logged.policy).toEqual(onlyLogged(lenientPolicy))
  await setGate(null)
})

test('It tells what was done and would have been done within the last 24 hours, no longer, and of whose project', async () => {
  const { project } = server
  const other = await server.addProject()
  const driven = async (of: typeof project, nth: number, item = 0) =>
    await new Visitor(server, { project: of, ip: `203.0.113.${nth}` }).vote(of.items[item] as string, 1, { signals: { webdriver: true } })
  await setGate('log')
  await driven(project, 1)
  server.clock.now += DAY + 1000
  for (const nth of [2, 3, 4]) await driven(project, nth, nth % 2)
  await driven(other, 5)
  await new Visitor(server, { ip: '203.0.113.9' }).vote(project.items[2])
  await fire(server, { rule: 'a-rule', logOnly: true, group: { ipAddress: '198.51.100.1' }, actions: [{ type: 'block', target: 'ipAddress', ttl: '10m' }] })
  await setGate(null)
  await driven(project, 6, 2)
  await fire(server, { rule: 'a-rule', group: { ipAddress: '203.0.113.9' }, actions: [{ type: 'hold_votes', ttl: '10m' }] })

  const { lastDay } = await read()
  expect(lastDay.since).toBe(server.clock.now - DAY)
  expect(lastDay.votes).toEqual([
    { action: 'log', wouldHave: 'hold', enforced: 'hold', votes: 4, items: 3 },
    { action: 'allow', wouldHave: null, enforced: 'allow', votes: 1, items: 1 },
    { action: 'hold', wouldHave: null, enforced: 'hold', votes: 1, items: 1 },
  ])
  expect(lastDay.responses).toEqual([
    { rule: 'a-rule', action: 'block', mode: 'log', times: 1, votes: 0 },
    { rule: 'a-rule', action: 'hold_votes', mode: 'enforce', times: 1, votes: 1 },
  ])
  expect(lastDay.cohorts).toEqual({ held: 0, wouldHold: 0 })
  const mine = await read(await server.operatorToken('viewer', other.id))
  expect(mine.lastDay.votes).toEqual([{ action: 'log', wouldHave: 'hold', enforced: 'hold', votes: 1, items: 1 }])
  expect(mine.lastDay.responses).toEqual([])
})

const enforcedOf = (rows: PolicyAnswer['lastDay']['votes']): Record<string, number> =>
  rows.reduce<Record<string, number>>((sums, { enforced, votes }) => ({ ...sums, [enforced]: (sums[enforced] ?? 0) + votes }), {})

test('What it would have done is what it does once it acts, vote by vote', async () => {
  const signals: object[] = [
    {}, { webdriver: true }, { webdriver: true, trusted: false, input: 'mouse', pressMs: 0, pressure: 0, hoverMs: 0, moves: 1, offCentre: 0 },
    { input: 'mouse', pressMs: 1, pressure: 0, hoverMs: 0, moves: 1, offCentre: 0 }, { input: 'mouse', pressMs: 80, pressure: 0.5, hoverMs: 0, moves: 20, offCentre: 9 },
  ]
  const cast = async (mode: 'log' | null): Promise<PolicyAnswer['lastDay']['votes']> => {
    server.clock.now += DAY + 1000
    await setGate(mode)
    const project = await server.addProject()
    for (const [nth, one] of signals.entries()) await new Visitor(server, { project, ip: `198.18.${nth}.1` }).vote(project.items[0], 1, { signals: one })
    return (await read(await server.operatorToken('viewer', project.id))).lastDay.votes
  }
  const logged = await cast('log')
  const acted = await cast(null)
  expect(logged.every(({ action }) => action === 'allow' || action === 'log')).toBe(true)
  expect(new Set(acted.map(({ action }) => action)).size).toBeGreaterThan(1)
  expect(acted.every(({ action, enforced }) => action === enforced)).toBe(true)
  expect(logged.some(({ wouldHave, enforced }) => wouldHave === 'block' && enforced === 'hold')).toBe(true)
  expect(enforcedOf(logged)).toEqual(enforcedOf(acted))
})
