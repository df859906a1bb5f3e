import { expect, it } from 'vitest'
import { ArrivalMemory } from './arrival-memory.ts'
import { seeded } from './seeded.fixture.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000

/** Arrivals after these gaps; the answer to the last one. */
function arrivals(memory: ArrivalMemory, gaps: readonly number[], network = 'n1', project = 1) {
  let at = NOW
  let answer = memory.arrive(project, network, at)
  for (const gap of gaps) answer = memory.arrive(project, network, at += gap)
  return answer
}

it('knows nothing from one arrival', () => expect(new ArrivalMemory(5).arrive(1, 'n1', NOW)).toBeUndefined())

it('finds no variation in clockwork, at any pace', () => {
  expect(arrivals(new ArrivalMemory(5), Array<number>(9).fill(3000))).toEqual({ gaps: 9, variation: 0 })
  expect(arrivals(new ArrivalMemory(5), Array<number>(9).fill(2 * HOUR))).toEqual({ gaps: 9, variation: 0 })
})

it('measures standard deviation over mean', () => {
  expect(arrivals(new ArrivalMemory(5), [1000, 3000])).toEqual({ gaps: 2, variation: 0.5 })
})

it('looks at the last 32 gaps', () => {
  const mixed = [...Array<number>(20).fill(90_000), ...Array<number>(32).fill(1000)]
  expect(arrivals(new ArrivalMemory(5), mixed)).toEqual({ gaps: 32, variation: 0 })
})

it('keeps networks and projects apart', () => {
  const memory = new ArrivalMemory(5)
  arrivals(memory, [1000, 1000])
  expect(memory.arrive(1, 'n2', NOW + 9000)).toBeUndefined()
  expect(memory.arrive(2, 'n1', NOW + 9000)).toBeUndefined()
})

it('measures no crowd that comes at once, and begins anew after a day or when the clock steps back', () => {
  expect(arrivals(new ArrivalMemory(5), Array<number>(40).fill(0))).toBeUndefined()
  expect(arrivals(new ArrivalMemory(5), [1000, 1000, 25 * HOUR])).toBeUndefined()
  expect(arrivals(new ArrivalMemory(5), [1000, 1000, -1])).toBeUndefined()
})

it('finds a thousand honest networks uneven: not one of them below 0.15 at any time', () => {
  const random = seeded(11)
  const memory = new ArrivalMemory(2000)
  let least = Infinity
  for (let network = 0; network < 1000; network++) {
    let at = NOW
    for (let person = 0; person < 60; person++) {
      at += Math.round(-Math.log(1 - random()) * 20_000)
      const found = memory.arrive(1, `n${network}`, at)
      if (found !== undefined && found.gaps >= 8) least = Math.min(least, found.variation)
    }
  }
  expect(least).toBeGreaterThan(0.15)
})

it('never holds more networks than it may, forgets the one heard of longest ago, and counts what it forgot early', () => {
  const memory = new ArrivalMemory(2)
  for (const network of ['n1', 'n2', 'n1', 'n3']) memory.arrive(1, network, NOW)
  expect([memory.size, memory.saturations]).toEqual([2, 1])
  expect(memory.arrive(1, 'n1', NOW + 1000)).toEqual({ gaps: 2, variation: 1 })
  memory.arrive(1, 'n4', NOW + 30 * HOUR)
  expect([memory.size, memory.saturations]).toEqual([2, 1])
})

it('measures each of a thousand networks by its own gaps, and those that come in the place of others anew', () => {
  const memory = new ArrivalMemory(1000)
  const networks = Array.from({ length: 1000 }, (_, n) => `n${n}`)
  const answers = new Map<string, ReturnType<ArrivalMemory['arrive']>>()
  for (let turn = 0; turn < 3; turn += 1) {
    // The first half comes like clockwork, the others wait a second and then three.
    for (const [n, network] of networks.entries()) answers.set(network, memory.arrive(1, network, NOW + (n < 500 ? turn * 2000 : [0, 1000, 4000][turn] ?? 0)))
  }
  expect(networks.filter((network, n) => answers.get(network)?.variation !== (n < 500 ? 0 : 0.5))).toEqual([])

  const later = networks.map((network) => `${network} later`)
  for (const network of later) memory.arrive(1, network, NOW + HOUR)
  expect(memory.size).toBe(1000)
  expect(later.filter((network) => memory.arrive(1, network, NOW + HOUR + 5000)?.gaps !== 1)).toEqual([])
})
