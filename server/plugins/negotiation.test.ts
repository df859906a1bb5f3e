import { describe, expect, test } from 'vitest'
import { matchesTag, preferredEncoding } from './negotiation.ts'

describe('the encoding', () => {
  test.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['identity', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0.5,gzip;q=0.5', 'br'],
    ['gzip;q=0', 'identity'],
    ['gzip; q=0.000, br; q=0', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity;q=0', 'identity'],
    ['gzip;q=nonsense', 'gzip'],
    ['deflate, zstd', 'identity'],
    [',,;;', 'identity'],
  ] as const)('for %j is %s', (header, encoding) => {
    expect(preferredEncoding(header)).toBe(encoding)
    // Remembered, it is the same.
    expect(preferredEncoding(header)).toBe(encoding)
  })

  test('is worked out for however many different headers', () => {
    for (let n = 0; n < 1000; n += 1) expect(preferredEncoding(`gzip, br;q=0.${n % 1000}`)).toBe('gzip')
    expect(preferredEncoding(`${'deflate,'.repeat(1000)}br`)).toBe('br')
  })
})

describe('a tag', () => {
  const etag = '"abc.gz"'
  test.each([etag, `W/${etag}`, `"x", ${etag}`, `"x",W/${etag} , "y"`, '*', ' * ', `"a,b", ${etag}`])('is matched by %j', (header) => {
    expect(matchesTag(header, etag)).toBe(true)
  })
  test.each([undefined, '', 'abc.gz', '"abc"', '"abc.br"', '"*"', '"x", *', 'W/abc.gz', '"ABC.gz"'])('is not matched by %j', (header) => {
    expect(matchesTag(header, etag)).toBe(false)
  })
})
