/** One server, its outbox emptied before each test, and receivers that are closed after it. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { AppOptions } from '../../server/app-options.ts'
import { type TestApp, startApp } from './app.ts'
import { Operator, expectJson } from './operator.ts'

export interface ListedNotification {
  id: string
  state: string
  attempts: number
  lastError: string | null
  nextAttemptAt: number | null
}
interface Closable {
  close(): Promise<void>
}

export interface Outbox {
  readonly server: TestApp
  readonly admin: Operator
  /** Closed after the test. */
  opened<T extends Closable>(receiver: T): T
  /** As the API tells, newest first. */
  listed(channelId: string): Promise<ListedNotification[]>
  /** The newest. */
  stateOf(channelId: string): Promise<ListedNotification>
  /** Lets time pass, for the server. */
  pass(ms: number): void
}

/** For the top of a test file. */
export function useOutbox(options: Partial<AppOptions> = {}): Outbox {
  let server: TestApp | undefined
  const open: Closable[] = []
  const running = (): TestApp => {
    if (server === undefined) throw new Error('the server runs from beforeAll to afterAll')
    return server
  }
  beforeAll(async () => {
    server = await startApp(options)
  })
  afterAll(() => running().close())
  beforeEach(async () => {
    await running().app.db.query('truncate notifications, channels')
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((receiver) => receiver.close()))
  })
  const outbox: Outbox = {
    get server() {
      return running()
    },
    get admin() {
      return new Operator(running(), running().operators.admin)
    },
    opened: (receiver) => {
      open.push(receiver)
      return receiver
    },
    listed: async (channelId) =>
      expectJson<{ notifications: ListedNotification[] }>(await outbox.admin.call('GET', `/operator/v1/channels/${channelId}/notifications`), 200).notifications,
    stateOf: async (channelId) => {
      const [newest] = await outbox.listed(channelId)
      if (newest === undefined) throw new Error(`nothing was told on channel ${channelId}`)
      return newest
    },
    pass: (ms) => void (running().clock.now += ms),
  }
  return outbox
}
