import { describe, expect, it } from 'vitest'
import { ACTION_TYPES } from '../../../../contract/rule.ts'
import { actionWords } from './action-words.ts'
import { tellEntry } from './timeline-words.ts'

const tell = (kind: string, detail: Record<string, unknown> = {}) => tellEntry({ at: 0, kind, actor: 'somebody', detail })

describe('what an entry of a timeline says', () => {
  it.each([
    ['firing', { value: 11, severity: 'high', again: true }, { text: 'It fires again, with 11 measured' }],
    ['severity', { from: 'high', to: 'critical', value: 3 }, { text: 'Its severity went from high to critical' }],
    ['notified', { what: 'new', channelId: '1' }, { text: 'Handed to the channel as new' }],
    ['undelivered', { error: 'it answered 503' }, { text: 'Could not be delivered', quoted: 'it answered 503' }],
    ['escalated', { escalations: 1, severity: 'high', responseTimeMs: 900_000 }, { text: 'Escalated: nobody acknowledged it in 15 min' }],
    ['escalated', { escalations: 1, severity: 'critical', responseTimeMs: 0 }, { text: 'Escalated: it was to be acknowledged at once' }],
    ['escalated', { note: 'look at this' }, { text: 'Escalated by hand', quoted: 'look at this' }],
    ['response', { action: 'block', target: '203.0.113.7', mode: 'enforce' }, { text: 'Blocked', quoted: '203.0.113.7' }],
    ['response', { action: 'block', target: '203.0.113.7', mode: 'log' }, { text: 'Would block', quoted: '203.0.113.7' }],
    ['response', { action: 'block', target: '127.0.0.1', mode: 'none', because: 'is this host' }, { text: 'Did not act: block', quoted: '127.0.0.1, because is this host' }],
    ['response', { failed: 'deadlock detected' }, { text: 'A response failed', quoted: 'deadlock detected' }],
    ['disposition', { disposition: 'false_positive', before: null }, { text: 'Called a false alarm' }],
    ['a_kind_to_come', {}, { text: 'a kind to come' }],
  ])('tells %s with %j', (kind, detail, told) => {
    expect(tell(kind, detail)).toEqual(told)
  })
})

it.each(ACTION_TYPES)('has words of its own for the action %s', (action) => {
  expect(actionWords(action, 'enforce')).not.toBe(action.replaceAll('_', ' '))
  expect(actionWords(action, 'log')).toMatch(/^Would /)
})

it('names an action it does not know as it is called', () => {
  expect(actionWords('constructor', 'enforce')).toBe('constructor')
})
