/**
 * The hole: starting a session is limited, voting with one is not, so one session is all a bot needs.
 * Here: votes are counted per voter and per network, whatever session they come with.
 */
import { afterEach, expect, test } from 'vitest'
import { type TestApp, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
afterEach(() => app.close())

test('One session cannot send votes without end under the shipped policy', async () => {
  app = await startApp()
  const bot = new Visitor(app)
  await bot.start()
  const statuses: number[] = []
  for (let turn = 0; turn < 130; turn += 1) {
    statuses.push((await bot.vote(app.project.items[turn % 3] as string, turn % 2 === 0 ? 1 : 0)).statusCode)
  }
  expect(statuses).toEqual([...Array(120).fill(200), ...Array(10).fill(429)])
  expect(await readEvents(app, { eventType: 'rate_limit_exceeded' })).toMatchObject([{ count: 10, detail: { kind: 'vote-voter' } }])
})

test('Many sessions prepared in advance share one network’s limit', async () => {
  app = await startApp({ policy: { ...lenientPolicy, windows: { ...lenientPolicy.windows, network: { limit: 30, windowMs: 60_000 } } } })
  const [item] = app.project.items
  const bots: Visitor[] = []
  for (let index = 0; index < 40; index += 1) {
    const bot = new Visitor(app, { ip: `203.0.113.${index + 1}` })
    await bot.start()
    bots.push(bot)
  }
  const answers = await Promise.all(bots.map((bot) => bot.vote(item)))
  const refused = answers.filter((answer) => answer.statusCode !== 200)
  expect(refused).toHaveLength(10)
  for (const answer of refused) expectProblem(answer, 429, 'rate_limited')
  expect(await bots[0]?.tally(item)).toBe(30)
})
