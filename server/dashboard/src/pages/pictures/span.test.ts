import { expect, test } from 'vitest'
import { spanOf } from './span.ts'

const of = (query: Record<string, string>) => spanOf({ query, set: () => undefined, href: () => '' }, 10_000_000_000)

test('a closer look is the one the address asks for', () => {
  expect(of({ since: '1000', until: '8640000000000000' })).toMatchObject({ range: undefined, since: 1000, until: 8.64e15 })
})

test.each([['8640000000000001', '8640000000000002'], ['1000', '8640000000000001'], ['2000', '1000'], ['x', '1000'], ['-1', '1000']])(
  'from %s to %s is none: the usual range is shown', (since, until) => {
    expect(of({ since, until })).toMatchObject({ range: '24h', until: undefined })
  },
)
