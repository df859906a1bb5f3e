import { afterAll, beforeAll, expect, it } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let test: TestApp
beforeAll(async () => {
  test = await startApp()
})
afterAll(async () => {
  await test.close()
})

it('makes one vote of a hundred parallel votes with one identity', async () => {
  const [item] = (await test.addProject()).items
  const project = test.app.projects.all().at(-1)
  expect(project).toBeDefined()
  const visitor = new Visitor(test, { project: { ...test.project, id: project!.id, key: project!.publicKey }, ip: '198.51.100.1' })
  await visitor.start()
  const answers = await Promise.all(Array.from({ length: 100 }, () => visitor.vote(item)))
  const codes = answers.map((answer) => answer.statusCode)
  expect(codes.filter((code) => code === 200).length + codes.filter((code) => code === 429).length).toBe(100)
  expect(await visitor.tally(item)).toBe(1)
  expect((await findTallyFaults(test.app.db)).faults).toEqual([])
})
