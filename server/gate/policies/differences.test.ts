import { expect, it } from 'vitest'
import { findDifferences } from './differences.ts'

it('names what changed, came and went, lists as a whole', () => {
  expect(findDifferences({ a: 1, b: { c: [1, 2], d: 2 }, e: 3 }, { a: 1, b: { c: [1], d: 2, f: 4 } })).toEqual([
    { path: ['b', 'c'], from: [1, 2], to: [1] },
    { path: ['b', 'f'], from: undefined, to: 4 },
    { path: ['e'], from: 3, to: undefined },
  ])
})

it('compares an object with null', () => expect(findDifferences({ a: { b: 1 } }, { a: null })).toEqual([{ path: ['a'], from: { b: 1 }, to: null }]))

it('finds none between equals', () => expect(findDifferences({ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1 }] } })).toEqual([]))
