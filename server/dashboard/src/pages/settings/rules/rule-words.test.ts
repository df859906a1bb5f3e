import { expect, it } from 'vitest'
import { actionWords, thresholdWords } from './rule-words.ts'

it('calls fields what the page of an alert calls them', () => {
  expect(thresholdWords({ type: 'value_count', rules: ['a'], timespan: '5m', 'group-by': ['ipAddress', 'detail.user'], condition: { gte: 3, field: 'itemId' } }))
    .toBe('At least 3 different values of item within 5 minutes, for each address and user')
  expect(actionWords({ type: 'block', target: 'ipAddress', ttl: '30m', level: null })).toBe('block the address for 30 minutes')
})

it('counts one line as one', () => {
  expect(thresholdWords({ type: 'event_count', rules: ['a'], timespan: '1h', condition: { gte: 1 } })).toBe('At least 1 line within 1 hour')
  expect(thresholdWords({ type: 'event_count', rules: ['a'], timespan: '1h', condition: { gte: 11 } })).toBe('At least 11 lines within 1 hour')
})
