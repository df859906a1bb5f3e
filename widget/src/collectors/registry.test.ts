import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Signals } from '../../../server/contract/signals.ts'
import { registry } from './registry.ts'

const files = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.includes('.test.') && name !== 'registry.ts')

it.each(files)('%s is one collector and is registered', async (file) => {
  const collectors = Object.values(await import(/* @vite-ignore */ new URL(file, import.meta.url).href) as Record<string, unknown>)
  expect(collectors).toHaveLength(1)
  expect(Object.values(registry)).toContain(collectors[0])
})

it('every field of the wire schema has a collector of its own', () => {
  expect(new Set(Object.keys(registry))).toEqual(new Set(Object.keys(Signals.properties)))
  expect(new Set(Object.values(registry)).size).toBe(files.length)
})
