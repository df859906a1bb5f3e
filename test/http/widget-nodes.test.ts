/** Two servers on one database: neither sees the other's memory, and the tallies are true all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, blockSource, startApp } from '../helpers/app.ts'
import { Visitor, crowd, signUserToken } from '../helpers/visitor.ts'

let first: TestApp
let second: TestApp
beforeAll(async () => {
  first = await startApp()
  // One clock: two of them would differ by a minute where the first ends between the starts.
  second = { ...await startApp({ databaseUrl: first.databaseUrl, clock: () => first.clock.now }), clock: first.clock }
})
afterAll(async () => {
  await second.close()
  await first.close()
})

/** A project both nodes know, and its first item. */
async function sharedProject(): Promise<{ project: TestProject; item: string }> {
  const project = await first.addProject()
  await second.app.projects.reload()
  return { project, item: project.items[0] }
}
/** The same session, used on the other node. */
function onNode(node: TestApp, visitor: Visitor): Visitor {
  const same = new Visitor(node, { project: visitor.project, deviceToken: visitor.deviceToken as string })
  same.session = visitor.session
  return same
}
async function countedInDatabase(project: TestProject, item: string): Promise<number> {
  const { rows } = await first.app.db.query<{ counted: number }>(
    'select counted from tallies where project_id = $1 and item_id = $2', [project.id, item])
  return rows[0]?.counted ?? Number.NaN
}
const expectTrueTallies = async (): Promise<void> => expect((await findTallyFaults(first.app.db)).faults).toEqual([])
const statuses = (answers: { statusCode: number }[]): Set<number> => new Set(answers.map((answer) => answer.statusCode))

test('One voter voting on two nodes at the same moment is one vote, again and again', async () => {
  const { project, item } = await sharedProject()
  const voters = await crowd(first, 30, { project })
  const answers = await Promise.all(voters.flatMap((voter) => [voter.vote(item), onNode(second, voter).vote(item), voter.vote(item)]))
  expect(statuses(answers)).toEqual(new Set([200]))
  expect(await countedInDatabase(project, item)).toBe(30)
  await expectTrueTallies()
})

test('Different voters on two nodes at once are all counted, and both boards come to say so', async () => {
  const { project, item } = await sharedProject()
  const voters = await crowd(first, 120, { project })
  const answers = await Promise.all(voters.map((voter, index) => (index % 2 === 0 ? voter : onNode(second, voter)).vote(item)))
  expect(statuses(answers)).toEqual(new Set([200]))
  expect(await countedInDatabase(project, item)).toBe(120)
  await expect.poll(() => new Visitor(first, { project }).tally(item)).toBe(120)
  await expect.poll(() => new Visitor(second, { project }).tally(item)).toBe(120)
  await expectTrueTallies()
})

test('A storm of sets to 1 and to 0 on two nodes answers only 200, and leaves true tallies', async () => {
  const { project } = await sharedProject()
  const voters = await crowd(first, 25, { project }, (index) => `usr_storm_${index}`)
  const answers = await Promise.all(voters.flatMap((voter, index) =>
    project.items.flatMap((item) => [voter.vote(item, 1), onNode(second, voter).vote(item, index % 2 === 0 ? 0 : 1), voter.vote(item, 1)])))
  expect(statuses(answers)).toEqual(new Set([200]))
  await expectTrueTallies()
  for (const voter of voters) await voter.vote(project.items[0], 1)
  expect(await countedInDatabase(project, project.items[0])).toBe(25)
})

test('Devices on one node, and the users who sign in on them on the other, are one vote each', async () => {
  const { project, item } = await sharedProject()
  const devices = await crowd(first, 25, { project })
  const users = await Promise.all(devices.map(async (device, index) => {
    const user = new Visitor(second, {
      project, deviceToken: device.deviceToken as string, userToken: await signUserToken(second, `usr_on_${index}`, { project }),
    })
    await user.start()
    return user
  }))
  const answers = await Promise.all(devices.flatMap((device, index) => [device.vote(item), (users[index] as Visitor).vote(item), device.vote(item)]))
  for (const status of statuses(answers)) expect([200, 409]).toContain(status)
  expect(await countedInDatabase(project, item)).toBe(25)
  await expectTrueTallies()
})

test('Two devices with one fingerprint, one on each node, share one counted vote', async () => {
  const { project } = await sharedProject()
  for (const [round, item] of project.items.entries()) {
    const one = new Visitor(first, { project })
    const other = new Visitor(second, { project })
    await Promise.all([one.start(), other.start()])
    const fingerprint = `abcdef0123456789${round}`
    const answers = await Promise.all([one.vote(item, 1, { fingerprint }), other.vote(item, 1, { fingerprint })])
    expect(statuses(answers)).toEqual(new Set([200]))
    expect(await countedInDatabase(project, item)).toBe(1)
  }
  await expectTrueTallies()
})

test('A block made on one node holds on the other within a moment', async () => {
  const { project, item } = await sharedProject()
  const visitor = new Visitor(second, { project, ip: '198.51.100.77' })
  expect((await visitor.vote(item)).statusCode).toBe(200)
  await blockSource(first, project, 'ip', '198.51.100.77')
  await expect.poll(async () => (await visitor.vote(item, 0)).statusCode).toBe(403)
})
