import { describe, expect, it, test } from 'vitest'
import { ConditionError, parseCondition, searchesOf } from './condition.ts'

const NAMES = ['selection', 'office', 'filter_a', 'filter_b']
const parse = (text: string) => parseCondition(text, NAMES)
const search = (name: string) => ({ search: name })

function complaint(text: string): string {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof ConditionError) return `${error.column}: ${error.message}`
    throw error
  }
  throw new Error(`${text} was taken`)
}

describe('a condition', () => {
  it('is the name of a search', () => expect(parse(' selection ')).toEqual(search('selection')))

  it('binds not before and, and before or', () => {
    expect(parse('not selection and office or filter_a')).toEqual({
      any: [{ all: [{ not: search('selection') }, search('office')] }, search('filter_a')],
    })
  })

  it('is grouped by parentheses', () => {
    expect(parse('selection and not (office or 1 of filter_*)')).toEqual({
      all: [search('selection'), { not: { any: [search('office'), { any: [search('filter_a'), search('filter_b')] }] } }],
    })
    expect(parse('((selection))')).toEqual(search('selection'))
    expect(parse('not not selection')).toEqual({ not: { not: search('selection') } })
  })

  it('asks for one or all of several', () => {
    expect(parse('all of them')).toEqual({ all: NAMES.map(search) })
    expect(parse('1 of them')).toEqual({ any: NAMES.map(search) })
    expect(parse('any of filter_*')).toEqual({ any: [search('filter_a'), search('filter_b')] })
    expect(parse('all of off*')).toEqual(search('office'))
    expect(parse('all of selection')).toEqual(search('selection'))
  })

  it('takes its words in either case, as Sigma’s rules write them', () => {
    expect(parse('selection AND NOT office')).toEqual(parse('selection and not office'))
  })

  it('names searches once each', () => {
    expect(searchesOf(parse('selection and not (office or 1 of filter_*) and selection'))).toEqual(['selection', 'office', 'filter_a', 'filter_b'])
  })
})

test.each([
  ['', '1: the name of a search is missing at the end'],
  ['selection and', '14: the name of a search is missing at the end'],
  ['selection or or office', '14: here a search should be named, not or'],
  ['selection office', '11: before office an "and" or "or" is missing'],
  ['(selection', '11: a parenthesis is not closed'],
  ['selection)', '10: this parenthesis closes nothing'],
  ['selection and nobody', '15: there is no search nobody'],
  ['1 of nobody_*', '6: there is no search nobody_*'],
  ['2 of them', '1: only 1, any and all can be asked of several searches, not 2'],
  ['1 selection', '3: after 1 comes "of"'],
  ['all of', '7: after all of comes "them", or the beginning of names and a *'],
  ['all of (office)', '8: after all of comes "them", or the beginning of names and a *'],
  ['filter_*', '1: say 1 of filter_* or all of filter_*'],
  ['selection | count() > 5', '11: | has no meaning in a condition'],
  ['Selection', '1: here a search should be named, not Selection'],
])('%j is refused: %s', (text, message) => expect(complaint(text)).toBe(message))

test('the deepest nesting that a rule file can hold is parsed', () => {
  expect(parse(`${'('.repeat(190)}selection${')'.repeat(190)}`)).toEqual(search('selection'))
})
