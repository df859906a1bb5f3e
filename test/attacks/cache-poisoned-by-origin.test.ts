/**
 * A board is the same for every reader but for one header: the origin it may be read from. A cache that keeps the answer to one origin
 * for another lets a stranger’s page read it, or locks the customer’s own page out. Here a shared cache that does what RFC 9111 says stands
 * between, and the attacker asks first.
 */
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'
import { type RawAnswer, askRaw } from '../helpers/raw-http.ts'

const OTHER = 'https://blog.example'
const EVIL = 'https://evil.example'

let server: TestApp
let port: number
beforeAll(async () => {
  server = await startApp()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = (server.app.server.address() as AddressInfo).port
})
afterAll(() => server.close())

interface Stored {
  url: string
  vary: [name: string, value: string | undefined][]
  answer: RawAnswer
}
let stored: Stored[] = []
beforeEach(() => void (stored = []))

/** Keeps what may be kept, under what `Vary` names, and answers from it for good: the worst a cache may do. */
async function throughCache(url: string, headers: Record<string, string>): Promise<RawAnswer> {
  const hit = stored.find((entry) => entry.url === url && entry.vary.every(([name, value]) => headers[name] === value))
  if (hit !== undefined) return hit.answer
  const answer = await askRaw(port, [`GET ${url} HTTP/1.1`, 'host: votes.example', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)])
  const directives = (answer.headers['cache-control'] ?? '').split(/,\s*/)
  if (!directives.includes('no-store') && !directives.includes('private') && answer.headers['vary'] !== '*') {
    const names = (answer.headers['vary'] ?? '').toLowerCase().split(/,\s*/).filter((name) => name !== '')
    stored.push({ url, vary: names.map((name) => [name, headers[name]]), answer })
  }
  return answer
}

const mayRead = ({ status, headers }: RawAnswer, origin: string): boolean => status === 200 && headers['access-control-allow-origin'] === origin

test('Whoever asks first, each origin is told of itself only, and a stranger of none', async () => {
  const project = await server.addProject({ origins: [ORIGIN, OTHER] })
  const url = `/api/widget/v1/${project.key}/board`
  for (const order of [[EVIL, ORIGIN, OTHER], [OTHER, EVIL, ORIGIN], [ORIGIN, OTHER, EVIL]]) {
    stored = []
    for (const encoding of ['br', 'gzip', undefined]) {
      const headers = (origin: string) => ({ origin, ...(encoding === undefined ? {} : { 'accept-encoding': encoding }) })
      // Three rounds, so that the lane has learned, and the cache has kept.
      for (let round = 0; round < 3; round += 1) {
        for (const origin of order) {
          const answer = await throughCache(url, headers(origin))
          const allowed = answer.headers['access-control-allow-origin']
          expect({ origin, round, read: mayRead(answer, origin), allowed }).toEqual({ origin, round, read: origin !== EVIL, allowed: origin === EVIL ? undefined : origin })
        }
      }
    }
    expect(stored.length).toBe(6)
  }
})

test('The lane, which is a cache, too, does the same without one in front of it', async () => {
  const project = await server.addProject({ origins: [ORIGIN, OTHER] })
  const ask = async (origin: string | undefined): Promise<RawAnswer> => await askRaw(port, [
    `GET /api/widget/v1/${project.key}/board HTTP/1.1`, 'host: votes.example', ...(origin === undefined ? [] : [`origin: ${origin}`]),
  ])
  const before = server.app.boardLane.answers
  for (let round = 0; round < 4; round += 1) {
    for (const origin of [ORIGIN, OTHER]) expect(mayRead(await ask(origin), origin)).toBe(true)
    for (const origin of [EVIL, undefined, 'null', `${ORIGIN}.evil.example`, ORIGIN.toUpperCase()]) {
      const answer = await ask(origin)
      expect({ origin, status: answer.status, allowed: answer.headers['access-control-allow-origin'] }).toEqual({ origin, status: 403, allowed: undefined })
    }
  }
  expect(server.app.boardLane.answers).toBeGreaterThan(before)
})

test('A refusal is kept by nobody, so that a stranger cannot have it served to others', async () => {
  const project = await server.addProject()
  for (const [path, origin] of [[`${project.key}/board`, EVIL], [`${project.key}/board`, undefined], ['pk_unknown_key/board', ORIGIN], [`${project.key}/boards`, ORIGIN]] as const) {
    const answer = await askRaw(port, [`GET /api/widget/v1/${path} HTTP/1.1`, 'host: votes.example', ...(origin === undefined ? [] : [`origin: ${origin}`])])
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers['cache-control']).toBe('no-store')
  }
})
