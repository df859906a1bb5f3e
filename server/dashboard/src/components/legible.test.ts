import { expect, test } from 'vitest'
import { legible } from './Untrusted.tsx'

test.each([
  ['plain text, and “quotes”', 'plain text, and “quotes”'],
  ['a\u202Etxt.exe', 'aU+202Etxt.exe'],
  ['\u3164\u115F\u1160', 'U+3164U+115FU+1160'],
  ['x\u{E0041}\u{E007F}y', 'xU+E0041U+E007Fy'],
  ['\u0000\u009F', 'U+0000U+009F'],
  ['two\nlines', 'two\nlines'],
])('%j is shown as %j', (text, shown) => {
  expect(legible(text)).toBe(shown)
})

test('is cut by characters, not within one', () => {
  expect(legible('🙂🙂🙂', 2)).toBe('🙂🙂…')
  expect(legible('🙂🙂', 2)).toBe('🙂🙂')
})
