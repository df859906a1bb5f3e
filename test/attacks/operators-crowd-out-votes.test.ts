/**
 * The hole: votes were written with the connections that operators’ requests wait on locks with. Ten changes behind a merge of a
 * hundred thousand votes, and for 4.4 seconds nobody could vote, on no project; behind a lock that stays, everybody was refused.
 */
import { afterEach, expect, test } from 'vitest'
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

/** More than the pool has connections. */
const WAITING = 14
let app: TestApp
afterEach(() => app.close())

test('changes that wait for the audit log, one on each connection, do not keep a vote waiting', async () => {
  app = await startApp()
  const operator = new Operator(app)
  const visitor = new Visitor(app)
  await visitor.start()
  const other = await app.app.db.connect()
  try {
    await other.query('begin')
    await other.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.audit])
    const changes = Array.from({ length: WAITING }, (_, n) => operator.call('POST', '/moderation/v1/items', { project: app.project.key, title: `Item ${n}` }))
    await expect.poll(() => app.app.db.waitingCount).toBeGreaterThan(0)
    expect((await visitor.vote(app.project.items[0])).statusCode).toBe(200)
    // It was answered before them: those in front have not been given up, and those behind wait for their connections.
    expect(app.app.db.waitingCount).toBeGreaterThan(0)
    await other.query('commit')
    expect((await Promise.all(changes)).map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: WAITING }, () => 201))
  } finally {
    other.release()
  }
})
