import { expect, it } from 'vitest'
import { deriveKeys } from './keys.ts'
import { type Receipt, mintReceipt, readReceipt } from './receipt.ts'
import { sign } from './signed.ts'

const keys = deriveKeys('a master secret of the tests, 32+ characters')
const receipt: Receipt = { projectId: 7, itemId: 12, voter: '0f8fad5b-d9cb-469f-a165-70867728950e', value: 1, at: 1_700_000_000_000 }
const token = mintReceipt(keys.receipt, receipt)

it('proves exactly what was recorded', () => expect(readReceipt(keys.receipt, token)).toEqual(receipt))

it('cannot be turned into the receipt of another vote', () => {
  const forged = Buffer.from(JSON.stringify({ ...receipt, value: 0 })).toString('base64url')
  expect(readReceipt(keys.receipt, `${forged}.${token.split('.')[1]}`)).toBeUndefined()
})

it.each(['session', 'device'] as const)('is not a token signed under the %s key', (purpose) =>
  expect(readReceipt(keys.receipt, sign(keys[purpose], receipt))).toBeUndefined())
