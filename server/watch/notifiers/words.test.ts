import { describe, expect, it } from 'vitest'
import { alert, message } from './message.fixture.ts'
import { clean, figuresOf, headlineOf, threadOf } from './words.ts'

describe('text that others chose', () => {
  it.each([
    ['a\r\nb\tc', 'a b c'],
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['abc\u202Egnp.exe', 'abcgnp.exe'],
    ['a\u2028b\u2029c', 'a b c'],
    ['\u200Bhidden\uFEFF', 'hidden'],
    ['nul\u0000', 'nul'],
    ['x\ud800y', 'x\ufffdy'],
    ['Grüße 😀 漢字', 'Grüße 😀 漢字'],
  ])('%j becomes one printable line', (text, line) => expect(clean(text, 100)).toBe(line))

  it('is cut without breaking a letter', () => {
    expect(clean('abcdef', 5)).toBe('abcd…')
    expect(clean('abc😀😀', 5)).toBe('abc…')
    expect(clean('abcde', 5)).toBe('abcde')
  })
})

it('has a headline for each kind of message', () => {
  expect(headlineOf(message())).toBe('HIGH, firing: Many failed authentications from 203.0.113.7')
  expect(headlineOf(message({ kind: 'escalation', severity: 'critical' }))).toMatch(/^CRITICAL, unacknowledged, firing: /)
  expect(headlineOf(message({ status: 'resolved' }))).toMatch(/^HIGH, resolved: /)
})

it('says when and how much', () => {
  expect(figuresOf(alert())).toBe('since 2026-03-01T09:30:00Z, 11 lines, measured 11')
  expect(figuresOf(alert({ lines: 1, value: 0.123456789, endsAt: Date.UTC(2026, 2, 1, 10) }))).toBe('since 2026-03-01T09:30:00Z until 2026-03-01T10:00:00Z, 1 line, measured 0.123457')
})

it('names a thread by project and group, and by nothing else', () => {
  expect(threadOf(message({ status: 'resolved', title: 'x' }))).toBe(threadOf(message()))
  expect(threadOf(message({ projectId: 2 }))).not.toBe(threadOf(message()))
  expect(threadOf(message({ groupKey: 'x'.repeat(100_000) }))).toMatch(/^[0-9a-f]{40}$/)
})
