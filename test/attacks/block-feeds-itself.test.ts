/**
 * The hole: what a block turns away counts as new evidence, so a page that retries is blocked for ever, and each block fills the
 * ledger with its own denials.
 * Here: a denial by a block is no event and no offence; the block ends when it said it would.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => app.close())

test('Somebody who retries all through a block is let in when it ends, and the ledger knows of the block alone', async () => {
  const ip = '192.0.2.9'
  const page = new Visitor(app, { ip })
  await page.start()
  const guess = (key: number) => app.app.inject({ url: `/api/widget/v1/pk_${key}/board`, remoteAddress: ip })
  for (let key = 0; key < 10; key += 1) await guess(key)
  await app.app.responses.settled()
  const before = await readEvents(app, { ip })

  for (let second = 0; second < 60; second += 1) {
    for (const answer of [await page.vote(app.project.items[0]), await page.start(), await guess(1000 + second)]) expect(answer.statusCode).toBe(403)
    app.clock.now += 1000
  }
  expect((await page.vote(app.project.items[0])).statusCode).toBe(200)
  expect(await readEvents(app, { ip })).toEqual(before)
  const { rows } = await app.app.db.query('select * from blocks')
  expect(rows).toHaveLength(1)
})
