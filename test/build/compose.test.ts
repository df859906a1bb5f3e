/** The files for containers against the sources they name. No container runs here; what is in them does, in test/http/behind-proxy.test.ts. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { type AddressInfo, BlockList, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../server/config.ts'
import { ROOT, bare, readDocument, readTable } from '../helpers/markdown.ts'

interface Service {
  image?: string
  build?: string
  ports?: string[]
  networks?: string[] | Record<string, { ipv4_address?: string }>
  volumes?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[]; interval: string; timeout: string; retries: number }
  restart?: string
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  stop_grace_period?: string
  command?: string[]
}
interface Compose {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string; gateway?: string; ip_range?: string }[] } }>
  volumes: Record<string, unknown>
}

const text = readDocument('compose.yaml')
const compose = parse(text, { merge: true }) as Compose
const services = Object.entries(compose.services)
const servers = services.filter(([, { build }]) => build !== undefined)
const manifest = JSON.parse(readDocument('package.json')) as { engines: { node: string }; bin: Record<string, string> }

/** `${NAME:?words}`, `${NAME:-default}` as written in the file; `$$` is a dollar of the container’s own. */
const variables = [...text.matchAll(/(?<!\$)\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g)].map(([, name = '', kind = '', rest = '']) => ({ name, kind, rest }))
/** With every variable as it is where nobody sets it. */
const unset = (given = ''): string => given.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')
const cidr = (given: string): [network: string, prefix: number] => [given.split('/')[0] ?? '', Number(given.split('/')[1])]
const seconds = (length = ''): number => Number(/^(\d+)s$/.exec(length)?.[1])

