/** One connection to Redis or Valkey, told to wait for nothing: whoever asks has an answer of their own. */
import { isIP } from 'node:net'
import { Command, Redis } from 'ioredis'

const CONNECT_MS = 2000
const RETRY_MS = { first: 50, longest: 1000 }

/**
 * Not connected yet. The URL has been checked (config.ts); its query is not read, where ioredis would let it turn off what is
 * set here.
 */
export function openRedis(text: string): Redis {
  const url = new URL(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const username = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  return new Redis({
    host,
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1) || 0),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    // A name is asked for and checked, an address can be neither.
    ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    connectionName: 'truetally',
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    keepAlive: 10_000,
    // A count that is sent again is counted twice, and one that waits answers nobody in time.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** Math.min(times, 10)) + Math.floor(Math.random() * 50),
    // After a failover the name leads to the new primary; the connection still leads to the old one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

export const LOST = 'connection lost'

/** A word for the ledger. Never the password: ioredis hangs the whole command on its errors, AUTH with its arguments included. */
export const faultOf = (error: Error & { code?: string }): string => error.code ?? /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? LOST

export function sendAll(redis: Redis, send: () => void): void {
  // One write for all of them; ioredis’s own pipeline costs twice the time per command (measured: 5.6 and 2.7 µs).
  redis.stream.cork()
  try {
    send()
  } finally {
    redis.stream.uncork()
  }
}

/** `answer` is called once, sooner or later. */
export function evaluate(
  redis: Redis, sha: string, key: string, args: readonly string[], answer: (error: Error | null | undefined, reply: unknown) => void,
): void {
  void redis.sendCommand(new Command('evalsha', [sha, '1', key, ...args], { replyEncoding: 'utf8' }, answer))
}
