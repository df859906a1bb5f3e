/**
 * The hole: when the limiter’s store is full or away, everything is let through.
 * Here: limits live in the process. Flooding them with new keys forgets old ones but counts every new one, and a database
 * that is away is a 503 within the same limits.
 */
import { afterEach, expect, test } from 'vitest'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { Windows } from '../../server/gate/windows.ts'
import { type TestApp, cableTo, lenientPolicy, startApp } from '../helpers/app.ts'
import { Visitor, addressAt, expectProblem } from '../helpers/visitor.ts'

const windowMs = 60_000
const policy: Policy = { ...lenientPolicy, windows: { ...lenientPolicy.windows, voter: { limit: 5, windowMs }, network: { limit: 8, windowMs } } }

let app: TestApp
afterEach(() => app.close())

test('A window filled with other people’s keys still limits whoever comes next', async () => {
  app = await startApp({ policy })
  Object.assign(app.app.gate.windows, { voter: new Windows(windowMs, 3), network: new Windows(windowMs, 3) })
  const [item] = app.project.items
  for (let index = 0; index < 10; index += 1) await new Visitor(app, { ip: addressAt(index) }).vote(item)

  const bot = new Visitor(app, { ip: '203.0.113.7' })
  const statuses: number[] = []
  for (let turn = 0; turn < 7; turn += 1) statuses.push((await bot.vote(item)).statusCode)
  expect(statuses).toEqual([...Array(5).fill(200), 429, 429])

  const neighbours: number[] = []
  for (let index = 0; index < 3; index += 1) neighbours.push((await new Visitor(app, { ip: `203.0.113.${index + 20}` }).vote(item)).statusCode)
  expect(neighbours).toEqual([200, 429, 429])
  expect(app.app.gate.windows.network.saturations).toBeGreaterThan(0)
})

test('While the database is away votes are refused, and past the limit they are refused for that', async () => {
  const home = await startApp()
  const cable = await cableTo(home.databaseUrl)
  app = await startApp({ databaseUrl: cable.url, policy, requestsPerMinute: 4 })
  try {
    const [item] = app.project.items
    const voter = new Visitor(app)
    await voter.vote(item)
    cable.unplug()
    const statuses: number[] = []
    for (let turn = 0; turn < 6; turn += 1) statuses.push((await voter.vote(item, turn % 2 === 0 ? 0 : 1)).statusCode)
    expect(statuses).toEqual([503, 503, 503, 503, 429, 429])

    const starts: number[] = []
    for (let turn = 0; turn < 5; turn += 1) starts.push((await new Visitor(app).start()).statusCode)
    // A new device needs nothing from the database; the fourth in a minute is one more than it may.
    expect(starts).toEqual([201, 201, 201, 429, 429])
    expectProblem(await new Visitor(app).start(), 429, 'rate_limited')
  } finally {
    cable.plugIn()
    await app.close()
    await cable.close()
    app = home
  }
})