describe('compose.yaml', () => {
  it('starts two servers, a database, Valkey and a proxy', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(['database', 'proxy', 'server-a', 'server-b', 'valkey'])
    expect(servers.map(([name]) => name)).toEqual(['server-a', 'server-b'])
  })

  it('gives the servers variables that README.md lists, and no others', () => {
    const known = new Set(readTable('README.md', 'variable').map(([name]) => bare(name)))
    for (const [name, { environment = {} }] of servers) {
      expect({ name, unknown: Object.keys(environment).filter((variable) => !known.has(variable)) }).toEqual({ name, unknown: [] })
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'TRUETALLY_SECRET', 'TRUSTED_PROXIES']))
    }
  })

  it('has no secret and no default for one: each is asked for in words', () => {
    const secrets = variables.filter(({ name }) => /PASSWORD|SECRET/.test(name))
    expect(new Set(secrets.map(({ name }) => name))).toEqual(new Set(['TRUETALLY_SECRET', 'TRUETALLY_DATABASE_PASSWORD', 'POSTGRES_PASSWORD', 'VALKEY_PASSWORD']))
    for (const { name, kind, rest } of secrets) expect([name, kind, rest.length > 10]).toEqual([name, '?', true])
    for (const { name, rest } of variables.filter((variable) => /TOKEN/.test(variable.name))) expect([name, rest]).toEqual([name, ''])
    const given = services.flatMap(([, { environment = {} }]) => Object.entries(environment)).filter(([name]) => /PASSWORD|SECRET|TOKEN|_URL/.test(name))
    expect(given.filter(([, value]) => !value.includes('${'))).toEqual([])
  })

  it('asks for what deploy/env.example names, which is empty where it is a secret', () => {
    const lines = [...readDocument('deploy/env.example').matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, hidden, name = '', value = '']) => ({ hidden: hidden === '#', name, value }))
    expect(lines.map(({ name }) => name).toSorted()).toEqual([...new Set(variables.map(({ name }) => name))].toSorted())
    // What must be filled in stands there to be filled in; the rest is commented out.
    for (const { hidden, name, value } of lines) {
      const required = variables.some((variable) => variable.name === name && variable.kind === '?')
      expect({ name, hidden, empty: value === '' || hidden }).toEqual({ name, hidden: !required, empty: true })
    }
    const shown = Object.fromEntries(lines.map(({ name, value }) => [name, value]))
    const defaults = variables.filter(({ kind, rest }) => kind === '-' && rest !== '')
    expect(defaults.length).toBeGreaterThan(3)
    for (const { name, rest } of defaults) expect([name, shown[name]]).toEqual([name, rest])
    expect(readDocument('.gitignore').split('\n')).toContain('.env')
  })

  it('pins every image to a major version at least', () => {
    const pulled = services.filter(([, { build }]) => build === undefined)
    for (const [name, { image = '' }] of pulled) expect([name, image]).toEqual([name, expect.stringMatching(/^[\w./-]+:\d+(\.\d+)*(-[a-z]+)?$/)])
    expect(compose.services['database']?.image).toBe('postgres:18')
  })

  it('publishes nobody but the proxy, to this machine only, and lets only the servers near the data', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['proxy'])
    // What is sent to it is not encrypted, and a port without an address is open to everybody, past the host’s firewall.
    expect(compose.services['proxy']?.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)])
    const on = (network: string): string[] => services.filter(([, { networks = [] }]) => (Array.isArray(networks) ? networks : Object.keys(networks)).includes(network)).map(([name]) => name).toSorted()
    expect({ inner: on('inner'), data: on('data') }).toEqual({ inner: ['proxy', 'server-a', 'server-b'], data: ['database', 'server-a', 'server-b', 'valkey'] })
    expect(compose.networks['data']?.internal).toBe(true)
  })

  it('believes the proxy’s address alone, which nobody else can get', () => {
    const { networks = {} } = compose.services['proxy'] ?? {}
    const proxy = Array.isArray(networks) ? undefined : networks['inner']?.ipv4_address
    const { subnet, gateway, ip_range: range } = compose.networks['inner']?.ipam?.config[0] ?? {}
    expect([proxy, subnet, gateway, range].map((part) => unset(part))).toEqual(['10.87.64.2', '10.87.64.0/24', '10.87.64.1', '10.87.64.128/25'])
    for (const [, { environment }] of servers) {
      expect(environment?.['TRUSTED_PROXIES']).toBe(proxy)
      expect(readConfig({ TRUSTED_PROXIES: unset(environment?.['TRUSTED_PROXIES']) }).trustedProxies).toEqual(['10.87.64.2'])
    }
    const [inside, outside] = [new BlockList(), new BlockList()]
    inside.addSubnet(...cidr(unset(subnet)))
    outside.addSubnet(...cidr(unset(range)))
    for (const address of [proxy, gateway].map((part) => unset(part))) expect([address, inside.check(address), outside.check(address)]).toEqual([address, true, false])
  })

  it('asks every service whether it is well, starts it again, and lets it do as little as possible', () => {
    for (const [name, service] of services) {
      expect({ name, ...service }).toMatchObject({
        name, restart: 'unless-stopped', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'],
        healthcheck: { test: expect.any(Array), interval: expect.stringMatching(/^\d+s$/), timeout: expect.stringMatching(/^\d+s$/), retries: expect.any(Number) },
      })
    }
  })

  it('starts in order: each waits for services that are there until they are well', () => {
    for (const [name, { depends_on: waits = {} }] of services) {
      for (const [other, { condition }] of Object.entries(waits)) {
        expect([name, other, other in compose.services, condition]).toEqual([name, other, true, 'service_healthy'])
      }
    }
    for (const [, { depends_on: waits = {} }] of servers) expect(Object.keys(waits)).toEqual(['database', 'valkey'])
  })

  it('mounts files that are there, and volumes it declares', () => {
    for (const volume of services.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = volume.split(':')
      expect([volume, source.startsWith('./') ? existsSync(join(ROOT, source)) : source in compose.volumes]).toEqual([volume, true])
    }
    // Run, not read, by the image that finds it; without the bit it would be read into a shell of another kind.
    expect(statSync(join(ROOT, 'deploy/create-role.sh')).mode & 0o111).not.toBe(0)
  })

  it('waits longer for a server to stop than the server takes at most, and gives all of them connections', () => {
    const most = Number(/closeWithGrace\(\{ delay: ([\d_]+) \}/.exec(readDocument('server/commands/start.ts'))?.[1]?.replaceAll('_', '')) / 1000
    for (const [name, { stop_grace_period: grace }] of servers) expect([name, seconds(grace) > most]).toEqual([name, true])
    const limit = Number(/max_connections=(\d+)/.exec(compose.services['database']?.command?.join(' ') ?? '')?.[1])
    expect(limit).toBeGreaterThanOrEqual(servers.length * 15 * 2)
  })

  it('is what docker compose takes', (context) => {
    try {
      execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' })
    } catch {
      process.stdout.write('docker compose is not here, so compose.yaml is not shown to it.\n')
      context.skip()
      return
    }
    const required = variables.filter(({ kind }) => kind === '?').map(({ name }) => [name, 'x'.repeat(40)])
    const environment = { PATH: process.env['PATH'] ?? '', ...Object.fromEntries(required) as Record<string, string> }
    expect(() => execFileSync('docker', ['compose', '--file', 'compose.yaml', 'config', '--quiet'], { cwd: ROOT, env: environment })).not.toThrow()
  })
})

