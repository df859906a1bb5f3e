import { expect, it } from 'vitest'
import { createDeviceTokens } from './device-token.ts'

function createStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    clear: () => kept.clear(),
    key: () => null,
    length: 0,
  }
}

it('keeps the token under the project’s own key, for every tab', () => {
  const storage = createStorage()
  createDeviceTokens('pk_a', () => storage).keep('token')
  expect(storage.getItem('truetally:pk_a')).toBe('token')
  expect(createDeviceTokens('pk_a', () => storage).read()).toBe('token')
  expect(createDeviceTokens('pk_b', () => storage).read()).toBeUndefined()
})

it('stores nothing for a visitor who only looks, and knows the token for the life of the page', () => {
  const storage = createStorage()
  const tokens = createDeviceTokens('pk_a', () => storage)
  tokens.remember('token')
  expect(tokens.read()).toBe('token')
  expect(storage.getItem('truetally:pk_a')).toBeNull()
  expect(createDeviceTokens('pk_a', () => storage).read()).toBeUndefined()
})

it('remembers for the life of the page where storage is forbidden', () => {
  const tokens = createDeviceTokens('pk_a', () => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  })
  expect(tokens.read()).toBeUndefined()
  tokens.keep('token')
  expect(tokens.read()).toBe('token')
})
