import { expect, it } from 'vitest'
import { publicTally } from './public-tally.ts'
import { seeded } from './seeded.fixture.ts'

const tally = (verified: number, device: number, share: number | null): number =>
  publicTally({ counted: verified + device, countedVerified: verified }, share)

it.each<[number | null, number, number, number]>([
  // Half: as many device votes as verified ones, exactly.
  [0.5, 7, 100, 14],
  [0.5, 7, 6, 13],
  // In binary, 7 · 0.3 / 0.7 is a little less than 3, and 9 · 0.1 / 0.9 than 1.
  [0.3, 7, 100, 10],
  [0.1, 9, 100, 10],
  [0.1, 8, 100, 8],
  [0.9, 1, 100, 10],
  [0.75, 3, 100, 12],
  [0, 7, 100, 7],
  [0.5, 0, 100, 0],
  [null, 0, 100, 100],
  [null, 7, 0, 7],
  [0.999999, 1, 2_000_000, 1_000_000],
  [1 - 2 ** -40, 1, 2_000_000, 1_000_000],
  [0.5, 2_147_483_647, 0, 2_147_483_647],
])('with a share of %s, %i verified and %i device votes show %i', (share, verified, device, shown) =>
  expect(tally(verified, device, share)).toBe(shown))

/** n/1000 as a decimal a person would type. */
const shares = Array.from({ length: 1000 }, (_, thousandths) => ({ thousandths, share: Number((thousandths / 1000).toFixed(3)) }))

it('shows the most device votes whose share is not above the cap, for every share to a thousandth', () => {
  const wrong = shares.flatMap(({ thousandths, share }) =>
    Array.from({ length: 60 }, (_, n) => n * n).flatMap((verified) => {
      const shown = BigInt(tally(verified, 100_000_000, share))
      const device = shown - BigInt(verified)
      const fits = device * 1000n <= shown * BigInt(thousandths)
      // One more would be too many.
      const most = (device + 1n) * 1000n > (shown + 1n) * BigInt(thousandths)
      return fits && most ? [] : [{ share, verified, shown }]
    }))
  expect(wrong).toEqual([])
})

it('never shows less than the verified votes nor more than the counted ones, and grows with the share and with each vote', () => {
  const random = seeded(41)
  for (let n = 0; n < 20_000; n += 1) {
    const [verified, device] = [Math.floor(random() * 500), Math.floor(random() * 500)]
    // As numbers: as texts, 9e-7 comes after 0.5.
    const [low = 0, high = 0] = [random(), random()].toSorted((a, b) => a - b)
    const shown = tally(verified, device, low)
    const at = { verified, device, low, high }
    expect({ at, holds: shown >= verified && shown <= verified + device }).toEqual({ at, holds: true })
    expect({ at, holds: tally(verified, device, high) >= shown }).toEqual({ at, holds: true })
    expect({ at, holds: tally(verified + 1, device, low) > shown && tally(verified, device + 1, low) >= shown }).toEqual({ at, holds: true })
  }
})
