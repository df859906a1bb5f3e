/**
 * The hole: lists are read again after each change, and a read that began before the change can end after the one that
 * knows of it. Then the older list stood: a block answered with 201 did not block, a removed origin counted on.
 * Here: what began earlier never replaces what began later.
 */
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceOrigins } from '../../db/queries/projects.ts'
import { type TestApp, blockSource, startApp } from '../helpers/app.ts'
import { Visitor } from '../helpers/visitor.ts'

/** A way to the database on which the answer to one query can be kept back. */
async function slowWayTo(databaseUrl: string): Promise<{ url: string; keepAfter(queries: number): Promise<void>; release(): void; close(): void }> {
  const target = new URL(databaseUrl)
  const socketDir = target.searchParams.get('host')
  const port = Number(target.port || 5432)
  let skipped = 0
  let next: (() => void) | undefined
  let slow: Socket | undefined
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = socketDir === null ? connect(port, target.hostname) : connect(`${socketDir}/.s.PGSQL.${port}`)
    near.on('data', (asked) => {
      if (next !== undefined && skipped-- <= 0) {
        slow = far.pause()
        next()
        next = undefined
      }
      far.write(asked)
    })
    far.on('data', (answer) => near.write(answer))
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    /** Lets some queries through; resolves when one has been sent whose answer waits for release(). */
    keepAfter: (queries: number) => new Promise<void>((resolve) => {
      skipped = queries
      next = resolve
    }),
    release: () => void slow?.resume(),
    close: () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

let home: TestApp
let node: TestApp
let way: Awaited<ReturnType<typeof slowWayTo>>
beforeEach(async () => {
  home = await startApp()
  way = await slowWayTo(home.databaseUrl)
  node = await startApp({ databaseUrl: way.url })
  node.project = home.project
  return async () => {
    await node.app.close()
    way.close()
  }
})
afterEach(() => home.close())

const look = async (): Promise<number> => (await new Visitor(node).call('GET', '/board')).statusCode

/** Reads before the change and answers after it; between the two, `change` happens and is read. */
async function overtake(reload: () => Promise<void>, queriesBefore: number, change: () => Promise<unknown>): Promise<void> {
  const kept = way.keepAfter(queriesBefore)
  const early = reload()
  await kept
  // The query is on its way; whatever it finds, it finds before the change.
  await new Promise((resolve) => setTimeout(resolve, 200))
  await change()
  await reload()
  expect(await look()).toBe(403)
  way.release()
  await early
}

test('A block stays when an older reading comes in late', async () => {
  expect(await look()).toBe(200)
  await overtake(node.app.blocks.reload, 0, () => blockSource(home, home.project, 'ip', '203.0.113.7'))
  expect(await look()).toBe(403)
})

test('A removed origin stays removed when an older reading comes in late', async () => {
  expect(await look()).toBe(200)
  // The origins are the second of three readings.
  await overtake(node.app.projects.reload, 1, () => replaceOrigins(home.app.db, home.project.id, ['https://other.example']))
  expect(await look()).toBe(403)
})
