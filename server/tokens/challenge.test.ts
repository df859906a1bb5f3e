import { describe, expect, it } from 'vitest'
import { type StepUp, isSolved, mintStepUp, readSolution, readStepUp } from './challenge.ts'

const KEY = Buffer.alloc(32, 1)
const NOW = 1_800_000_000_000
const stepUp: StepUp = {
  projectId: 1, origin: 'https://shop.example', device: 'd1', itemId: 7, difficulty: 20, issuedAt: NOW, expiresAt: NOW + 60_000,
}

function solve(nonce: string, itemId: number, difficulty: number): string {
  for (let counter = 0; ; counter += 1) {
    if (isSolved({ nonce, counter: String(counter) }, itemId, difficulty)) return `${nonce}:${counter}`
  }
}

describe('a solution', () => {
  it('is solved for its own item, and a lucky other one only as often as chance has it', () => {
    const solution = readSolution(solve('n0nce', 7, 12))
    expect(solution).toBeDefined()
    expect(isSolved(solution as NonNullable<typeof solution>, 7, 12)).toBe(true)
    const elsewhere = Array.from({ length: 200 }, (_, item) => isSolved(solution as NonNullable<typeof solution>, 100 + item, 12))
    expect(elsewhere.filter(Boolean).length).toBeLessThan(4)
  })

  it('counts bits from the front: FIPS 180-4 of "abc:1:0" has as many leading zeros as a bit string says', () => {
    for (let counter = 0; counter < 500; counter += 1) {
      let bits = 0
      while (isSolved({ nonce: 'abc', counter: String(counter) }, 1, bits + 1)) bits += 1
      expect(isSolved({ nonce: 'abc', counter: String(counter) }, 1, bits)).toBe(true)
    }
  })

  it('of difficulty 0 is solved by anything', () => {
    expect(isSolved({ nonce: 'n', counter: '0' }, 1, 0)).toBe(true)
  })

  it.each(['', ':', ':1', 'nonce', 'nonce:', 'nonce:x', 'nonce:-1', 'nonce:1.5', 'nonce:01', 'nonce:99999999999999999', 'nonce:1 '])(
    'of the form “%s” is none', (text) => {
      expect(readSolution(text)).toBeUndefined()
    })

  it('may have a nonce with dots: a step-up’s', () => {
    const nonce = mintStepUp(KEY, stepUp)
    expect(readSolution(`${nonce}:42`)).toEqual({ nonce, counter: '42' })
    expect(nonce.length).toBeLessThan(600)
  })
})

describe('a step-up', () => {
  it('is read back by the server that gave it out, for the vote it was given out for', () => {
    expect(readStepUp(KEY, mintStepUp(KEY, stepUp), stepUp, NOW + 59_999)).toEqual(stepUp)
  })

  it.each([
    ['another project', { projectId: 2 }], ['another origin', { origin: 'https://rogue.example' }],
    ['another device', { device: 'd2' }], ['another item', { itemId: 8 }],
  ])('is none for %s', (_, other) => {
    expect(readStepUp(KEY, mintStepUp(KEY, stepUp), { ...stepUp, ...other }, NOW)).toBeUndefined()
  })

  it('ends, and cannot be made up', () => {
    expect(readStepUp(KEY, mintStepUp(KEY, stepUp), stepUp, NOW + 60_000)).toBeUndefined()
    expect(readStepUp(KEY, mintStepUp(Buffer.alloc(32, 2), stepUp), stepUp, NOW)).toBeUndefined()
    expect(readStepUp(KEY, 'made.up', stepUp, NOW)).toBeUndefined()
  })
})
