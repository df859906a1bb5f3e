import { validate, version } from 'uuid'
import { expect, test } from 'vitest'
import { newDecisionId } from './decision-id.ts'

test('Ids are UUIDv7 of their time, in its order, and none twice', () => {
  const at = 1_795_275_370_372
  const ids = Array.from({ length: 2000 }, (_, index) => newDecisionId(at + index))
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
  expect(ids.map((id) => parseInt(id.replaceAll('-', '').slice(0, 12), 16))).toEqual(ids.map((_, index) => at + index))
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(Array.from({ length: 5000 }, () => newDecisionId(at))).size).toBe(5000)
})
