import { describe, expect, it } from 'vitest'
import { Problem } from '../errors.ts'
import { createPasswords, findPasswordFault, newPassword } from './passwords.ts'

describe('hashing', () => {
  it('is argon2id with OWASP’s parameters, and a salt for each', async () => {
    const passwords = createPasswords()
    const [one, other] = [await passwords.hash('the same password'), await passwords.hash('the same password')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await passwords.verify(one, 'the same password')).toBe(true)
    expect(await passwords.verify(one, 'the same passwore')).toBe(false)
  })

  it('finds nobody’s password right', async () => {
    expect(await createPasswords().verify(undefined, '')).toBe(false)
    expect(await createPasswords().verify(undefined, 'x'.repeat(1000))).toBe(false)
  })

  it('runs two at once, lets sixteen wait, refuses the rest, and goes on after a failure', async () => {
    const passwords = createPasswords(2)
    const all = Array.from({ length: 25 }, (_, n) => passwords.verify(n % 5 === 0 ? 'not a hash' : undefined, 'x'))
    expect(passwords.saturation).toEqual({ running: 2, waiting: 16 })
    const settled = await Promise.allSettled(all)
    const refused = settled.filter((one) => one.status === 'rejected' && one.reason instanceof Problem && one.reason.code === 'overloaded')
    expect(refused).toHaveLength(7)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(14)
    expect(passwords.saturation).toEqual({ running: 0, waiting: 0 })
    expect(await passwords.verify(undefined, 'x')).toBe(false)
  })
})

it.each([
  ['eleven char', 'takes at least 12 characters'], ['x'.repeat(201), 'takes at most 200 characters'], ['Ada Lovelace', 'is the name'], [' ADA lovelace ', 'is the name'],
  ['twelve chars', undefined], ['x'.repeat(200), undefined], ['👩‍💻'.repeat(4), undefined], ['            ', undefined],
])('says of %j: %s', (password, fault) => {
  expect(findPasswordFault(password, 'Ada Lovelace')).toBe(fault)
})

it('makes passwords of a hundred random bits that can be read out', () => {
  const made = Array.from({ length: 200 }, newPassword)
  for (const password of made) expect(password).toMatch(/^[a-hj-km-np-tv-z\d]{5}(?:-[a-hj-km-np-tv-z\d]{5}){3}$/)
  expect(new Set(made).size).toBe(200)
  expect(findPasswordFault(made[0] ?? '', 'admin')).toBeUndefined()
})
