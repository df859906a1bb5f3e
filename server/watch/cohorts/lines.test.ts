import { expect, it } from 'vitest'
import { denseNetworks } from './lines.ts'

const on = (network: string, size: number): { network: string }[] => Array.from({ length: size }, () => ({ network }))

it('names the lines that a machine sits on, and not those of others who own the model', () => {
  expect(denseNetworks([...on('10.0.0.0/24', 20), ...on('10.1.0.0/24', 18), ...on('20.0.0.0/24', 1), ...on('20.1.0.0/24', 1)]))
    .toEqual(['10.0.0.0/24', '10.1.0.0/24'])
})

it('names none where members are spread out, as behind a pool of proxies', () => {
  expect(denseNetworks(Array.from({ length: 30 }, (_, index) => ({ network: `10.${index}.0.0/24` })))).toEqual([])
  expect(denseNetworks([...on('10.0.0.0/24', 6), ...Array.from({ length: 30 }, (_, index) => ({ network: `20.${index}.0.0/24` }))])).toEqual([])
  expect(denseNetworks([])).toEqual([])
})
