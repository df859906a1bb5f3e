import { expect, it } from 'vitest'
import { type Question, SharedBatch } from './shared-batch.ts'
import type { SharedCount } from './shared-scripts.ts'

/** Sends it and answers by `reply`; returns what was asked. */
function send(batch: SharedBatch, reply: (question: Question) => unknown): { asked: Question[]; done: number } {
  const asked: Question[] = []
  let done = 0
  batch.send((question, answer) => {
    asked.push(question)
    answer(reply(question))
  }, () => (done += 1))
  return { asked, done }
}

const ignore = (): void => undefined

it('asks once about one key, and tells each asker the count as it was with them', () => {
  const batch = new SharedBatch()
  const told: (SharedCount | undefined)[] = []
  for (const by of [1, 1, 3]) batch.count('window', 'item', 7, 60_000, by, (count) => told.push(count))
  const { asked, done } = send(batch, () => [25, 4])
  expect(asked).toEqual([{ script: 'window', key: 'item', args: ['7', '5', '60000'] }])
  expect(told).toEqual([{ current: 21, second: 4 }, { current: 22, second: 4 }, { current: 25, second: 4 }])
  expect(done).toBe(1)
})

it('keeps apart keys, scripts and slots', () => {
  const batch = new SharedBatch()
  batch.count('window', 'a', 7, 60_000, 1, ignore)
  batch.count('window', 'a', 8, 60_000, 1, ignore)
  batch.count('window', 'b', 7, 60_000, 1, ignore)
  batch.count('limit', 'a', 7, 60_000, 1, ignore)
  batch.ask({ script: 'once', key: 'a', args: ['1'] }, ignore)
  batch.ask({ script: 'once', key: 'a', args: ['1'] }, ignore)
  expect(send(batch, () => [1, 0]).asked).toHaveLength(6)
  expect(batch.size).toBe(6)
})

it('answers with nothing where nothing came, or nothing that is a count', () => {
  for (const reply of [undefined, 'OK', [1], [1, 'x'], null]) {
    const batch = new SharedBatch()
    const told: unknown[] = []
    batch.count('limit', 'a', 0, 60_000, 1, (count) => told.push(count))
    batch.count('limit', 'a', 0, 60_000, 1, (count) => told.push(count))
    expect(send(batch, () => reply).done).toBe(1)
    expect(told).toEqual([undefined, undefined])
  }
})

it('is done after the last answer, not before', () => {
  const batch = new SharedBatch()
  const answers: ((reply: unknown) => void)[] = []
  let done = 0
  for (const key of ['a', 'b']) batch.ask({ script: 'once', key, args: [] }, () => undefined)
  batch.send((_question, answer) => void answers.push(answer), () => (done += 1))
  answers[1]?.(1)
  expect(done).toBe(0)
  answers[0]?.(1)
  expect(done).toBe(1)
})
