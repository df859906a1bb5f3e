/** What rules can tell apart about a refused key or user token, beyond the sentence a person reads. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let server: TestApp
let host = 0
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(() => void (host += 1))

const address = (): string => `192.0.2.${host}`
const details = async (): Promise<unknown[]> =>
  (await readEvents(server, { ip: address(), sort: 'oldest' })).map(({ detail, count }) => ({ ...detail, count }))
const ask = async (key: string) => await server.app.inject({ url: `/api/widget/v1/${key}/board`, remoteAddress: address() })
const seconds = (): number => Math.floor(server.clock.now / 1000)
const bare = (header: object, sub: string): string =>
  [header, { sub }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.'
const present = async (userToken: string): Promise<void> => {
  expect((await new Visitor(server, { ip: address(), userToken }).start()).statusCode).toBe(401)
  server.clock.now += 1
}

describe('An unknown key', () => {
  test('that continues another of the same network is marked, and each key is a line of its own', async () => {
    for (const key of ['pk_2041', 'pk_2042', 'pk_2042', 'pk_2043']) {
      await ask(key)
      server.clock.now += 1
    }
    expect(await details()).toEqual([
      { apiKey: 'pk_2041', count: 1 }, { apiKey: 'pk_2042', pattern: 'sequential', count: 2 }, { apiKey: 'pk_2043', pattern: 'sequential', count: 1 },
    ])
  })

  test('on a page that many open is one line, without a mark', async () => {
    server.clock.now += 3_600_000
    for (let turn = 0; turn < 15; turn += 1) await ask('pk_forgotten')
    expect(await details()).toEqual([{ apiKey: 'pk_forgotten', count: 15 }])
  })
})

describe('A refused user token', () => {
  test('says by a word what was wrong with it', async () => {
    const sub = 'usr_12345678'
    await present(bare({ alg: 'none' }, sub))
    await present(bare({ alg: 'RS256' }, sub))
    await present(await signUserToken(server, sub, { secret: 'another secret' }))
    await present(await signUserToken(server, sub, { claims: { exp: seconds() - 60 } }))
    await present(await signUserToken(server, sub, { claims: { aud: 'pk_other' } }))
    await present(await signUserToken(server, sub, { claims: { exp: seconds() + 200_000 } }))
    await present('no token at all')
    const told = await details() as { reason: string; alg?: string; user?: string }[]
    expect(told.map(({ reason, alg }) => [reason, alg])).toEqual([
      ['alg_none', 'none'], ['wrong_alg', 'RS256'], ['signature', 'HS256'], ['expired', 'HS256'], ['audience', 'HS256'], ['lifetime', 'HS256'], ['malformed', undefined],
    ])
    expect(new Set(told.slice(0, -1).map(({ user }) => user)).size).toBe(1)
    expect(told[0]?.user).toMatch(/^[0-9a-f]{16}$/)
    expect(told.at(-1)).not.toHaveProperty('user')
  })

  test('tells users apart whose masked ids are one, and the same user of two projects', async () => {
    const subs = ['usr_1234_alice', 'usr_1234_bob__', 'usr_1234_carol']
    for (const sub of subs) await present(await signUserToken(server, sub, { secret: 'guess' }))
    const other = await server.addProject()
    const userToken = await signUserToken(server, subs[0] ?? '', { secret: 'guess', project: other })
    expect((await new Visitor(server, { ip: address(), userToken, project: other }).start()).statusCode).toBe(401)
    const told = await readEvents(server, { ip: address() })
    expect(new Set(told.map(({ metadata }) => metadata.endUserId))).toEqual(new Set(['usr_***']))
    expect(new Set(told.map(({ detail }) => detail['user'])).size).toBe(4)
    expect(JSON.stringify(told)).not.toContain('alice')
  })
})
