/**
 * The hole: a preview locks every vote it finds, as the real thing must. Over 300 000 votes that was 2.4 seconds in which none
 * of their voters, and behind the first of them nobody, could vote.
 * Here: a preview locks nothing. Somebody else’s lock does not stop it, so it takes none itself; the real thing waits.
 */
import { afterEach, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor } from '../helpers/visitor.ts'

let app: TestApp
afterEach(() => app.close())

test.each(['invalidations', 'votes/release'])('A preview of %s locks no vote', async (action) => {
  app = await startApp()
  const [item] = app.project.items
  await new Visitor(app).vote(item)
  if (action === 'votes/release') {
    await app.app.db.query(`update votes set state = 'h'`)
    await app.app.db.query('update tallies set held = counted, counted = 0')
  }
  const ask = async (dryRun: boolean): Promise<{ matched: number }> => (await app.app.inject({
    method: 'POST', url: `/api/moderation/v1/${action}`, headers: { authorization: app.operators.moderator },
    payload: { project: app.project.key, filter: { item }, reason: 'a test says so', dryRun },
  })).json()

  const other = await app.app.db.connect()
  try {
    await other.query('begin')
    await other.query('select from votes for update')
    expect(await ask(true)).toMatchObject({ id: null, matched: 1 })
    const waiting = ask(false)
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'))])
    expect(early).toBe('still waiting')
    await other.query('commit')
    expect(await waiting).toMatchObject({ matched: 1 })
  } finally {
    other.release()
  }
})
