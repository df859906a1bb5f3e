/**
 * A partial document laid over a base. Objects are merged key by key; anything else, lists among them, takes the place of
 * what was there. The result may be no policy: keys that the base does not have are kept, so that the check can name them.
 */
export function layOver(base: unknown, partial: unknown): unknown {
  if (!isObject(base) || !isObject(partial)) return partial
  // Not assigned one by one: a document may have a key `__proto__`.
  return Object.fromEntries([
    ...Object.entries(base).filter(([key]) => !Object.hasOwn(partial, key)),
    ...Object.entries(partial).map(([key, value]): [string, unknown] =>
      [key, Object.hasOwn(base, key) ? layOver(base[key], value) : value]),
  ])
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
