import { expect, it } from 'vitest'
import { deriveKeys } from './keys.ts'
import { open, seal, sealContext } from './vault.ts'

const { vault: key } = deriveKeys('a master secret of the tests, 32+ characters')
const { vault: otherKey } = deriveKeys('another master secret of the tests, 32+ characters')
const context = sealContext.identity('pk_a', 'k1')
const secret = Buffer.from('hs256 secret of a customer')
const sealed = seal(key, secret, context)

it('opens what it sealed', () => expect(open(key, sealed, context)).toEqual(secret))

it('seals an empty secret too', () => expect(open(key, seal(key, Buffer.alloc(0), context), context)).toEqual(Buffer.alloc(0)))

it('never seals the same secret to the same bytes twice', () => expect(seal(key, secret, context)).not.toEqual(sealed))

it('leaves nothing of the secret readable', () => expect(sealed.includes(secret)).toBe(false))

it('says which secret will not open under another key, and why', () =>
  expect(() => open(otherKey, sealed, context)).toThrow(`cannot open ${context}: it was sealed under another TRUETALLY_SECRET`))

it.each([
  ['another project', sealContext.identity('pk_b', 'k1')],
  ['another secret of the project', sealContext.identity('pk_a', 'k2')],
  ['another kind of secret', sealContext.pepper('pk_a')],
])('does not open in the place of %s', (_name, elsewhere) => expect(() => open(key, sealed, elsewhere)).toThrow(`cannot open ${elsewhere}`))

it('notices a change of any one byte', () => {
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => open(key, changed, context), `byte ${index}`).toThrow(context)
  }
})

it('notices bytes cut off or added', () => {
  expect(() => open(key, sealed.subarray(0, -1), context)).toThrow('cannot open')
  expect(() => open(key, Buffer.concat([sealed, Buffer.from([0])]), context)).toThrow('cannot open')
})

it.each([0, 1, 13, 28])('calls %i bytes an unknown format', (length) =>
  expect(() => open(key, sealed.subarray(0, length), context)).toThrow(`sealed ${context} has an unknown format`))

it.each([0, 2, 255])('calls version %i an unknown format', (version) => {
  const other = Buffer.concat([Buffer.from([version]), sealed.subarray(1)])
  expect(() => open(key, other, context)).toThrow(`sealed ${context} has an unknown format`)
})
