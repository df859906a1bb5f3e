import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { pauseAfter, runUnhurried } from './unhurried.ts'

test('What is quick runs at its interval, what is slow takes an eighth of the time at most, or half of it where nobody else wants it', () => {
  expect(pauseAfter(0, 500, true)).toBe(500)
  expect(pauseAfter(50, 500, true)).toBe(450)
  expect(pauseAfter(62.5, 500, true)).toBe(437.5)
  for (const took of [80, 500, 4000]) expect(took / (took + pauseAfter(took, 500, true))).toBeCloseTo(1 / 8)
  for (const took of [300, 4000]) expect(took / (took + pauseAfter(took, 500, false))).toBeCloseTo(1 / 2)
  expect(pauseAfter(60_000, 500, true), 'what only waited').toBe(30_000)
})

test('One run at a time, and none after it was ended', async () => {
  let runs = 0
  let under = 0
  const end = runUnhurried(2, async () => {
    runs += 1
    under += 1
    expect(under).toBe(1)
    await sleep(3)
    under -= 1
  })
  await expect.poll(() => runs).toBeGreaterThanOrEqual(3)
  end()
  const atEnd = runs
  await sleep(100)
  expect(runs).toBe(atEnd)
})
