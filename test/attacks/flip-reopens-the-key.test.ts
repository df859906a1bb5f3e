/**
 * The hole: changing one’s mind deletes the record that says this source has voted, so the next one from there counts again.
 * Here: a key once used stays used; a vote taken back keeps its row, and its fingerprint’s seat.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const FINGERPRINT = 'feedfacefeedfacefeedfacefeedface'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test('Voting, taking it back and voting from the next clean profile never counts twice', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const profiles: Visitor[] = []
  for (let round = 0; round < 10; round += 1) {
    const profile = new Visitor(app, { project })
    profiles.push(profile)
    await profile.vote(item, 1, { fingerprint: FINGERPRINT })
    await profile.vote(item, 0, { fingerprint: FINGERPRINT })
  }
  for (const profile of profiles) await profile.vote(item, 1, { fingerprint: FINGERPRINT })
  expect(await (profiles[0] as Visitor).tally(item)).toBe(1)
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})

test('A user who flips their vote on one device cannot have it counted again on another', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const userToken = await signUserToken(app, 'usr_flipping', { project })
  const devices = [new Visitor(app, { project, userToken }), new Visitor(app, { project, userToken }), new Visitor(app, { project, userToken })]
  for (const device of devices) {
    await device.vote(item, 1)
    await device.vote(item, 0)
    await device.vote(item, 1)
  }
  expect(await (devices[0] as Visitor).tally(item)).toBe(1)
  const { rows } = await app.app.db.query(`select 1 from votes where project_id = $1 and tier = 'v'`, [project.id])
  expect(rows).toHaveLength(1)
})

test('A device’s vote that a user took back does not come back to life after signing out', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const device = new Visitor(app, { project })
  await device.vote(item)
  const user = new Visitor(app, { project, deviceToken: device.deviceToken as string, userToken: await signUserToken(app, 'usr_undoing', { project }) })
  await user.vote(item, 0)
  for (const value of [1, 0, 1] as const) expect((await device.vote(item, value)).statusCode).toBe(409)
  expect(await device.tally(item)).toBe(0)
})
