import { isDeepStrictEqual } from 'node:util'
import { isObject } from './lay-over.ts'

export interface Difference {
  /** Keys from the root. */
  path: readonly string[]
  from: unknown
  to: unknown
}

/** Where two documents differ, in the order of the first; lists are compared whole. `undefined`: not there. */
export function findDifferences(from: unknown, to: unknown, path: readonly string[] = []): Difference[] {
  if (isDeepStrictEqual(from, to)) return []
  if (!isObject(from) || !isObject(to)) return [{ path, from, to }]
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => findDifferences(from[key], to[key], [...path, key]))
}
