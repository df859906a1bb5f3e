/** A server whose rules look when a test says so, and the little that attacks on it have in common. */
import { afterEach, beforeEach } from 'vitest'
import { type TestApp, startApp } from './app.ts'
import { Operator } from './operator.ts'
import { recordVote } from './recorded-votes.ts'
import { Visitor, signUserToken } from './visitor.ts'

export const MINUTE = 60_000
export const ADDRESS = '198.51.100.7'

export interface Watched {
  server: TestApp
  /** So much later, everything written so far is looked at. */
  look(ms?: number): Promise<void>
  /** Votes for the first item, counted by the gate, each so much after the one before. */
  votes(count: number, everyMs: number, facts?: { ipAddress: string; network?: string }[]): Promise<void>
  columns(): ReturnType<Operator['columns']>
  /** A user token that nobody with the secret signed. */
  forge(ip: string, n: number, sub?: string): Promise<void>
  rulesFired(): Promise<string[]>
  blocked(ip: string, projectId?: number): boolean
}

/** A new server for each test of the file. */
export function useWatched(options: Parameters<typeof startApp>[0] = {}): Watched {
  const watched: Watched = {
    server: undefined as unknown as TestApp,
    look: async (ms = 500) => {
      watched.server.clock.now += ms
      await watched.server.app.ledger.flush()
      await watched.server.app.alerts.tick()
    },
    votes: async (count, everyMs, facts = [{ ipAddress: ADDRESS }]) => {
      const { server } = watched
      for (let n = 0; n < count; n += 1) {
        server.clock.now += everyMs
        await recordVote(server, server.project, { itemId: server.project.items[0], facts: facts[n % facts.length] ?? {} })
      }
    },
    columns: () => new Operator(watched.server).columns(watched.server.project.items[0]),
    forge: async (ip, n, sub = `usr_${n}`) => {
      const userToken = await signUserToken(watched.server, sub, { secret: 'x'.repeat(40), claims: { jti: String(n) } })
      await new Visitor(watched.server, { ip, userToken }).start()
    },
    rulesFired: async () => (await watched.server.app.db.query<{ rule: string }>('select distinct rule from alerts order by rule')).rows.map(({ rule }) => rule),
    blocked: (ip, projectId = watched.server.project.id) => watched.server.app.blocks.find(projectId, { ip }, watched.server.clock.now) !== undefined,
  }
  beforeEach(async () => {
    watched.server = await startApp({ requestsPerMinute: 100_000, ...options })
    await watched.look()
  })
  afterEach(() => watched.server.close())
  return watched
}
