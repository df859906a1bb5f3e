import { expect, it } from 'vitest'
import { respond } from './respond.ts'

const tally = (without: number) => ({ without, with: without + 1 })

it('tells a held voter what a counted voter would have been told', () => {
  const counted = respond({ result: 'recorded', state: 'c', value: 1 }, tally(13))
  const held = respond({ result: 'recorded', state: 'h', value: 1 }, tally(12))
  const invalidated = respond({ result: 'unchanged', state: 'i', value: 1 }, tally(12))
  expect([held, invalidated]).toEqual([counted, counted])
})

it('adds nothing for a vote taken back', () => {
  expect(respond({ result: 'recorded', state: 'h', value: 0 }, tally(12))).toEqual({ value: 0, votes: 12 })
})

it('gives one reason for every refusal that is about the voter', () => {
  expect(respond({ result: 'refused', because: 'seat_taken' }, tally(1))).toEqual(respond({ result: 'refused', because: 'superseded' }, tally(1)))
})

it('says of an item that is gone that voting is closed', () => {
  expect(respond({ result: 'refused', because: 'merged' }, tally(1))).toEqual({ refused: 'voting_closed' })
})
