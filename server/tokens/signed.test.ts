import { expect, it } from 'vitest'
import { deriveKeys } from './keys.ts'
import { sign, verify } from './signed.ts'

const keys = deriveKeys('a master secret of the tests, 32+ characters')
const payload = { p: 7, text: 'Ünïcode ‘quotes’', at: 1_700_000_000_000 }
const token = sign(keys.session, payload)
const [body = '', mac = ''] = token.split('.')

const swapAt = (text: string, index: number): string => text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1)

it('reads back what it signed', () => expect(verify(keys.session, token)).toEqual(payload))

it('is made of characters that need no escaping in a URL or a header', () => expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/))

it('refuses a body changed at any one character', () => {
  for (let index = 0; index < body.length; index++) expect(verify(keys.session, `${swapAt(body, index)}.${mac}`)).toBeUndefined()
})

// The 43rd character carries two spare bits, so it alone has several spellings of the same 32 bytes.
it('refuses a mac changed at any one character', () => {
  for (let index = 0; index < mac.length - 1; index++) expect(verify(keys.session, `${body}.${swapAt(mac, index)}`)).toBeUndefined()
})

it('refuses a new body under an old mac', () => {
  const promoted = Buffer.from(JSON.stringify({ ...payload, p: 8 })).toString('base64url')
  expect(verify(keys.session, `${promoted}.${mac}`)).toBeUndefined()
})

it.each(['device', 'receipt', 'vault'] as const)('refuses a token signed under the %s key as a session', (purpose) =>
  expect(verify(keys.session, sign(keys[purpose], payload))).toBeUndefined())

it.each([
  ['nothing', ''],
  ['only a dot', '.'],
  ['no dot', body],
  ['no body', `.${mac}`],
  ['no mac', `${body}.`],
  ['half a mac', `${body}.${mac.slice(0, 20)}`],
  ['a mac with more behind it', `${token}AAAA`],
  ['a third part', `${token}.${mac}`],
  ['a JWT', 'eyJhbGciOiJub25lIn0.eyJwIjo3fQ.'],
  ['characters outside the alphabet', '\u0000\ufffd💥.💥'],
  ['a very long text', 'A'.repeat(100_000)],
])('refuses %s without throwing', (_name, hostile) => expect(verify(keys.session, hostile)).toBeUndefined())
