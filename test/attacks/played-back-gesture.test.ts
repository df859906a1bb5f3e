/** A recorded gesture, sent again from other devices: word for word, with another path hash, and with everything but the click changed. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

test.each<[string, (signals: object) => object]>([
  ['word for word', (signals) => signals],
  ['with the path hash made up', (signals) => ({ ...signals, pathHash: randomBytes(8).toString('hex') })],
  ['with only the path hash kept', (signals) => ({ ...new Person(app).signals(), pathHash: (signals as { pathHash: string }).pathHash })],
])('Played back %s it is held, and its owner is counted', async (_, replay) => {
  const project = await app.addProject()
  const [item, other] = project.items
  const owner = new Person(app, { project })
  await owner.start()
  const signals = owner.signals()
  await owner.click(item, { signals })
  for (let copy = 0; copy < 3; copy += 1) expect((await new Person(app, { project }).click(item, { signals: replay(signals) })).statusCode).toBe(200)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 3, invalidated: 0 })
  // A retry, and the owner’s next click, are nobody’s replay.
  await owner.click(item, { signals })
  await owner.click(other)
  expect(await columnsOf(app, item, project)).toMatchObject({ counted: 1 })
  expect(await columnsOf(app, other, project)).toMatchObject({ counted: 1, held: 0 })
})

test('Played back with only the click kept, it is found by what the clicks share, and undone exactly', async () => {
  const project = await app.addProject()
  const [item] = project.items
  await ordinaryCrowd(app, project, 20)
  const before = await columnsOf(app, item, project)
  const { pressMs, offCentre, straightness, hoverMs, pressure } = new Person(app).signals()
  for (let copy = 0; copy < 10; copy += 1) {
    const bot = new Person(app, { project })
    await bot.click(item, { signals: { ...bot.signals(), pressMs, offCentre, straightness, hoverMs, pressure } })
    app.clock.now += 60_000
    await app.app.watch.tick()
  }
  expect(await columnsOf(app, item, project)).toEqual({ counted: before.counted, held: 10, invalidated: 0 })
})
