/**
 * `app.redis`: what the nodes of one installation know together, in the Redis or Valkey of REDIS_URL. It is asked, and never
 * waited for: without an answer within a tenth of a second the asker goes by what this node knows, until Redis answers again.
 * So its loss refuses nobody, holds nobody up, and opens nothing (plugins/counts.ts, plugins/rate-limits.ts count on by themselves).
 *
 * Questions of one turn of the event loop leave together. A probe that writes, once a second, tells that Redis is gone
 * before a vote does, and that it is back: one that answers PING but is full, read-only or not ours to write is still away.
 */
import fp from 'fastify-plugin'
import { type Answer, type Question, SharedBatch } from '../gate/shared-batch.ts'
import { SharedKeys } from '../gate/shared-keys.ts'
import { type CountingScript, SCRIPTS, type ScriptName, type SharedCount, readCount } from '../gate/shared-scripts.ts'

/** A vote asks twice. */
const DEFAULT_TIMEOUT_MS = 100
const PROBE_MS = 1000
/** A connection that answers no probe for as long is given up for a new one. */
const STUCK_MS = 3000
/** How long the start waits for it: the first votes should be counted with those of the other nodes. */
const START_MS = 1000
/** More than a hundred votes at once ask for, and few enough to be answered in time. */
const MAX_WAITING = 4000
/** One that keeps going away within this time of coming back is believed later each time, from the third on. */
const STEADY_MS = 30_000
const RELAPSES_BELIEVED = 2
const LONGEST_DOUBT_MS = 30_000

export interface SharedMemory {
  /** off: there is no REDIS_URL. */
  readonly state: 'off' | 'up' | 'away'
  readonly keys: SharedKeys
  /** false: it is not asked, and `answer` never called. Otherwise `answer` is called once, with undefined where Redis did not. */
  ask(script: Exclude<ScriptName, CountingScript>, key: string, args: readonly string[], answer: Answer<unknown>): boolean
  /** The same for what is counted. `slot` is 0 for `limit`. */
  count(script: CountingScript, key: string, slot: number, windowMs: number, by: number, answer: Answer<SharedCount>): boolean
  /** Since the start: times it went away, and questions not asked because too many waited. */
  readonly saturation: { waiting: number; failures: number; refused: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    redis: SharedMemory
  }
}

export interface RedisOptions {
  url: string | undefined
  /** How long an answer may take. */
  timeoutMs?: number | undefined
}

