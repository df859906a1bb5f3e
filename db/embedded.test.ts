import { expect, test } from 'vitest'
import { sharedBuffersMb } from './embedded.ts'

const GB = 2 ** 30

test.each([[0.25, 64], [1, 128], [4, 512], [24, 1024]])('of %d GB of memory PostgreSQL keeps %d MB for its pages', (memory, megabytes) => {
  expect(sharedBuffersMb(memory * GB)).toBe(megabytes)
})
