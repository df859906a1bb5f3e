import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { StreamClient } from '../helpers/event-stream.ts'

let server: TestApp
let base: string
const clients: StreamClient[] = []

beforeAll(async () => {
  server = await startApp()
  base = await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.drop()))
  await server.close()
})

async function follow(): Promise<StreamClient> {
  const client = new StreamClient(base, server.operators.viewer)
  clients.push(client)
  expect((await client.connect()).status).toBe(200)
  await expect.poll(() => client.of('status').length).toBeGreaterThan(0)
  return client
}

test('a stream begins with the status of now, also where the others’ is being asked for as it opens', async () => {
  await follow()
  await expect.poll(() => server.app.eventTail.followers).toBe(1)
  const { db } = server.app
  const query = db.query.bind(db) as (...given: unknown[]) => Promise<unknown>
  const waiting: (() => void)[] = []
  const held = new Promise<void>((resolve) => void waiting.push(resolve))
  // The one that the tail asks every five seconds: its answer comes late.
  await new Promise<void>((resolve) => {
    const asked = vi.spyOn(db, 'query').mockImplementation((async (...given: unknown[]) => {
      const answer = await query(...given)
      if ((given[0] as { name?: string }).name !== 'events-unread-critical') return answer
      asked.mockRestore()
      resolve()
      await held
      return answer
    }) as never)
  })
  server.app.ledger.write({
    projectId: server.project.id, eventType: 'suspicious_activity', severity: 'critical', endpoint: '/x', ipAddress: '192.0.2.1', detail: { kind: 'test' },
  })
  await server.app.ledger.flush()
  const following = follow()
  await expect.poll(() => server.app.eventTail.followers).toBe(2)
  for (const goOn of waiting) goOn()
  expect((await following).of('status')[0]).toEqual({ unreadCritical: 1, openAlerts: 0 })
})
