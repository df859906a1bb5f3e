/** What the nodes ask of Redis, asked of a real one: that it counts as a node does, forgets in time, and names nobody. */
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCRIPTS, type ScriptName, type SharedCount, countWithin, readCount } from '../../server/gate/shared-scripts.ts'
import { Windows } from '../../server/gate/windows.ts'
import { startNodes } from '../helpers/nodes-on-redis.ts'
import { Person } from '../helpers/person.ts'
import { type TestRedis, startRedis, whyNoRedis } from '../helpers/redis.ts'

describe.skipIf(whyNoRedis !== undefined)('The shared memory', () => {
  let server: TestRedis
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.close()
  })
  const ask = (script: ScriptName, key: string, ...args: (string | number)[]): Promise<unknown> => redis.eval(SCRIPTS[script], 1, key, ...args)
  const count = async (key: string, now: number, windowMs: number, by = 1): Promise<SharedCount> => {
    const answer = readCount(await ask('window', key, Math.floor(now / windowMs), by, windowMs))
    if (answer === undefined) throw new Error('no count')
    return answer
  }

  test('counts in windows exactly as a node does, whatever the times', async () => {
    const windowMs = 60_000
    const windows = new Windows(windowMs, 1000)
    // Small steps and long pauses, and now and then a step back, as clocks of several nodes differ.
    let now = 1_800_000_000_000
    let seed = 7
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    for (let turn = 0; turn < 600; turn += 1) {
      now += random() < 0.05 ? 45_000 + random() * 90_000 : random() < 0.1 ? -random() * 800 : random() * 4000
      now = Math.floor(now)
      const key = `k${Math.floor(random() * 3)}`
      expect({ turn, total: countWithin(await count(`tt:test:${key}`, now, windowMs), windowMs, now) }).toEqual({ turn, total: windows.hit(key, now) })
    }
  })

  const leftOf = async (key: string): Promise<number> => {
    const left = await redis.pttl(key)
    expect(left).toBeGreaterThan(0)
    return left
  }
  const isGone = async (key: string): Promise<boolean> => (await redis.exists(key)) === 0

  test('keeps nothing longer than two windows, and a clock that runs behind prolongs nothing', async () => {
    await count('tt:test:long', 1_200_000, 60_000)
    expect(await leftOf('tt:test:long')).toBeLessThanOrEqual(120_000)
    // As if most of that had passed.
    await redis.pexpire('tt:test:long', 50_000)
    await count('tt:test:long', 1_140_000, 60_000)
    await count('tt:test:long', 1_200_001, 60_000)
    expect(await leftOf('tt:test:long')).toBeLessThanOrEqual(50_000)
    await count('tt:test:long', 1_260_000, 60_000)
    expect(await leftOf('tt:test:long')).toBeGreaterThan(50_000)

    await count('tt:test:short', 10_000, 50)
    await expect.poll(() => isGone('tt:test:short')).toBe(true)
  })

  test('begins a limit with the first request and ends it on time, however many came', async () => {
    expect(await ask('limit', 'tt:test:limit', 0, 3, 60_000)).toEqual([3, 60_000])
    await redis.pexpire('tt:test:limit', 50_000)
    const [current, left] = await ask('limit', 'tt:test:limit', 0, 2, 60_000) as [number, number]
    expect(current).toBe(5)
    expect(left).toBeLessThanOrEqual(50_000)
    expect(await leftOf('tt:test:limit')).toBeLessThanOrEqual(50_000)

    expect(await ask('limit', 'tt:test:brief', 0, 3, 50)).toEqual([3, 50])
    await expect.poll(() => isGone('tt:test:brief')).toBe(true)
    expect(await ask('limit', 'tt:test:brief', 0, 1, 50)).toEqual([1, 50])
  })

  test('counts what differs among offences, forgets old ones, and the source when there are too many', async () => {
    const answers: unknown[] = []
    for (const [now, what] of [[0, 'a'], [10, 'a'], [20, 'b'], [60_015, 'c'], [60_030, 'd'], [60_040, 'e']] as const) {
      answers.push(await ask('offence', 'tt:test:offences', now, what, 60_000, 3))
    }
    // `a` was last seen at 10 and is too old at 60 015; `b` at 60 030. The third that counts is e.
    expect(answers).toEqual([0, 0, 0, 0, 0, 3])
    expect(await redis.exists('tt:test:offences')).toBe(0)
  })

  test('knows who showed something first, and what is new', async () => {
    expect([
      await ask('owner', 'tt:test:owner', 'zero', 50_000, 0), await ask('owner', 'tt:test:owner', 'one', 50_000, 1), await ask('owner', 'tt:test:owner', 'two', 120_000, 1),
    ]).toEqual([null, 'one', 'one'])
    expect(await redis.pttl('tt:test:owner')).toBeGreaterThan(50_000)
    expect([await ask('once', 'tt:test:once', 50_000), await ask('once', 'tt:test:once', 50_000)]).toEqual([1, 0])
  })
})

describe.skipIf(whyNoRedis !== undefined)('What stands in Redis after votes, sessions and guesses', () => {
  test('expires, names nobody, and is small', async () => {
    const nodes = await startNodes()
    const redis = new Redis(nodes.redis.url)
    try {
      const project = await nodes.project()
      const person = new Person(nodes.first, { project, ip: '2001:db8:77:1::5' })
      await person.click(project.items[0])
      await nodes.first.app.inject({ url: '/api/widget/v1/pk_nobody/board', remoteAddress: '198.51.100.77' })
      await nodes.first.app.inject({ url: '/api/security/v1/events', remoteAddress: '198.51.100.77', headers: { authorization: 'Bearer ttop_guess' } })

      let keys: string[] = []
      // What a probe leaves is gone a moment later, and there again with the next one.
      await expect.poll(async () => {
        keys = await redis.keys('*')
        return [...new Set(keys.map((key) => key.split(':')[1]))].toSorted()
      }).toEqual(['g', 'o', 'probe', 'r', 'w'])
      const dump: string[] = []
      for (const key of keys) {
        const left = await redis.pttl(key)
        // Of one that has expired meanwhile there is nothing to read, and no time left.
        expect({ key, expires: left > 0 || left === -2 }).toEqual({ key, expires: true })
        const held = (await redis.type(key)) === 'zset' ? await redis.zrange(key, '0', '-1') : [await redis.get(key) ?? '']
        dump.push(key, ...held)
        expect(await redis.call('MEMORY', ['USAGE', key]) ?? 0).toBeLessThan(300)
      }
      const { voter } = (await nodes.first.app.db.query<{ voter: string }>('select voter from votes where project_id = $1', [project.id])).rows[0] ?? {}
      const digest = createHash('sha256').update('2001:db8:77:1::/64').digest('base64url').slice(0, 22)
      const text = dump.join('\n')
      for (const secret of ['2001:db8', '198.51', 'pk_nobody', 'ttop_guess', person.fingerprint, voter ?? '', digest, person.deviceToken ?? '']) {
        expect(secret).not.toBe('')
        expect(text).not.toContain(secret)
      }
    } finally {
      redis.disconnect()
      await nodes.close()
    }
  })
})
