import { describe, expect, test } from 'vitest'
import { NOTHING, REVIEWS, bodyFilterOf, filterOf, isView, withinGroup } from './view.ts'

const NOW = 1_800_000_000_500

describe('what the address bar says', () => {
  test('is a filter of the API, whose range ends now', () => {
    expect(filterOf({ severity: 'high,critical', isRead: 'false', range: '24h', tab: 'x' }, 'pk_demo', NOW)).toMatchObject({
      project: 'pk_demo', severity: 'high,critical', isRead: 'false', since: 1_800_000_000_000 - 86_400_000, until: undefined,
    })
    expect(filterOf({ since: '5', until: '9' }, undefined, NOW)).toMatchObject({ since: 5, until: 9 })
  })

  test('and is none where somebody wrote nonsense into it', () => {
    expect(filterOf({ since: 'yesterday', until: '-1', isRead: 'maybe', range: '1y' }, undefined, NOW)).toMatchObject({ since: undefined, until: undefined, isRead: undefined })
  })

  test('goes into a body with what it says only, a boolean as one', () => {
    expect(bodyFilterOf({ isRead: 'false', ip: '192.0.2.1', origin: '' }, 'pk_demo', NOW)).toEqual({ project: 'pk_demo', isRead: false, ip: '192.0.2.1' })
  })
})

test('a view is known again by what it says, whatever else stands in the address', () => {
  for (const { query } of REVIEWS) expect(REVIEWS.filter((other) => isView({ ...query, project: 'pk_demo', row: 'x' }, other.query))).toHaveLength(1)
  expect(isView({}, REVIEWS[0]?.query ?? {})).toBe(false)
  expect(Object.values(NOTHING).every((value) => value === null)).toBe(true)
})

test('a group leads to its events, and what has no value leads nowhere', () => {
  expect(withinGroup('ipAddress', '192.0.2.1', {})).toEqual({ groupBy: null, row: null, ip: '192.0.2.1' })
  expect(withinGroup('eventType', 'origin_mismatch', {})).toEqual({ groupBy: null, row: null, eventType: 'origin_mismatch' })
  expect(withinGroup('origin', null, {})).toBeNull()
  expect(withinGroup('errorMessage', 'Token expired', {})).toBeNull()
  expect(withinGroup('errorMessage', 'Token expired', { eventType: 'jwt_validation_failed' })).toMatchObject({ errorMessage: 'Token expired' })
})
