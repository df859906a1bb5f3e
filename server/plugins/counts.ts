/**
 * `app.counts`: what a vote is counted by. This node counts always; where Redis answers, what all nodes counted is
 * what holds, and where it does not, this node’s share of it is the insurance. The greater of the two counts, so a Redis that
 * comes back empty forgives nobody.
 *
 * Without Redis every answer is there at once, and no promise is made for it.
 */
import fp from 'fastify-plugin'
import type { Signals } from '../contract/signals.ts'
import { gestureKeys } from '../gate/gesture-memory.ts'
import { countWithin } from '../gate/shared-scripts.ts'
import { WEBHOOK_TOLERANCE_MS } from '../tokens/webhook-signature.ts'

/**
 * A node remembers gestures for a day, as many as it has room for; all nodes together for an hour after the last showing, at about 120
 * bytes each, two to a vote: ten times the time would be ten times the Redis.
 */
const GESTURE_MS = 3_600_000

export interface CountedKey {
  window: 'voter' | 'network' | 'prefix' | 'item'
  key: string
}

export interface Counts {
  /** Counts one in each of the windows and answers the totals within each, in the order asked; a promise only while Redis is up. */
  hit(now: number, asked: readonly CountedKey[]): readonly number[] | Promise<readonly number[]>
  /** Whether another device made this gesture; undefined: there is too little of it to tell. */
  showGesture(projectId: number, device: string, signals: Signals, now: number): boolean | undefined | Promise<boolean | undefined>
  /** Takes a monitor’s message down; true when it has come before. */
  showMessage(id: string, now: number): boolean | Promise<boolean>
  readonly shared: 'off' | 'up' | 'away'
}

declare module 'fastify' {
  interface FastifyInstance {
    counts: Counts
  }
}

export default fp(
  async (app) => {
    const { redis, gate } = app

    const hit: Counts['hit'] = (now, asked) => {
      const counts = asked.map(({ window, key }) => gate.windows[window].hit(key, now))
      if (redis.state !== 'up') return counts
      return new Promise((resolve) => {
        let left = asked.length
        const settle = (): void => {
          left -= 1
          if (left === 0) resolve(counts)
        }
        asked.forEach(({ window, key }, place) => {
          const { windowMs } = gate.own.windows[window]
          const isAsked = redis.count('window', nameOf(window, windowMs, key), Math.floor(now / windowMs), windowMs, 1, (count) => {
            if (count !== undefined) counts[place] = Math.max(counts[place] ?? 0, countWithin(count, windowMs, now))
            settle()
          })
          if (!isAsked) settle()
        })
      })
    }
    /** The window’s length is in the name, so that nodes of two policies do not count in one. */
    const nameOf = (window: CountedKey['window'], windowMs: number, key: string): string => redis.keys.name(`w:${window}:${windowMs}`, key)

    const showGesture: Counts['showGesture'] = (projectId, device, signals, now) => {
      const seen = gate.gestures.show(projectId, device, signals, now)
      if (seen === undefined || redis.state !== 'up') return seen
      const shownBy = redis.keys.digest(device)
      const keys = gestureKeys(projectId, signals)
      return new Promise((resolve) => {
        let left = keys.length
        let anothers = false
        const settle = (owner: unknown): void => {
          // The first of all is the one Redis knows. Where it knows none, this node may, who then must not become the first there.
          anothers ||= typeof owner === 'string' ? owner !== shownBy : seen
          left -= 1
          if (left === 0) resolve(anothers)
        }
        for (const key of keys) {
          if (!redis.ask('owner', redis.keys.name('g', key), [shownBy, String(GESTURE_MS), seen ? '0' : '1'], settle)) settle(undefined)
        }
      })
    }

    const showMessage: Counts['showMessage'] = (id, now) => {
      const seen = gate.messages.show(id, now)
      if (seen || redis.state !== 'up') return seen
      return new Promise((resolve) => {
        // As long as it could be accepted again: a timestamp may be that far ahead as well as behind.
        const isAsked = redis.ask('once', redis.keys.name('m', id), [String(2 * WEBHOOK_TOLERANCE_MS)], (isNew) => resolve(isNew === 0))
        if (!isAsked) resolve(false)
      })
    }

    app.decorate('counts', {
      hit,
      showGesture,
      showMessage,
      get shared() {
        return redis.state
      },
    })
  },
  { name: 'counts', dependencies: ['gate', 'redis'] },
)