export default fp<RedisOptions>(
  async (app, { url, timeoutMs = DEFAULT_TIMEOUT_MS }) => {
    /** It asks more than once where it loads scripts. */
    const probeTimeoutMs = 3 * timeoutMs
    const keys = new SharedKeys(app.keys.shared)
    if (url === undefined) {
      app.decorate('redis', { state: 'off', keys, ask: () => false, count: () => false, saturation: { waiting: 0, failures: 0, refused: 0 } })
      return
    }

    // Its client is a megabyte of code, and one server alone has no Redis.
    const { LOST, evaluate, faultOf, openRedis, sendAll } = await import('./redis-connection.ts')
    const redis = openRedis(url)
    const shas = new Map<ScriptName, string>()
    const inFlight = new Set<() => void>()
    let state: 'up' | 'away' = 'away'
    let started = false
    let closing = false
    let waiting = 0
    let failures = 0
    let refused = 0
    // Milliseconds of the process, all of them: the connection’s time, not the votes’.
    let awaySince = performance.now()
    let openedAt = awaySince
    let backSince = Number.NEGATIVE_INFINITY
    let relapses = 0
    let doubtMs = 0
    let lastFault = LOST
    /** Since it went away. */
    const saidFaults = new Set<string>()

    const tell = (back: boolean): void => {
      const reason = back ? {} : { reason: lastFault }
      saidFaults.clear()
      saidFaults.add(lastFault)
      app.ledger.write({
        projectId: 0, eventType: 'suspicious_activity', severity: back ? 'low' : 'medium', endpoint: '*',
        errorMessage: back
          ? 'Redis is back: limits hold for all nodes together again'
          : `Redis does not answer (${lastFault}): each node keeps the limits by itself`,
        detail: { kind: 'shared_limits', state: back ? 'back' : 'away', ...reason },
      })
      app.log.warn(reason, back ? 'redis is back' : 'redis does not answer; each node keeps the limits by itself')
    }
    const goAway = (fault: string): void => {
      lastFault = fault
      if (state === 'away' || closing) return
      state = 'away'
      failures += 1
      awaySince = performance.now()
      relapses = awaySince - backSince < STEADY_MS ? relapses + 1 : 0
      doubtMs = relapses > RELAPSES_BELIEVED ? Math.min(LONGEST_DOUBT_MS, PROBE_MS * 2 ** (relapses - RELAPSES_BELIEVED)) : 0
      // Whoever waits need not wait for their own time to run out.
      for (const giveUp of inFlight) giveUp()
      tell(false)
    }
    const comeBack = (): void => {
      if (state === 'up' || closing) return
      state = 'up'
      lastFault = LOST
      // At the start it has not been away.
      if (!started) return
      backSince = performance.now()
      tell(true)
    }

    let batch: SharedBatch | undefined
    const flush = (): void => {
      const sent = batch
      batch = undefined
      if (sent === undefined) return
      let over = false
      const finish = (): void => {
        over = true
        clearTimeout(timer)
        inFlight.delete(giveUp)
        waiting -= sent.size
      }
      const answers: (() => void)[] = []
      const giveUp = (): void => {
        if (over) return
        for (const answer of answers) answer()
      }
      const timer = lateAfter(timeoutMs, () => {
        if (!over) goAway(`no answer within ${timeoutMs} ms`)
      })
      inFlight.add(giveUp)
      if (state === 'up') sendAll(redis, () => sent.send((question, answer) => void answers.push(put(question, answer)), finish))
      else sent.send((_question, answer) => answer(undefined), finish)
    }
    /** Returns what answers it with nothing, where nothing has come by then. */
    const put = ({ script, key, args }: Question, answer: Answer<unknown>): (() => void) => {
      let answered = false
      const once: Answer<unknown> = (reply) => {
        if (answered) return
        answered = true
        answer(reply)
      }
      evaluate(redis, shas.get(script) ?? '', key, args, (error, reply) => {
        const isFault = error !== null && error !== undefined
        once(isFault ? undefined : reply)
        if (isFault) goAway(faultOf(error))
      })
      return () => once(undefined)
    }
    const open = (): SharedBatch | undefined => {
      if (state !== 'up') return undefined
      if (waiting >= MAX_WAITING) {
        refused += 1
        return undefined
      }
      waiting += 1
      if (batch === undefined) {
        batch = new SharedBatch()
        setImmediate(flush)
      }
      return batch
    }

    /** One at a time. Loads the scripts where they may be gone, and counts something: true where that is answered soon enough to be of use. */
    let probing = false
    const probe = async (): Promise<boolean> => {
      probing = true
      const begun = performance.now()
      try {
        if (state === 'away') {
          for (const name of Object.keys(SCRIPTS) as ScriptName[]) shas.set(name, String(await redis.script('LOAD', SCRIPTS[name])))
        }
        const reply = await redis.evalsha(shas.get('window') ?? '', 1, 'tt:probe', '0', '1', String(PROBE_MS))
        return readCount(reply) !== undefined && performance.now() - begun < probeTimeoutMs
      } catch (error) {
        goAway(faultOf(error as Error))
        return false
      } finally {
        probing = false
      }
    }
    const look = async (): Promise<void> => {
      if (state === 'up') {
        if (probing) return
        const timer = lateAfter(probeTimeoutMs, () => {
          if (probing) goAway('no answer to a probe')
        })
        await probe()
        clearTimeout(timer)
        return
      }
      const now = performance.now()
      if (probing || redis.status === 'connect') {
        if (now - Math.max(awaySince, openedAt) < STUCK_MS) return
        openedAt = now
        redis.disconnect(true)
        return
      }
      if (redis.status !== 'ready' || now - awaySince < doubtMs) return
      if (await probe()) comeBack()
    }

    /** That it is closed is said last, and least. */
    const blame = (error: unknown): void => {
      const fault = faultOf(error as Error)
      if (fault === LOST) return
      lastFault = fault
      // A refusal can come after it was told as gone, or after the start: whoever set a wrong password would never hear of it.
      if (!started || state === 'up' || closing || saidFaults.has(fault)) return
      saidFaults.add(fault)
      app.log.warn({ reason: fault }, 'redis still does not answer')
    }
    redis.on('error', blame)
    redis.on('connect', () => void (openedAt = performance.now()))
    redis.on('close', () => goAway(lastFault))
    const timer = setInterval(() => void look(), PROBE_MS)
    timer.unref()

    app.addHook('onClose', async () => {
      closing = true
      clearInterval(timer)
      redis.disconnect()
      for (const giveUp of inFlight) giveUp()
    })
    app.decorate('redis', {
      get state() {
        return state
      },
      keys,
      ask: (script, key, args, answer) => {
        const into = open()
        into?.ask({ script, key, args }, answer)
        return into !== undefined
      },
      count: (script, key, slot, windowMs, by, answer) => {
        const into = open()
        into?.count(script, key, slot, windowMs, by, answer)
        return into !== undefined
      },
      get saturation() {
        return { waiting, failures, refused }
      },
    } satisfies SharedMemory)

    // A first failure is only the first: ioredis goes on trying.
    await Promise.race([redis.connect().then(look, blame), after(START_MS)])
    started = true
    redis.on('ready', () => void look())
    if (state === 'away') {
      failures += 1
      tell(false)
    }
  },
  { name: 'redis', dependencies: ['clock', 'keys', 'ledger'] },
)

const after = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())

/** Looked at once more after what has arrived is read: a busy turn of our own event loop is no fault of Redis. */
function lateAfter(milliseconds: number, look: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(look), milliseconds).unref()
}
