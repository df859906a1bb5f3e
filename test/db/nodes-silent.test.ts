/** A node that no longer hears the others: its listener’s connection is there, and nothing comes through it. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type DatabaseCable, type TestApp, blockSource, cableTo, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor } from '../helpers/visitor.ts'
import { withClient } from '../helpers/with-client.ts'

let first: TestApp
let cable: DatabaseCable
let deaf: TestApp
beforeAll(async () => {
  first = await startApp()
  cable = await cableTo(first.databaseUrl)
  deaf = await startApp({ databaseUrl: cable.url, pulseMs: 500 })
})
afterAll(async () => {
  await deaf.close()
  await cable.close()
  await first.close()
})

const statusAt = async (node: TestApp, ip: string): Promise<number> => (await new Visitor(node, { project: first.project, ip }).call('GET', '/board')).statusCode

/** Of the connections that are listened with, the newest first: of a silent one PostgreSQL does not know yet that it is over. */
const backends = async (node: TestApp): Promise<number[]> => (await node.app.db.query<{ pid: number }>(
  `select pid from pg_stat_activity where datname = current_database() and application_name = 'truetally listen' order by backend_start desc`)).rows.map(({ pid }) => pid)

test('It finds out by itself, reads what it missed, and hears again', async () => {
  await deaf.app.projects.reload()
  const there = new Visitor(deaf, { project: first.project })
  expect(await there.tally(first.project.items[0])).toBe(0)
  let before: number[] = []
  // On a machine that stood still for two seconds it has given a connection up by itself, and silent is then the next one.
  await expect.poll(async () => {
    before = await backends(first)
    return { listening: deaf.app.changes.listening, silenced: deaf.app.changes.listening ? cable.silence('truetally listen') : 0 }
  }).toEqual({ listening: true, silenced: 1 })

  // Everything that is kept in memory, while nobody tells this node.
  await blockSource(first, first.project, 'ip', '198.51.100.40')
  const admin = new Operator(first, first.operators.admin)
  const made = expectJson<{ publicKey: string }>(await admin.call('POST', '/operator/v1/projects', { name: 'New', origins: ['https://shop.example'] }), 201)
  expectJson(await admin.call('PATCH', '/operator/v1/settings', { gateMode: 'log' }), 200)
  await new Visitor(first, { project: first.project }).vote(first.project.items[0])

  // Four pulses, a second until it connects again, and the reading.
  await expect.poll(() => statusAt(deaf, '198.51.100.40'), { timeout: 60_000 }).toBe(403)
  await expect.poll(() => deaf.app.projects.byKey(made.publicKey)?.name).toBe('New')
  await expect.poll(() => deaf.app.modes.gateMode.value).toBe('log')
  await expect.poll(() => there.tally(first.project.items[0])).toBe(1)

  // Not by the one that was silenced, of which nothing comes through.
  expect((await backends(first)).filter((pid) => !before.includes(pid))).not.toEqual([])
  await blockSource(first, first.project, 'ip', '198.51.100.41')
  await expect.poll(() => statusAt(deaf, '198.51.100.41'), { timeout: 60_000 }).toBe(403)
  await expect.poll(() => deaf.app.changes.listening).toBe(true)
})

test('A connection that hears its own pulse is left alone', async () => {
  // A second, so that a machine that is busy for two or three is not taken for a connection that is over.
  const node = await startApp({ pulseMs: 1000 })
  onTestFinished(() => node.close())
  const before = await backends(node)
  expect(before).toHaveLength(1)
  await withClient(node.databaseUrl, async (witness) => {
    let heard = 0
    witness.on('notification', ({ payload = '' }) => void (heard += Number(payload.startsWith('pulse:'))))
    await witness.query('listen truetally')
    // More than it may miss.
    await expect.poll(() => heard, { timeout: 30_000 }).toBeGreaterThanOrEqual(5)
  })
  expect(await backends(node)).toEqual(before)
})

test('It closes although its connection does not answer', async () => {
  const other = await cableTo(first.databaseUrl)
  const node = await startApp({ databaseUrl: other.url })
  expect(other.silence('truetally listen')).toBe(1)
  const began = performance.now()
  await node.close()
  tellTook('a close whose connection does not answer', began)
  await other.close()
})

test('What nobody announced is come upon', async () => {
  const node = await startApp({ databaseUrl: first.databaseUrl, rereadMs: 200 })
  onTestFinished(() => node.close())
  await withClient(first.databaseUrl, (client) => client.query(`update projects set name = 'Renamed by hand' where project_id = $1`, [first.project.id]))
  await expect.poll(() => node.app.projects.byKey(first.project.key)?.name).toBe('Renamed by hand')
  expect(first.app.projects.byKey(first.project.key)?.name).not.toBe('Renamed by hand')
})
