import { expect, test } from 'vitest'
import { suggestion } from './nearest.ts'

test.each([
  ['ipAdress', 'ipAddress'], ['ipaddress', 'ipAddress'], ['scoer', 'score'], ['keep_firing', 'keep_firing_for'], ['orign', 'origin'], ['timespn', 'timespan'], ['time', 'timespan'],
])('%s is probably %s', (given, meant) => {
  expect(suggestion(given, ['origin', 'ipAddress', 'score', 'keep_firing_for', 'timespan', 'for'])).toBe(`; did you mean ${meant}?`)
})

test.each(['user', 'x', '', 'completely-different'])('%j is like nothing', (given) => expect(suggestion(given, ['tier', 'voter', 'origin'])).toBe(''))
