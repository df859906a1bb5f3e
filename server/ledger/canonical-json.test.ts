import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code units at every depth, and leaves lists alone', () => {
    expect(canonicalJson({ b: [2, 1, { z: null, a: true }], a: {}, '\u{1f600}': 1, '\ufb33': 2, '': [] }))
      .toBe('{"":[],"a":{},"b":[2,1,{"a":true,"z":null}],"\u{1f600}":1,"\ufb33":2}')
  })

  // The number samples of RFC 8785, appendix B.
  it.each([
    [0, '0'], [-0, '0'], [5e-324, '5e-324'], [1.7976931348623157e308, '1.7976931348623157e+308'], [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'], [1e21, '1e+21'], [1e23, '1e+23'], [333333333.3333333, '333333333.3333333'], [1e-7, '1e-7'],
    [9.999999999999997e22, '9.999999999999997e+22'], [0.000001, '0.000001'], [Number('1424953923781206.25'), '1424953923781206.2'],
  ])('writes the number %d as %s', (value, text) => expect(canonicalJson(value)).toBe(text))

  it('writes text as ECMAScript does', () => {
    expect(canonicalJson('\u20ac$\u000F\nA\'\u0042\u0022\u005c\\"/\u2028')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028"')
  })

  it('is the same whatever order members came in', () => {
    expect(canonicalJson(JSON.parse('{"a":1,"__proto__":{"y":2,"x":1}}'))).toBe(canonicalJson(JSON.parse('{"__proto__":{"x":1,"y":2},"a":1.0}')))
    expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}')
  })

  it('makes of a number that is none for JSON what equals nothing that is', () => {
    expect(canonicalJson(JSON.parse('[1e400]'))).toBe('[Infinity]')
    expect(() => JSON.parse(canonicalJson(Number.NEGATIVE_INFINITY))).toThrow(SyntaxError)
  })
})
