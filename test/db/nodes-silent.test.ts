/** A node that no longer hears the others: its listener’s connection is there, and nothing comes through it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
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

test('A connection whose end is heard only while the next one is made does not bring a third', async () => {
  // PostgreSQL says that it ends a connection, and closes it when it gets to it: on a busy machine a second later.
  const listeners: Client[] = []
  let end: (() => void) | undefined
  const { connect, emit } = Client.prototype
  vi.spyOn(Client.prototype, 'connect').mockImplementation(function connectAs(this: Client & { connectionParameters?: { application_name?: string } }, ...given: unknown[]) {
    if (this.connectionParameters?.application_name === 'truetally listen') {
      listeners.push(this)
      end?.()
    }
    // The pool gives a callback.
    return Reflect.apply(connect, this, given) as unknown as Promise<Client>
  })
  const node = await startApp()
  onTestFinished(() => node.close())
  const [silent] = listeners
  vi.spyOn(silent as Client, 'emit').mockImplementation((...event: Parameters<Client['emit']>) => {
    if (String(event[0]) !== 'end') return emit.apply(silent, event)
    end = () => void emit.apply(silent, event)
    return true
  })
  await node.app.db.query(`select pg_terminate_backend($1)`, await backends(node))
  await expect.poll(() => listeners.length).toBe(2)
  // When a third would have come.
  await sleep(2000)
  expect(listeners).toHaveLength(2)
  expect(await backends(node)).toHaveLength(1)
  expect(node.app.changes.listening).toBe(true)
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
