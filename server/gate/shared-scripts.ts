/**
 * What the nodes ask of their shared memory, in its own words. Each script touches one key and is asked alone, so that a
 * cluster can hold the keys wherever it likes; each sets an expiry, so that nothing stays.
 */

export const SCRIPTS = {
  /**
   * One counted in two aligned windows, as gate/windows.ts counts. ARGV: the slot, how many, the window’s milliseconds.
   * A caller whose clock is behind counts in the slot that stands, and does not prolong it: one clock that runs
   * ahead must not keep a count alive that everybody else has seen fade.
   */
  window: `local slot, current, previous = -1, 0, 0
local held = redis.call('GET', KEYS[1])
if held then
  local a, b, c = string.match(held, '^(%d+):(%d+):(%d+)$')
  slot, current, previous = tonumber(a), tonumber(b), tonumber(c)
end
local now, by = tonumber(ARGV[1]), tonumber(ARGV[2])
if now > slot then
  if now == slot + 1 then previous = current else previous = 0 end
  current = by
  redis.call('SET', KEYS[1], ARGV[1] .. ':' .. current .. ':' .. previous, 'PX', 2 * tonumber(ARGV[3]))
else
  current = current + by
  redis.call('SET', KEYS[1], slot .. ':' .. current .. ':' .. previous, 'KEEPTTL')
end
return {current, previous}`,

  /** A window that begins with its first request. ARGV: the slot (unused), how many, the window’s milliseconds. Answers the count and the milliseconds left. */
  limit: `local current = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  left = tonumber(ARGV[3])
end
return {current, left}`,

  /**
   * An offence as gate/offences.ts notes it. ARGV: now, what, the window’s milliseconds, how many are too many. Answers the count
   * where it is that many and forgets the source then, else 0; so the set never grows past the rule’s figure.
   */
  offence: `redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', tonumber(ARGV[1]) - tonumber(ARGV[3]))
local count = redis.call('ZCARD', KEYS[1])
if count >= tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[1])
  return count
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0`,

  /** Who showed this first. ARGV: who shows it now, for how many milliseconds to remember, 1 where they may become the first. Answers null where nobody has. */
  owner: `local owner = redis.call('GET', KEYS[1])
if owner then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return owner
end
if ARGV[3] ~= '1' then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`,

  /** Whether it is new: 1 or 0. ARGV: for how many milliseconds to remember. */
  once: `if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`,
} as const

export type ScriptName = keyof typeof SCRIPTS
/** Those whose answer is a count and a second figure; several questions about one key are asked as one (gate/shared-batch.ts). */
export type CountingScript = 'window' | 'limit'

export interface SharedCount {
  current: number
  /** window: the count of the slot before. limit: milliseconds left. */
  second: number
}

/** undefined: it is no answer of a counting script. */
export function readCount(reply: unknown): SharedCount | undefined {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined
  const [current, second] = reply.map(Number) as [number, number]
  return Number.isFinite(current) && Number.isFinite(second) ? { current, second } : undefined
}

/** The total within the last window at `now`, faded as gate/windows.ts fades it. */
export const countWithin = ({ current, second }: SharedCount, windowMs: number, now: number): number =>
  current + Math.floor(second * (1 - (now % windowMs) / windowMs))
