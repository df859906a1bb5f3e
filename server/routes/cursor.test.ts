import { expect, it } from 'vitest'
import { Problem } from '../errors.ts'
import { CURSOR_ID, CURSOR_MS, CURSOR_UUID, cutPage, readCursor } from './cursor.ts'

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e'
const rows = [{ at: 30, id: 3 }, { at: 20, id: 2 }, { at: 10, id: 1 }]
const keyOf = (row: { at: number; id: number }): number[] => [row.at, row.id]
const encode = (text: string): string => Buffer.from(text).toString('base64url')

it('reads back the key of the page’s last row, not of the row beyond it', () => {
  const { page, nextCursor } = cutPage(rows, 2, keyOf)
  expect(page).toEqual(rows.slice(0, 2))
  expect(readCursor(nextCursor ?? '', CURSOR_MS, CURSOR_ID)).toEqual(['20', '2'])
})

it.each([3, 4])('has no next page for three rows and a limit of %i', (limit) =>
  expect(cutPage(rows, limit, keyOf)).toEqual({ page: rows, nextCursor: null }))

it('has no next page for no rows', () => expect(cutPage([], 50, keyOf)).toEqual({ page: [], nextCursor: null }))

it('begins at the beginning without a cursor', () => expect(readCursor(undefined, CURSOR_ID)).toBeNull())

it('carries every kind of key', () => {
  const { nextCursor } = cutPage([1, 2], 1, () => [1_700_000_000_000, UUID, 4_000_000])
  expect(readCursor(nextCursor ?? '', CURSOR_MS, CURSOR_UUID, CURSOR_ID)).toEqual(['1700000000000', UUID, '4000000'])
})

it.each([
  ['nothing', ''],
  ['text that is no base64', '💥'],
  ['too few parts', encode('20')],
  ['too many parts', encode('20~2~1')],
  ['parts in the wrong order', encode(`${UUID}~20`)],
  ['an id of zero', encode('20~0')],
  ['an id with a leading zero', encode('20~02')],
  ['an id of eleven digits', encode('20~12345678901')],
  ['a negative time', encode('-20~2')],
  ['a time of sixteen digits', encode('1234567890123456~2')],
  ['a fraction', encode('20.5~2')],
  ['a line after the id', encode('20~2\n')],
  ['SQL', encode('20~2; drop table votes')],
])('refuses %s as a cursor', (_name, cursor) => {
  expect(() => readCursor(cursor, CURSOR_MS, CURSOR_ID)).toThrow(Problem)
  expect(() => readCursor(cursor, CURSOR_MS, CURSOR_ID)).toThrow(expect.objectContaining({ code: 'invalid_cursor', status: 400 }))
})

it('refuses a UUID in capitals, which would sort otherwise as text', () => {
  expect(readCursor(encode(UUID), CURSOR_UUID)).toEqual([UUID])
  expect(() => readCursor(encode(UUID.toUpperCase()), CURSOR_UUID)).toThrow(Problem)
})
