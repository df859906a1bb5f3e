/** Fingerprints: a soft quota that costs an office nothing it can see, and a change of one that the ledger notices. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VoteState } from '../../server/contract/primitives.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, crowd, expectProblem } from '../helpers/visitor.ts'

const FINGERPRINT = 'a3f1c09d5e7b42618f00aa11bb22cc33'
const OTHER = 'b4e2d18c6f8a53729e11bb22cc33dd44'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

async function tallyOf(project: TestProject, item: string): Promise<Record<VoteState, number>> {
  const { rows } = await app.app.db.query<Record<VoteState, number>>(
    'select counted, held, invalidated from tallies where project_id = $1 and item_id = $2', [project.id, item])
  return rows[0] as Record<VoteState, number>
}

test('A second device with the same fingerprint, network and browser is held, and cannot tell', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const counted = await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT })
  const secondDevice = new Visitor(app, { project, ip: '203.0.113.200' })
  const held = await secondDevice.vote(item, 1, { fingerprint: FINGERPRINT })

  expect(await tallyOf(project, item)).toEqual({ counted: 1, held: 1, invalidated: 0 })
  expect(held.statusCode).toBe(counted.statusCode)
  const shape = (answer: typeof held): unknown => Object.entries(answer.json<object>()).map(([key, value]) => [key, typeof value])
  expect(shape(held)).toEqual(shape(counted))
  expect(Object.keys(held.headers)).toEqual(Object.keys(counted.headers))
  // To its own voter the vote is there: theirs on top of what everybody sees.
  expect(counted.json()).toMatchObject({ itemId: item, value: 1, votes: 1 })
  expect(held.json()).toMatchObject({ itemId: item, value: 1, votes: 2 })
  expect((await secondDevice.start()).json()).toMatchObject({ votedItemIds: [item] })
  expect(await secondDevice.tally(item)).toBe(1)
})

test('A held vote taken back and cast again is still held, and a retry of it answers the same', async () => {
  const project = await app.addProject()
  const [item] = project.items
  await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT })
  const second = new Visitor(app, { project })
  const held = await second.vote(item, 1, { fingerprint: FINGERPRINT })
  const retried = await second.vote(item, 1, { fingerprint: FINGERPRINT })
  expect(retried.json()).toMatchObject({ value: 1, votes: held.json<{ votes: number }>().votes })
  expect((await second.vote(item, 0)).json()).toMatchObject({ value: 0, votes: 1 })
  // Neither leaving the fingerprint out nor showing a new one gets the same device counted.
  await second.vote(item, 1)
  await second.vote(item, 0)
  await second.vote(item, 1, { fingerprint: OTHER })
  expect(await tallyOf(project, item)).toEqual({ counted: 1, held: 1, invalidated: 0 })
})

test('Clearing cookies over and over buys no second counted vote', async () => {
  const project = await app.addProject()
  const [item] = project.items
  for (let visit = 0; visit < 20; visit += 1) {
    const answer = await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT })
    expect(answer.statusCode).toBe(200)
  }
  expect(await tallyOf(project, item)).toEqual({ counted: 1, held: 19, invalidated: 0 })
})

test('Devices with one fingerprint arriving at the same moment share the one seat', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const devices = await crowd(app, 30, { project, ip: '203.0.113.7' })
  await Promise.all(devices.map((device) => device.vote(item, 1, { fingerprint: FINGERPRINT })))
  expect(await tallyOf(project, item)).toEqual({ counted: 1, held: 29, invalidated: 0 })
})

test('The same fingerprint from another network, or in another browser, is another person', async () => {
  const project = await app.addProject()
  const [item] = project.items
  await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT })
  await new Visitor(app, { project, ip: '198.51.100.4' }).vote(item, 1, { fingerprint: FINGERPRINT })
  await new Visitor(app, { project, userAgent: FIREFOX }).vote(item, 1, { fingerprint: FINGERPRINT })
  expect(await tallyOf(project, item)).toEqual({ counted: 3, held: 0, invalidated: 0 })
})

test('An office of identical laptops keeps every vote of those who signed in', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const people = await crowd(app, 15, { project, ip: '203.0.113.7' }, (index) => `usr_office_${index}`)
  await Promise.all(people.map((person) => person.vote(item, 1, { fingerprint: FINGERPRINT })))
  expect(await tallyOf(project, item)).toEqual({ counted: 15, held: 0, invalidated: 0 })
})

test('A project may refuse a taken fingerprint instead of holding the vote', async () => {
  const project = await app.addProject({ dedup: 'refuse' })
  const [item] = project.items
  const voter = new Visitor(app, { project })
  await voter.vote(item, 1, { fingerprint: FINGERPRINT })
  expectProblem(await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT }), 409, 'already_voted')
  // The one who sits on the seat is not a duplicate of themselves.
  expect((await voter.vote(item, 1, { fingerprint: FINGERPRINT })).statusCode).toBe(200)
  expect(await tallyOf(project, item)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test('Taking the vote back leaves the fingerprint’s seat taken', async () => {
  const project = await app.addProject({ dedup: 'refuse' })
  const [item] = project.items
  const voter = new Visitor(app, { project })
  await voter.vote(item, 1, { fingerprint: FINGERPRINT })
  await voter.vote(item, 0, { fingerprint: FINGERPRINT })
  expectProblem(await new Visitor(app, { project }).vote(item, 1, { fingerprint: FINGERPRINT }), 409, 'already_voted')
  expect((await voter.vote(item, 1, { fingerprint: FINGERPRINT })).json()).toMatchObject({ votes: 1 })
})

test.each([
  { mode: 'strict', fingerprint: 'on' },
  { mode: 'open', fingerprint: 'off' },
] as const)('A project with mode $mode and fingerprint $fingerprint ignores and does not store a fingerprint', async (settings) => {
  const project = await app.addProject(settings)
  const [item] = project.items
  const visitors = await crowd(app, 3, { project, ip: '203.0.113.7' })
  for (const visitor of visitors) await visitor.vote(item, 1, { fingerprint: FINGERPRINT })
  await visitors[0]?.vote(item, 0, { fingerprint: OTHER })
  await visitors[0]?.vote(item, 1, { fingerprint: OTHER })
  expect(await tallyOf(project, item)).toEqual({ counted: 3, held: 0, invalidated: 0 })
  const { rows } = await app.app.db.query('select 1 from decisions where project_id = $1 and fingerprint is not null', [project.id])
  expect(rows).toEqual([])
  expect(await readEvents(app, { project: project.key })).toEqual([])
})

test('A device that shows another fingerprint is noticed, once per new fingerprint', async () => {
  const project = await app.addProject()
  const [item, next] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(item, 1, { fingerprint: FINGERPRINT })
  await visitor.vote(next, 1, { fingerprint: FINGERPRINT })
  expect(await readEvents(app, { project: project.key })).toEqual([])

  await visitor.vote(item, 0, { fingerprint: OTHER })
  await visitor.vote(item, 0, { fingerprint: OTHER })
  const events = await readEvents(app, { project: project.key })
  expect(events).toMatchObject([{
    eventType: 'fingerprint_change', severity: 'medium', count: 1,
    metadata: { fingerprint: OTHER, ipAddress: '203.0.113.7', endpoint: 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote' },
  }])
})

test('A change of fingerprint between two sessions is noticed', async () => {
  const project = await app.addProject()
  const [item, next] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(item, 1, { fingerprint: FINGERPRINT })
  await visitor.start()
  await visitor.vote(next, 1, { fingerprint: OTHER })
  expect((await readEvents(app, { project: project.key })).map((event) => event.eventType)).toEqual(['fingerprint_change'])
})

test('A change of fingerprint is noticed by a server that has just started', async () => {
  const project = await app.addProject()
  const [item, next] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(item, 1, { fingerprint: FINGERPRINT })

  const restarted = await startApp({ databaseUrl: app.databaseUrl })
  try {
    const back = new Visitor(restarted, { project, deviceToken: visitor.deviceToken as string })
    await back.vote(next, 1, { fingerprint: OTHER })
    expect((await readEvents(restarted, { project: project.key })).map((event) => event.eventType)).toEqual(['fingerprint_change'])
  } finally {
    await restarted.close()
  }
})
