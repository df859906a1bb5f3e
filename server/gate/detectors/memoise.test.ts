import { expect, it } from 'vitest'
import { memoise } from './memoise.ts'

function counting() {
  const asked: string[] = []
  const lengthOf = memoise((text) => {
    asked.push(text)
    return text === '' ? undefined : text.length
  })
  return { asked, lengthOf }
}

it('answers as the function does, and asks it once for each text', () => {
  const { asked, lengthOf } = counting()
  expect(['ab', 'abc', 'ab', '', ''].map(lengthOf)).toEqual([2, 3, 2, undefined, undefined])
  expect(asked).toEqual(['ab', 'abc', ''])
})

it('never keeps more than it may: a flood of new texts makes it forget', () => {
  const { asked, lengthOf } = counting()
  lengthOf('first')
  for (let index = 0; index < 2000; index++) lengthOf(`text ${index}`)
  lengthOf('first')
  expect(asked.filter((text) => text === 'first')).toHaveLength(2)
})

it('does not keep a text no browser would send', () => {
  const { asked, lengthOf } = counting()
  const long = 'x'.repeat(1001)
  expect([lengthOf(long), lengthOf(long)]).toEqual([1001, 1001])
  expect(asked).toHaveLength(2)
})
