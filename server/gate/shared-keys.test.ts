import { expect, it } from 'vitest'
import { SharedKeys } from './shared-keys.ts'

const keys = new SharedKeys(Buffer.alloc(32, 1))

it('names no address, and the same one always alike', () => {
  const name = keys.name('w:network:60000', '203.0.113.0/24')
  expect(name).toMatch(/^tt:w:network:60000:[\w-]{22}$/)
  expect(keys.name('w:network:60000', '203.0.113.0/24')).toBe(name)
  expect(keys.name('w:network:60000', '203.0.114.0/24')).not.toBe(name)
})

it('names it otherwise in another installation', () =>
  expect(new SharedKeys(Buffer.alloc(32, 2)).digest('203.0.113.0/24')).not.toBe(keys.digest('203.0.113.0/24')))
