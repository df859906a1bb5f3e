/**
 * Two servers on one database and one Redis, with one clock between them. Redis has longer to answer than in earnest: on a machine
 * where many test files run at once a tenth of a second is sometimes not enough, and then each node rightly counts for itself.
 */
import { findTallyFaults } from '../../db/queries/tallies.ts'
import type { AppOptions } from '../../server/app-options.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { type TestApp, type TestProject, lenientPolicy, startApp } from './app.ts'
import { type TestRedis, startRedis } from './redis.ts'
import { Visitor } from './visitor.ts'

export interface Nodes {
  redis: TestRedis
  first: TestApp
  second: TestApp
  /** A project both know. */
  project(): Promise<TestProject>
  /** Takes turns: 0 is the first node’s. */
  at(turn: number): TestApp
  /** What the ledger says of the shared limits, by each node. */
  reports(): Promise<string[]>
  close(): Promise<void>
}

const PATIENCE_MS = 5000

export async function startNodes(given: Partial<AppOptions> = {}): Promise<Nodes> {
  const options = { redisTimeoutMs: PATIENCE_MS, ...given }
  const redis = await startRedis()
  const first = await startApp({ ...options, redisUrl: redis.url })
  const other = await startApp({ ...options, redisUrl: redis.url, databaseUrl: first.databaseUrl, clock: () => first.clock.now })
  const second = { ...other, clock: first.clock }
  return {
    redis, first, second,
    project: async () => {
      const project = await first.addProject()
      await second.app.projects.reload()
      return project
    },
    at: (turn) => (turn % 2 === 0 ? first : second),
    reports: async () => {
      for (const { app } of [first, second]) await app.ledger.flush()
      // Not by the API, whose limits are under test.
      const { rows } = await first.app.db.query<{ report: string; count: number }>(
        `select detail->>'state' || ' ' || severity as report, count from security_events where detail->>'kind' = 'shared_limits' order by event_id`)
      return rows.flatMap(({ report, count }) => Array<string>(count).fill(report))
    },
    close: async () => {
      redis.thaw()
      await other.close()
      await first.close()
      await redis.close()
    },
  }
}

const windowMs = 60_000
/** Small ones, for nodes to reach. `route` is `requestsPerMinute`. */
export const limits = { voter: 6, network: 12, prefix: 9, route: 30 }
export const tightPolicy: Policy = {
  ...lenientPolicy,
  windows: { voter: { limit: limits.voter, windowMs }, network: { limit: limits.network, windowMs }, prefix: { limit: limits.prefix, windowMs }, item: { limit: 1000, windowMs } },
}

/** The same browser, asking the other node. */
export function onNode(node: TestApp, visitor: Visitor, ip: string): Visitor {
  const same = new Visitor(node, { project: visitor.project, ip, ...(visitor.deviceToken === undefined ? {} : { deviceToken: visitor.deviceToken }) })
  same.session = visitor.session
  return same
}
export const countOf = (statuses: readonly number[], status: number): number => statuses.filter((other) => other === status).length
export const faultsIn = async ({ app }: TestApp): Promise<unknown[]> => (await findTallyFaults(app.db)).faults
