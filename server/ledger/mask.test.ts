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
  ['usr_12345678', 'usr_1234***'],
  ['usr_1234567890', 'usr_1234***'],
  ['alice', 'a***'],
  ['abcd', '***'],
])('masks the id %s', (given, masked) => expect(maskId(given)).toBe(masked))

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
  expect(event).toMatchObject({ endUserId: 'usr_9876***', endUserEmail: 'a***a@example.com' })
})
