import { describe, expect, it } from 'vitest'
import { drawRows, runsOf } from './shared-rows.ts'

const member = (voteId: string, values: Record<string, string>, castAt = 0) =>
  ({ voteId, itemId: '1', voter: voteId, tier: 'device' as const, state: 'held' as const, heldFor: null, castAt, values })

describe('the picture of a cohort', () => {
  it('puts alike votes beside each other, the commonest value on top', () => {
    const { columns, rows } = drawRows(
      [member('a', { core: 'x' }), member('b', { core: 'x', network: 'n' }), member('c', {}), member('d', { core: 'x', network: 'n' }, -1)],
      [{ field: 'core', value: 'x', votes: 3 }, { field: 'network', value: 'n', votes: 2 }])
    expect(columns.map(({ voteId }) => voteId)).toEqual(['d', 'b', 'a', 'c'])
    expect(rows.map(({ field, has }) => [field, has])).toEqual([['core', [true, true, true, false]], ['network', [true, true, false, false]]])
  })

  it('has no more rows than one can look at', () => {
    const shared = Array.from({ length: 60 }, (_, n) => ({ field: 'network' as const, value: String(n), votes: 60 - n }))
    expect(drawRows([], shared).rows.map(({ value }) => value)).toEqual(Array.from({ length: 24 }, (_, n) => String(n)))
  })
})

it('neighbours are one shape, unless something else lies between them', () => {
  expect(runsOf(['h', 'h', false, 'h', 'i'])).toEqual([
    { from: 0, length: 2, mark: 'h' }, { from: 3, length: 1, mark: 'h' }, { from: 4, length: 1, mark: 'i' },
  ])
  expect(runsOf([])).toEqual([])
})
