import { describe, expect, it } from 'vitest'
import type { StateCode } from './settle.ts'
import { type Layer, removeLayers } from './vote-layers.ts'

/** Layers on each other over a base, ids 1, 2, 3 …; the state the vote is then in. */
function stack(base: StateCode, effects: string): { state: StateCode; layers: Layer[] } {
  let state = base
  const layers = [...effects].map((letter, index): Layer => {
    const prior = state
    state = letter as Layer['effect']
    return { action: index + 1, effect: letter as Layer['effect'], prior }
  })
  return { state, layers }
}
const without = (base: StateCode, effects: string, ended: number[], release = false): string => {
  const { state, layers } = stack(base, effects)
  const left = removeLayers(state, layers, new Set(ended), release)
  return [left.state, ...left.layers.map(({ action, prior }) => `${action} over ${prior}`)].join(', ')
}

describe('a vote without a layer', () => {
  it.each<[StateCode, string, number[], string]>([
    ['c', 'i', [1], 'c'],
    ['h', 'i', [1], 'h'],
    ['c', 'hi', [2], 'h, 1 over c'],
    ['c', 'hi', [1], 'i, 2 over c'],
    ['h', 'hi', [1], 'i, 2 over h'],
    ['c', 'hh', [1], 'h, 2 over c'],
    ['c', 'hhi', [2], 'i, 1 over c, 3 over h'],
    ['c', 'hhi', [1, 2, 3], 'c'],
    ['c', 'hi', [9], 'i, 1 over c, 2 over h'],
    ['c', '', [1], 'c'],
  ])('%s under %s, when %j end', (base, effects, ended, expected) => expect(without(base, effects, ended)).toBe(expected))
})

describe('a vote whose reason on arrival is gone', () => {
  it.each<[StateCode, string, number[], string]>([
    ['h', '', [], 'c'],
    ['h', 'i', [], 'i, 1 over c'],
    ['h', 'h', [], 'h, 1 over c'],
    ['h', 'h', [1], 'c'],
    ['c', 'h', [], 'h, 1 over c'],
  ])('%s under %s, when %j end', (base, effects, ended, expected) => expect(without(base, effects, ended, true)).toBe(expected))
})

it('comes to the same whatever the order in which layers end', () => {
  const orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]
  for (const base of ['c', 'h'] as const) {
    for (const effects of ['hhi', 'hii', 'hhh']) {
      for (const order of orders) {
        let now = stack(base, effects)
        for (const action of order) now = removeLayers(now.state, now.layers, new Set([action]), false)
        expect({ base, effects, order, now }).toEqual({ base, effects, order, now: { state: base, layers: [] } })
      }
    }
  }
})
