import { expect, it } from 'vitest'
import { offsetsOf } from './country-offsets.ts'

it.each([
  ['DE', -120, -60],
  ['GB', -60, 0],
  ['IN', -330, -330],
  ['AU', -660, -480],
  ['IS', 0, 0],
  ['NP', -345, -345],
])('%s shows clocks from %i to %i minutes', (country, least, most) => expect(offsetsOf(country)).toMatchObject({ least, most }))

it('spans the time zones of wide countries', () => {
  expect(offsetsOf('US')).toMatchObject({ most: 600 })
  expect(offsetsOf('US')?.least).toBeLessThanOrEqual(240)
  expect(offsetsOf('RU')).toMatchObject({ least: -720, most: -120 })
})

it('knows a country’s zones by name', () => expect(offsetsOf('DE')?.zones.has('Europe/Berlin')).toBe(true))

it.each(['ZZ', 'XX', '', 'de', 'DEU', '../', 'D\u0000'])('knows nothing of %j, and does not fail on it', (country) =>
  expect(offsetsOf(country)).toBeUndefined())
