/**
 * Visitors who share nothing but the minute and the item: nothing about one of them is odd. The burst is held; whoever wanted
 * more than the one thing is let in, and a crowd that was expected is let in whole.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Person, columnsOf, ordinaryCrowd } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { addressAt } from '../helpers/visitor.ts'

const MINUTE = 60_000
let app: TestApp
let lines = 6000
beforeAll(async () => {
  app = await startApp({ policy: quickPolicy })
})
afterAll(() => app.close())

async function burst(project: TestProject, size: number, also?: (index: number) => string | undefined): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    const visitor = new Person(app, { project, ip: addressAt((lines += 1)) })
    await visitor.click(project.items[2])
    const more = also?.(index)
    if (more !== undefined) await visitor.click(more)
    app.clock.now += 4000
    await app.app.watch.tick()
  }
}
async function declare(project: TestProject, from: number): Promise<void> {
  const answer = await app.app.inject({
    method: 'POST', url: '/api/moderation/v1/expected-spikes', headers: { authorization: app.operators.moderator },
    payload: { project: project.key, itemId: project.items[2], startsAt: from, endsAt: app.clock.now + 60 * MINUTE, reason: 'We are in the news' },
  })
  expect(answer.statusCode).toBe(201)
}

test('A burst is held from its first minute', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  await burst(project, 40)
  const { counted, held } = await columnsOf(app, project.items[2], project)
  expect(held).toBeGreaterThanOrEqual(40)
  // An honest visitor of the same minutes who came for this alone may wait with them.
  expect(before.counted - counted).toBeLessThanOrEqual(3)
  expect(counted + held).toBe(before.counted + 40)
})

test('Whoever wanted more than the one thing is let in', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  await burst(project, 40, (index) => (index % 4 === 0 ? project.items[0] : undefined))
  app.clock.now += 15 * MINUTE
  await app.app.watch.tick()
  const { counted } = await columnsOf(app, project.items[2], project)
  expect(counted).toBeGreaterThanOrEqual(before.counted - 3 + 10)
  expect(counted).toBeLessThanOrEqual(before.counted + 10)
})

test.each([
  ['A crowd that was expected is not held', true],
  ['A crowd that is declared afterwards is let in', false],
])('%s', async (_, ahead) => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  const from = app.clock.now - MINUTE
  if (ahead) await declare(project, from)
  await burst(project, 40)
  expect((await columnsOf(app, project.items[2], project)).held > 0).toBe(!ahead)
  if (!ahead) await declare(project, from)
  app.clock.now += 2 * MINUTE
  await app.app.watch.tick()
  expect(await columnsOf(app, project.items[2], project)).toEqual({ counted: before.counted + 40, held: 0, invalidated: 0 })
})

test('An expected spike is no cover for one machine', async () => {
  const project = await app.addProject()
  await ordinaryCrowd(app, project, 40)
  const before = await columnsOf(app, project.items[2], project)
  await declare(project, app.clock.now - MINUTE)
  for (let index = 0; index < 30; index += 1) {
    await new Person(app, { project, ip: addressAt((lines += 1)), core: 'c0'.repeat(16) }).click(project.items[2])
    app.clock.now += 4000
    await app.app.watch.tick()
  }
  expect(await columnsOf(app, project.items[2], project)).toMatchObject({ counted: before.counted, held: 30 })
})
