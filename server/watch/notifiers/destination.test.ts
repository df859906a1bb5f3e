import { describe, expect, it } from 'vitest'
import { pinTo, refuseAddress, resolveHost } from './destination.ts'

const PUBLIC = ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8']
const ALLOWABLE = ['127.0.0.1', '127.255.0.9', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fc00::1', 'fd12:3456::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1']
const NEVER = [
  '169.254.169.254', '168.63.129.16', '100.100.100.200', 'fd00:ec2::254', '0.0.0.0', '::', '255.255.255.255', '224.0.0.1', 'ff02::1', 'fe80::1', '240.0.0.1', '192.0.2.1',
  '198.18.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '::ffff:169.254.169.254', 'fec0::1', 'not an address',
]

describe('an address', () => {
  it.each(PUBLIC)('%s is reachable', (address) => expect(refuseAddress(address, false)).toBeUndefined())
  it.each(ALLOWABLE)('%s is reachable where the channel allows it', (address) => {
    expect(refuseAddress(address, false)).toContain('allowPrivate')
    expect(refuseAddress(address, true)).toBeUndefined()
  })
  it.each(NEVER)('%s is never reachable', (address) => {
    expect(refuseAddress(address, false)).toBeTypeOf('string')
    expect(refuseAddress(address, true)).toMatch(/no channel reaches|no address/)
  })
})

const { signal } = new AbortController()
/** A resolver that answers so. */
const answering = (...addresses: string[]) => (async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))) as unknown as NonNullable<Parameters<typeof resolveHost>[3]>

describe('a name', () => {
  it('leads to all of its addresses', async () => {
    expect(await resolveHost('hooks.example', false, signal, answering('8.8.8.8', '2606:4700::1'))).toEqual([{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1', family: 6 }])
  })

  it('is refused when one of them is, for good', async () => {
    expect(await resolveHost('rebind.example', false, signal, answering('8.8.8.8', '127.0.0.1'))).toEqual({
      delivered: false, final: true, reason: 'rebind.example leads to where it must not: 127.0.0.1 is a loopback address; the channel would need allowPrivate',
    })
  })

  it('that is not found may be found later', async () => {
    const failing = (async () => {
      throw Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })
    }) as unknown as NonNullable<Parameters<typeof resolveHost>[3]>
    expect(await resolveHost('hooks.example', false, signal, failing)).toEqual({ delivered: false, final: false, reason: 'hooks.example cannot be resolved (EAI_AGAIN)' })
  })

  it('is not waited for when the time is over', async () => {
    const never = (() => new Promise(() => undefined)) as unknown as NonNullable<Parameters<typeof resolveHost>[3]>
    await expect(resolveHost('hooks.example', false, AbortSignal.timeout(20), never)).rejects.toThrow('timeout')
  })
})

it('connects to what was looked at, whatever the name answers by then', () => {
  const seen: unknown[] = []
  const look = pinTo([{ address: '8.8.8.8', family: 4 }])
  look('rebind.example', { all: true }, (_error, addresses) => seen.push(addresses))
  look('rebind.example', {}, (_error, address, family) => seen.push([address, family]))
  expect(seen).toEqual([[{ address: '8.8.8.8', family: 4 }], ['8.8.8.8', 4]])
})
