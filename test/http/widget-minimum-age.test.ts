/** A policy may want voters to have been around for a while: younger ones are held, not refused, and let in when they are old enough. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Person, columnsOf } from '../helpers/person.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { signUserToken } from '../helpers/visitor.ts'

const DAY = 86_400_000
let app: TestApp
beforeAll(async () => {
  app = await startApp({ policy: { ...quickPolicy, version: 'aged', minimumAge: { deviceMs: DAY, accountMs: 7 * DAY } } })
})
afterAll(() => app.close())

test('A device that is younger is held, answered like any other, and counted a day later', async () => {
  const project = await app.addProject()
  const [item] = project.items
  expect((await new Person(app, { project }).click(item)).statusCode).toBe(200)
  expect(await columnsOf(app, item, project)).toEqual({ counted: 0, held: 1, invalidated: 0 })
  app.clock.now += DAY / 2
  await app.app.watch.tick()
  expect(await columnsOf(app, item, project)).toMatchObject({ held: 1 })
  app.clock.now += DAY / 2
  await app.app.watch.tick()
  expect(await columnsOf(app, item, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test('An account that is younger is held, an older one is not, nor one whose age nobody tells', async () => {
  const project = await app.addProject()
  const seconds = Math.floor(app.clock.now / 1000)
  const ages = { young: seconds - 86_400, old: seconds - 8 * 86_400, untold: undefined }
  for (const [place, [name, since]] of Object.entries(ages).entries()) {
    const item = project.items[place] as string
    const userToken = await signUserToken(app, name, { project, claims: since === undefined ? {} : { account_created_at: since } })
    const user = new Person(app, { project, userToken })
    await user.start()
    await user.click(item)
    expect(await columnsOf(app, item, project)).toMatchObject(name === 'young' ? { counted: 0, held: 1 } : { counted: 1, held: 0 })
  }
  app.clock.now += 6 * DAY + 60_000
  await app.app.watch.tick()
  expect(await columnsOf(app, project.items[0], project)).toMatchObject({ counted: 1, held: 0 })
})
