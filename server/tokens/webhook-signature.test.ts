import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { WEBHOOK_SECRET, findWebhookFault } from './webhook-signature.ts'

const SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`
const NOW = 1_700_000_000_000
const S = NOW / 1000
const BODY = Buffer.from('{"status":"down"}')
const sign = (id: string, timestamp: string, body = BODY, secret = SECRET): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${id}.${timestamp}.${body.toString()}`).digest('base64')}`
const fault = (id: string, timestamp: string, signature: string, body = BODY) => findWebhookFault(SECRET, { id, timestamp, signature }, body, NOW)
const at = (seconds: number): string => String(S + seconds)

it('takes what was signed with the secret just now, among signatures of other secrets and versions', () => {
  expect(fault('msg_1', at(0), sign('msg_1', at(0)))).toBeUndefined()
  expect(fault('msg_1', at(0), `v1a,AAAA v1,bm9uZQ== ${sign('msg_1', at(0))}`)).toBeUndefined()
})

it.each([
  ['nothing', ''], ['a version without a signature', 'v1'], ['an empty one', 'v1,'], ['another version', sign('msg_1', at(0)).replace('v1', 'v2')],
  ['one without its version', sign('msg_1', at(0)).slice(3)], ['that of another secret', sign('msg_1', at(0), BODY, `whsec_${'A'.repeat(32)}`)],
  ['that of another message', sign('msg_2', at(0))], ['that of another time', sign('msg_1', at(1))], ['that of another body', sign('msg_1', at(0), Buffer.from('{}'))],
  ['a cut one', sign('msg_1', at(0)).slice(0, -6)], ['ten wrong ones before the right one', `${'v1,bm9uZQ== '.repeat(10)}${sign('msg_1', at(0))}`],
])('refuses %s', (_, signature) => expect(fault('msg_1', at(0), signature)).toBe('signature'))

it.each([[-300, undefined], [-301, 'stale'], [300, undefined], [301, 'stale']])('%i seconds from now it is %s', (seconds, expected) =>
  expect(fault('msg_1', at(seconds), sign('msg_1', at(seconds)))).toBe(expected))

it.each(['', 'now', '1e9', '-5', `${S}.5`, '9'.repeat(13)])('calls the timestamp %j stale, however well signed', (timestamp) =>
  expect(fault('msg_1', timestamp, sign('msg_1', timestamp))).toBe('stale'))

const fits = (bytes: number): boolean => WEBHOOK_SECRET.test(`whsec_${Buffer.alloc(bytes).toString('base64')}`)

it('takes secrets of 24 to 64 bytes', () => {
  expect([23, 24, 32, 64, 66].map(fits)).toEqual([false, true, true, true, false])
  expect(WEBHOOK_SECRET.test(Buffer.alloc(32).toString('base64'))).toBe(false)
})
