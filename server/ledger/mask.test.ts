import { expect, it } from 'vitest'
import { finishEvent, plain } from './event.ts'
import { maskEmail, maskId } from './mask.ts'

it.each([
  ['jane@example.com', 'j***e@example.com'],
  ['jo@example.com', 'j***@example.com'],
  ['j@example.com', 'j***@example.com'],
  ['not an address', '***'],
  ['@example.com', '***'],
])('masks the address %s', (given, masked) => expect(maskEmail(given)).toBe(masked))

it.each([
  ['usr_12345678', 'usr_***'],
  ['usr_1234567890abcdef12345', 'usr_1234***'],
  ['9b2f6c1e-7a54-4d0e-8a51-3c7e2f1b9d60', '9b2f6c1e***'],
  ['alice', 'a***'],
  ['ab', '***'],
  ['', '***'],
  // Numbers people are called by, and what they are written to.
  ['+4915112345678', '+491***'],
  ['12345678', '12***'],
  ['joe@ibm.com', 'j***e@ibm.com'],
  ['jane.d@acme.org', 'j***d@acme.org'],
  ['jo@localhost', '***'],
  ['@jane:example.com', '***'],
  ['tenant@4915112345678', '***'],
])('masks the id %s', (given, masked) => expect(maskId(given)).toBe(masked))

it('shows a third of an id at most, however long it is', () => {
  for (let length = 0; length < 60; length += 1) {
    const shown = maskId('x'.repeat(length)).replace('***', '').length
    expect({ length, few: shown <= Math.min(8, length / 3) }).toEqual({ length, few: true })
  }
})

it('takes control characters, bidirectional overrides and length out of attacker-chosen text', () => {
  expect(plain('\u001b[31mred\u0000\u202Eevil\u2069')).toBe('[31mredevil')
  expect(plain('x'.repeat(10_000))).toHaveLength(300)
  expect(plain('\ud800lone')).toBe('\ufffdlone')
})

it('never lets a draft’s raw identity through', () => {
  const event = finishEvent({
    projectId: 1, eventType: 'jwt_validation_failed', endpoint: '/sessions', endUserId: 'usr_987654321', endUserEmail: 'ada@example.com',
  })
  expect(JSON.stringify(event)).not.toMatch(/usr_98765|ada@/)
  expect(event).toMatchObject({ endUserId: 'usr_***', endUserEmail: 'a***a@example.com' })
})
