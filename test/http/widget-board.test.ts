/** The board and the receipts: what the public sees, and what a voter can prove. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReceipt } from '../../server/tokens/receipt.ts'
import { readSession } from '../../server/tokens/session.ts'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, addressAt, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

test('The board shows the items in order with their counted votes, and nothing else', async () => {
  const project = await app.addProject({ name: 'Corner shop', mode: 'strict', fingerprint: 'off' })
  await new Visitor(app, { project }).vote(project.items[1])
  const board = await new Visitor(app, { project }).call('GET', '/board')
  expect(board.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(board.json()).toEqual({
    project: { name: 'Corner shop', mode: 'strict', fingerprint: 'off' },
    items: ['Gift cards', 'Wish lists', 'Dark mode'].map((title, index) => ({
      id: project.items[index], title, description: '', status: 'open', votes: index === 1 ? 1 : 0,
    })),
  })
})

test('The board moves with the very vote, and its ETag with it', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project })
  const before = await visitor.call('GET', '/board')
  const etag = before.headers.etag as string
  expect(etag).toMatch(/^"[\w-]{22}"$/)
  expect(before.headers).toMatchObject({
    'cache-control': 'public, max-age=0, s-maxage=1, stale-while-revalidate=2, stale-if-error=86400',
    'access-control-allow-origin': ORIGIN, vary: 'Origin, Accept-Encoding',
  })

  const same = await visitor.call('GET', '/board', undefined, { 'if-none-match': `"other", W/${etag}` })
  expect(same.statusCode).toBe(304)
  expect(same.body).toBe('')
  expect(same.headers).toMatchObject({ etag, 'access-control-allow-origin': ORIGIN })

  for (const [value, votes] of [[1, 1], [0, 0], [1, 1]] as const) {
    const voted = await visitor.vote(item, value)
    const board = await visitor.call('GET', '/board', undefined, { 'if-none-match': etag })
    expect(voted.json()).toMatchObject({ votes })
    expect(board.statusCode).toBe(votes === 0 ? 304 : 200)
    expect(await visitor.tally(item)).toBe(votes)
  }
})

test('Reading the board a hundred times writes nothing', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  await visitor.vote(project.items[0])
  const count = async (): Promise<unknown> => (await app.app.db.query(
    'select (select count(*) from votes) as votes, (select count(*) from decisions) as decisions, (select sum(version) from tallies) as versions')).rows[0]
  const before = await count()
  const answers = await Promise.all(Array.from({ length: 100 }, () => visitor.call('GET', '/board')))
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
  expect(await count()).toEqual(before)
})

test.each(['device', 'verified'] as const)('The receipt of a %s vote says who, what and when, under the server’s key', async (tier) => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project, ...(tier === 'verified' ? { userToken: await signUserToken(app, 'usr_receipt', { project }) } : {}) })
  const { receipt } = (await visitor.vote(item)).json<{ receipt: string }>()
  const { rows } = await app.app.db.query<{ voter: string }>(
    'select voter from votes where project_id = $1 and superseded_by is null', [project.id])

  expect(readReceipt(app.app.keys.receipt, receipt)).toEqual({
    projectId: project.id, itemId: Number(item), voter: rows[0]?.voter, value: 1, at: app.clock.now,
  })
})

test('A receipt that was changed, or signed for another purpose, proves nothing', async () => {
  const visitor = new Visitor(app, { ip: addressAt(3) })
  const { receipt } = (await visitor.vote(app.project.items[0])).json<{ receipt: string }>()
  const [body = '', signature = ''] = receipt.split('.')
  const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace('"value":1', '"value":0')).toString('base64url')
  expect(changed).not.toBe(body)
  const { receipt: key, session: sessionKey } = app.app.keys
  for (const forged of [`${changed}.${signature}`, body, `${body}.`, `${body}.AAAA`, `.${signature}`, visitor.session]) {
    expect(readReceipt(key, forged)).toBeUndefined()
  }
  // And a receipt opens no session.
  expect(readSession(sessionKey, receipt, { projectId: app.project.id, origin: ORIGIN }, app.clock.now)).toEqual({ refused: 'session_invalid' })
})

test('The session answer says nothing about anybody else, and is not to be kept by caches', async () => {
  const project = await app.addProject()
  await new Visitor(app, { project }).vote(project.items[0])
  const answer = await new Visitor(app, { project }).start()
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(Object.keys(answer.json<object>()).toSorted()).toEqual(['challenge', 'deviceToken', 'expiresAt', 'session', 'verified', 'votedItemIds'])
  expect(answer.json()).toMatchObject({ votedItemIds: [], verified: false, challenge: null, expiresAt: app.clock.now + 1_800_000 })
})
