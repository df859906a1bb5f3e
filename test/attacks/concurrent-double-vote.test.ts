/**
 * The hole: “has this person voted?” is asked first and written second, with no constraint behind it, so two requests at the
 * same moment are both told no. Here: the key of the table is the deduplication, on every node at once.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let nodes: [TestApp, TestApp]
beforeAll(async () => {
  const first = await startApp()
  nodes = [first, await startApp({ databaseUrl: first.databaseUrl })]
})
afterAll(async () => {
  await nodes[1].close()
  await nodes[0].close()
})

test('PostgreSQL itself refuses a second row for one voter and item', async () => {
  const { app, project } = nodes[0]
  const voter = randomUUID()
  const insert = (): Promise<unknown> => app.db.query(
    `insert into votes (project_id, item_id, voter, cast_at, tier, state, value) values ($1, $2, $3, now(), 'd', 'c', '0')`,
    [project.id, project.items[2], voter])
  await insert()
  await expect(insert()).rejects.toMatchObject({ code: '23505' })
})

test('One user racing themselves on two servers, on twenty devices, has one vote on every item', async () => {
  const project = await nodes[0].addProject()
  await nodes[1].app.projects.reload()
  const userToken = await signUserToken(nodes[0], 'usr_racing', { project })
  const devices = Array.from({ length: 20 }, (_, index) => new Visitor(nodes[index % 2] as TestApp, { project, userToken }))
  await Promise.all(devices.map((device) => device.start()))
  const answers = await Promise.all(devices.flatMap((device) => project.items.map((item) => device.vote(item))))

  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
  const { rows } = await nodes[0].app.db.query('select counted from tallies where project_id = $1', [project.id])
  expect(rows).toEqual([{ counted: 1 }, { counted: 1 }, { counted: 1 }])
  const { rows: standing } = await nodes[0].app.db.query('select 1 from votes where project_id = $1 and superseded_by is null', [project.id])
  expect(standing).toHaveLength(3)
  expect((await findTallyFaults(nodes[0].app.db)).faults).toEqual([])
})