describe('Dockerfile', () => {
  const file = readDocument('Dockerfile')
  const instructions = file.replaceAll('\\\n', ' ').split('\n').filter((line) => /^[A-Z]+ /.test(line)).map((line) => line.trim().replaceAll(/\s+/g, ' '))
  const of = (name: string): string[] => instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  const copied = of('COPY').filter((args) => !args.startsWith('--from')).flatMap((args) => args.split(' ').slice(0, -1))

  it('builds on a version of Node that package.json takes', () => {
    const least = Number(/^>=(\d+)\./.exec(manifest.engines.node)?.[1])
    const bases = of('FROM').map((args) => args.split(' ')[0] ?? '')
    expect(bases).toHaveLength(2)
    for (const base of bases) expect([base, Number(/^node:(\d+)-slim$/.exec(base)?.[1]) >= least]).toEqual([base, true])
  })

  it('copies what is there, what .dockerignore lets through, and all that the build reads', () => {
    const rules = readDocument('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(rules[0]).toBe('*')
    const passes = rules.filter((rule) => rule.startsWith('!')).map((rule) => new RegExp(`^${rule.slice(1).replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`))
    for (const source of copied) {
      const path = source.replace(/^\.\//, '')
      expect([path, existsSync(join(ROOT, path)), passes.some((pass) => pass.test(path))]).toEqual([path, true, true])
    }
    const read = [...readDocument('server/build.mjs').matchAll(/sources: \[([^\]]*)\]/g)].flatMap(([, list = '']) => [...list.matchAll(/'([^']+)'/g)].map(([, path = '']) => path))
    expect(read.length).toBeGreaterThan(10)
    const roots = new Set(read.map((path) => path.split('/')[0] ?? ''))
    expect([...roots].filter((path) => !copied.some((source) => source.replace(/^\.\//, '') === path))).toEqual([])
  })

  it('starts what package.json calls truetally, as nobody in particular', () => {
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
    expect(last).toContain('USER node')
    expect(JSON.parse(of('CMD').at(-1) ?? '')).toEqual(['node', manifest.bin['truetally'], 'start'])
    expect(readDocument('server/main.ts')).toMatch(/^ {2}start \[--demo\]/m)
    expect(instructions.filter((line) => /^(ARG|ENV) .*(SECRET|PASSWORD|TOKEN|_URL)/.test(line))).toEqual([])
  })
})

/** The scripts themselves, from the files, against a server that answers so. */
const checks = [
  ['of the Dockerfile', /HEALTHCHECK[\s\S]*?CMD (\[.*\])/.exec(readDocument('Dockerfile'))?.[1], '/healthz'],
  ['of compose.yaml', JSON.stringify(compose.services['server-a']?.healthcheck?.test.slice(1)).replaceAll('$$', '$'), '/readyz'],
] as const

test.each(checks)('the health check %s says yes to 200 only', async (_of, command = '[]', path) => {
  const [program, ...args] = JSON.parse(command) as string[]
  expect(program).toBe('node')
  expect(readDocument('server/routes/health/health.ts')).toContain(`'${path}'`)
  let status = 200
  const asked: string[] = []
  const server = createServer((socket) => socket.once('data', (head) => {
    asked.push(head.toString().split('\r\n')[0] ?? '')
    socket.end(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
    // A check that has its answer ends as a process, and may hang up before this side has.
  }).on('error', () => undefined))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const outcome = (at: number): Promise<number | null> => new Promise((resolve) => {
    spawn(process.execPath, args, { env: { PORT: String(at) }, stdio: 'ignore' }).once('close', resolve)
  })
  expect(await outcome(port)).toBe(0)
  status = 503
  expect(await outcome(port)).toBe(1)
  await new Promise((resolve) => void server.close(resolve))
  expect(await outcome(port)).toBe(1)
  expect(asked).toEqual([`GET ${path} HTTP/1.1`, `GET ${path} HTTP/1.1`])
})
