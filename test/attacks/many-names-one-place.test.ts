/** Names that are vouched for, and one hand behind them: stolen tokens, or a leaked secret and user ids made up one after the other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { signUserToken } from '../helpers/visitor.ts'

let app: TestApp
const counted = (columns: { counted: number }[]): number => columns.reduce((sum, column) => sum + column.counted, 0)
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

test.each([
  ['of one’s own making, counting up', (index: number) => `user-${1000 + index}`],
  ['stolen', (index: number) => `usr_${index * 7919 % 1000}x`],
])('Twenty users %s, from one line, want one thing: every vote since the first is held', async (_, sub) => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const item = project.items[2]
  const before = await columnsOf(app, item, project)
  for (let index = 0; index < 20; index += 1) {
    const bot = new Person(app, { project, ip: '198.51.100.30', userToken: await signUserToken(app, sub(index), { project }) })
    await bot.start()
    expect((await bot.click(item)).statusCode).toBe(200)
    app.clock.now += 20_000
    await app.app.watch.tick()
  }
  expect(await columnsOf(app, item, project)).toEqual({ counted: before.counted, held: 20, invalidated: 0 })
})

test('A company whose people sign in behind one address, and want different things, loses nobody', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 30)
  const before = await Promise.all(project.items.map((item) => columnsOf(app, item, project)))
  let votes = 0
  for (let index = 0; index < 24; index += 1) {
    const colleague = new Person(app, { project, ip: '198.51.100.31', userToken: await signUserToken(app, `colleague-${index * 37 % 100}`, { project }) })
    await colleague.start()
    for (const item of project.items.filter((_item, place) => (index + place) % 5 < 3 - place)) {
      await colleague.click(item)
      votes += 1
    }
    app.clock.now += 60_000
    await app.app.watch.tick()
  }
  const after = await Promise.all(project.items.map((item) => columnsOf(app, item, project)))
  expect(counted(after)).toBe(counted(before) + votes)
})
