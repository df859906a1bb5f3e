import { describe, expect, it } from 'vitest'
import { normaliseOriginPattern, originAllowed } from './origins.ts'

describe('normaliseOriginPattern', () => {
  it.each([
    ['https://App.Example.com', 'https://app.example.com'],
    ['https://example.com:443/', 'https://example.com'],
    ['http://localhost:4100', 'http://localhost:4100'],
    ['https://*.example.com', 'https://*.example.com'],
    ['https://*.example.com:8443', 'https://*.example.com:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('takes %s', (given, stored) => expect(normaliseOriginPattern(given)).toBe(stored))

  it.each([
    '*', 'null', '', 'example.com', 'https://', 'https://*', 'https://*.com', 'https://*.127.0.0.1', 'http://*.example.com',
    'https://a.*.example.com', 'https://example.com/path', 'https://user@example.com', 'https://example.com?x', 'ftp://example.com',
    'javascript:alert(1)', 'https://exa mple.com', 'https://*.*.example.com',
  ])('refuses %j', (given) => expect(normaliseOriginPattern(given)).toBeUndefined())
})

describe('originAllowed', () => {
  const list = ['https://app.example.com', 'https://*.shop.example']
  it.each(['https://app.example.com', 'https://a.shop.example', 'https://a.b.shop.example'])('allows %s', (origin) =>
    expect(originAllowed(origin, list)).toBe(true))
  it.each([
    undefined, 'null', '', 'http://app.example.com', 'https://app.example.com.evil.test', 'https://evil.test/https://app.example.com',
    'https://app.example.com:8443', 'https://shop.example', 'https://evilshop.example', 'https://a.shop.example.evil.test',
    'https://evil.test#.shop.example', 'https://evil.test/.shop.example', 'https://.shop.example', 'https://*.shop.example.evil',
    'https://APP.example.com ', 'https://evil.test\\.shop.example', 'https://user@a.shop.example',
  ])('does not allow %j', (origin) => expect(originAllowed(origin, list)).toBe(false))
})
