import { expect, it } from 'vitest'
import { respond } from './respond.ts'

it('tells a held voter what a counted voter would have been told', () => {
  const counted = respond({ result: 'recorded', state: 'c', value: 1 }, 13)
  const held = respond({ result: 'recorded', state: 'h', value: 1 }, 12)
  const invalidated = respond({ result: 'unchanged', state: 'i', value: 1 }, 12)
  expect([held, invalidated]).toEqual([counted, counted])
})

it('adds nothing for a vote taken back', () => {
  expect(respond({ result: 'recorded', state: 'h', value: 0 }, 12)).toEqual({ value: 0, votes: 12 })
})

it('gives one reason for every refusal', () => {
  expect(respond({ result: 'refused', because: 'seat_taken' }, 1)).toEqual(respond({ result: 'refused', because: 'superseded' }, 1))
})
