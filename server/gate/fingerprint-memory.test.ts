import { expect, it } from 'vitest'
import { FingerprintMemory } from './fingerprint-memory.ts'

it('sees no change in the first fingerprint of a device', () => expect(new FingerprintMemory(2).show('d1', 'aaa', undefined)).toBe(false))

it('sees a change once, when it happens', () => {
  const memory = new FingerprintMemory(2)
  expect(['aaa', 'aaa', 'bbb', 'bbb', 'aaa'].map((shown) => memory.show('d1', shown, undefined))).toEqual([false, false, true, false, true])
})

it('compares with older knowledge where it has none of its own', () => {
  expect(new FingerprintMemory(2).show('d1', 'bbb', 'aaa')).toBe(true)
  expect(new FingerprintMemory(2).show('d1', 'aaa', 'aaa')).toBe(false)
})

it('trusts what it saw itself over older knowledge', () => {
  const memory = new FingerprintMemory(2)
  memory.show('d1', 'bbb', 'aaa')
  expect(memory.show('d1', 'bbb', 'aaa')).toBe(false)
})

it('keeps devices apart', () => {
  const memory = new FingerprintMemory(2)
  memory.show('d1', 'aaa', undefined)
  expect(memory.show('d2', 'bbb', undefined)).toBe(false)
})

it('never holds more devices than it may', () => {
  const memory = new FingerprintMemory(3)
  for (let device = 0; device < 100; device++) memory.show(`d${device}`, 'aaa', undefined)
  expect(memory.size).toBe(3)
})

it('forgets the device heard of longest ago, not the one first seen', () => {
  const memory = new FingerprintMemory(2)
  memory.show('d1', 'aaa', undefined)
  memory.show('d2', 'aaa', undefined)
  memory.show('d1', 'aaa', undefined)
  memory.show('d3', 'aaa', undefined)
  expect(memory.show('d1', 'bbb', undefined)).toBe(true)
  expect(memory.show('d2', 'bbb', undefined)).toBe(false)
})

it('forgets nobody for hearing again from a device it knows', () => {
  const memory = new FingerprintMemory(2)
  memory.show('d1', 'aaa', undefined)
  memory.show('d2', 'aaa', undefined)
  memory.show('d2', 'aaa', undefined)
  expect(memory.size).toBe(2)
  expect(memory.show('d1', 'bbb', undefined)).toBe(true)
})

it('remembers a thousand devices like the first one', () => {
  const memory = new FingerprintMemory(1000)
  const devices = Array.from({ length: 1000 }, (_, n) => `d${n}`)
  for (const device of devices) memory.show(device, `of ${device}`, undefined)
  expect(devices.filter((device) => memory.show(device, `of ${device}`, undefined))).toEqual([])
  expect(devices.filter((device) => !memory.show(device, 'another', undefined))).toEqual([])
})
