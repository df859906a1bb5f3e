/**
 * What @fastify/rate-limit counts by. Its own stores count either here or in Redis, and without Redis let everybody through or
 * nobody: this one counts here always, and asks Redis besides. Windows run by the time that passes, as an expiry in Redis does, and
 * not by the clock on the wall, which can be set.
 */
import type { FastifyInstance, RouteOptions } from 'fastify'
import type fastifyRateLimit from '@fastify/rate-limit'
import { LimitMemory } from '../gate/shared-limit.ts'

type Incremented = (error: Error | null, result?: { current: number; ttl: number }) => void

const MAX_KEYS = 50_000
/** A route’s own. Apart from the others’, so that a spray at one leaves their counts alone. */
const MAX_ROUTE_KEYS = 20_000
/** How long counts wait that were made without asking, for others of the same source. */
const GATHER_MS = 100
const MAX_GATHERED = 5000

export interface LimitStore {
  /** For @fastify/rate-limit’s `store`. */
  Store: fastifyRateLimit.FastifyRateLimitStoreCtor
  /**
   * Counts one for this key of the routes without a figure of their own, without waiting for Redis: it is told, and what the
   * others counted learned, a tenth of a second later. So a source on several nodes may overshoot by what it asks in that time.
   */
  hit(key: string, windowMs: number): number
  /**
   * For what the plugin does not count: how many there are of a key with this one, and the milliseconds until they are forgotten. Names are
   * apart from each other; '' is that of the routes without a figure of their own.
   */
  counter(name: string): (key: string, windowMs: number) => Promise<{ current: number; ttl: number }>
  readonly saturation: { keys: number; forgotten: number }
}

export function makeLimitStore({ redis }: Pick<FastifyInstance, 'redis'>): LimitStore {
  const memories: LimitMemory[] = []
  const untold = new Map<string, { by: number; windowMs: number }>()
  let gathering: NodeJS.Timeout | undefined

  const main = remember(MAX_KEYS)
  const nameOf = (prefix: string, key: string): string => redis.keys.name('r', prefix + key)

  const tellAll = (): void => {
    gathering = undefined
    for (const [key, { by, windowMs }] of untold) {
      redis.count('limit', nameOf('', key), 0, windowMs, by, (count) => {
        if (count !== undefined) main.learn(key, count.current, count.second, performance.now())
      })
    }
    untold.clear()
  }

  class Store {
    readonly #prefix: string
    readonly #memory: LimitMemory

    constructor(_options: unknown, prefix = '') {
      this.#prefix = prefix
      this.#memory = prefix === '' ? main : remember(MAX_ROUTE_KEYS)
    }

    incr(key: string, answer: Incremented, windowMs: number): void {
      const now = performance.now()
      const own = this.#memory.hit(key, windowMs, now)
      if (redis.state !== 'up') {
        answer(null, own)
        return
      }
      const besides = this.#prefix === '' ? untold.get(key)?.by ?? 0 : 0
      if (besides > 0) untold.delete(key)
      const isAsked = redis.count('limit', nameOf(this.#prefix, key), 0, windowMs, 1 + besides, (count) => {
        if (count === undefined || count.current < own.current) {
          answer(null, own)
          return
        }
        this.#memory.learn(key, count.current, count.second, performance.now())
        answer(null, { current: count.current, ttl: count.second })
      })
      if (!isAsked) answer(null, own)
    }

    child(options: RouteOptions): Store {
      const { method, url } = (options as unknown as { routeInfo: RouteOptions }).routeInfo
      return new Store(options, `${[method].flat().join(',')} ${url} `)
    }
  }

  function remember(maxKeys: number): LimitMemory {
    const memory = new LimitMemory(maxKeys)
    memories.push(memory)
    return memory
  }

  return {
    Store: Store as unknown as fastifyRateLimit.FastifyRateLimitStoreCtor,
    hit: (key, windowMs) => {
      const { current } = main.hit(key, windowMs, performance.now())
      if (redis.state === 'up') {
        const waits = untold.get(key)
        if (waits !== undefined) waits.by += 1
        else if (untold.size < MAX_GATHERED) untold.set(key, { by: 1, windowMs })
        gathering ??= setTimeout(tellAll, GATHER_MS).unref()
      }
      return current
    },
    counter: (name) => {
      const own = new Store({}, name)
      return (key, windowMs) => new Promise((resolve, reject) => {
        own.incr(key, (error, result) => (result === undefined ? reject(error ?? new Error('nothing was counted')) : resolve(result)), windowMs)
      })
    },
    get saturation() {
      let keys = 0
      let forgotten = 0
      for (const memory of memories) {
        keys += memory.size
        forgotten += memory.saturations
      }
      return { keys, forgotten }
    },
  }
}
