import { expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const SECRET = 'x'.repeat(32)

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').slice(1).map((line) => line.trim())
  }
  return []
}

it('needs nothing from the environment', () =>
  expect(readConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    demoPort: 4100,
    demoRoguePort: 4200,
    databaseUrl: undefined,
    redisUrl: undefined,
    dataDir: '.truetally',
    secret: undefined,
    adminToken: undefined,
    trustedProxies: false,
    logLevel: 'warn',
    logSample: 0.001, nodeFlags: [],
    retentionDays: undefined,
    gateMode: undefined,
    rulesDir: undefined,
    asnDatabase: undefined,
    gatePolicy: undefined,
    gateShadow: undefined,
    securityContact: undefined,
    publicUrl: undefined,
    monitorSecret: undefined,
  }))

it('takes every variable, trimmed', () =>
  expect(
    readConfig({
      HOST: ' 0.0.0.0 ',
      PORT: '8080',
      DEMO_PORT: '0',
      DEMO_ROGUE_PORT: '65535',
      DATABASE_URL: 'postgresql://truetally@db/truetally',
      REDIS_URL: 'rediss://truetally:a%20password@cache:6380/2',
      TRUETALLY_DATA_DIR: '/var/lib/truetally',
      TRUETALLY_SECRET: SECRET,
      TRUETALLY_ADMIN_TOKEN: 'y'.repeat(16),
      TRUSTED_PROXIES: '1',
      LOG_LEVEL: 'debug',
      LOG_SAMPLE: '0.25',
      RETENTION_DAYS: '30',
      GATE_MODE: 'log',
      GATE_POLICY: '/etc/truetally/policy.yaml',
      GATE_SHADOW: 'trial.json',
      ASN_DATABASE: '/var/lib/asn.mmdb',
      SECURITY_CONTACT: 'mailto:security@example.com',
      PUBLIC_URL: 'https://votes.example.com/',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 8080,
    demoPort: 0,
    demoRoguePort: 65_535,
    databaseUrl: 'postgresql://truetally@db/truetally',
    redisUrl: 'rediss://truetally:a%20password@cache:6380/2',
    dataDir: '/var/lib/truetally',
    secret: SECRET,
    adminToken: 'y'.repeat(16),
    trustedProxies: 1,
    logLevel: 'debug',
    logSample: 0.25, nodeFlags: [],
    retentionDays: 30,
    gateMode: 'log',
    gatePolicy: '/etc/truetally/policy.yaml',
    gateShadow: 'trial.json',
    asnDatabase: '/var/lib/asn.mmdb',
    securityContact: 'mailto:security@example.com',
    publicUrl: 'https://votes.example.com',
  }))

it('takes an empty variable for one that is not set', () => {
  const names = ['PORT', 'DATABASE_URL', 'REDIS_URL', 'TRUETALLY_SECRET', 'TRUETALLY_ADMIN_TOKEN', 'TRUSTED_PROXIES', 'LOG_LEVEL', 'GATE_MODE', 'GATE_POLICY', 'GATE_SHADOW', 'ASN_DATABASE', 'SECURITY_CONTACT', 'PUBLIC_URL']
  expect(readConfig(Object.fromEntries(names.map((name) => [name, '  '])))).toEqual(readConfig({}))
})

it.each([
  ['PORT', 'http'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '80.5'],
  ['DEMO_PORT', 'x'], ['DEMO_ROGUE_PORT', '1e9'],
  ['RETENTION_DAYS', '0'], ['RETENTION_DAYS', '3651'],
  ['DATABASE_URL', 'mysql://db/truetally'],
  ['REDIS_URL', 'cache:6379'], ['REDIS_URL', 'valkey://cache'], ['REDIS_URL', 'redis://'], ['REDIS_URL', 'redis://cache/first'], ['REDIS_URL', 'redis://cache?tls=true'],
  ['TRUETALLY_SECRET', 'x'.repeat(31)],
  ['TRUETALLY_ADMIN_TOKEN', 'y'.repeat(15)],
  ['LOG_LEVEL', 'loud'],
  ['LOG_SAMPLE', '2'],
  ['LOG_SAMPLE', '-0.1'],
  ['LOG_SAMPLE', '10%'],
  ['GATE_MODE', 'on'],
  ['SECURITY_CONTACT', 'security@example.com'], ['SECURITY_CONTACT', 'http://example.com'], ['SECURITY_CONTACT', 'mailto:a b'],
  ['PUBLIC_URL', 'votes.example.com'], ['PUBLIC_URL', 'ftp://votes.example.com'], ['PUBLIC_URL', 'https://'], ['PUBLIC_URL', 'https:votes.example.com'],
  ['PUBLIC_URL', 'https://votes.example.com/truetally'], ['PUBLIC_URL', 'https://votes.example.com//'], ['PUBLIC_URL', 'https://votes.example.com?'],
  ['PUBLIC_URL', 'https://votes.example.com/?x=1'], ['PUBLIC_URL', 'https://votes.example.com/#'], ['PUBLIC_URL', 'https://me:secret@votes.example.com'],
  ['PUBLIC_URL', 'https://me@votes.example.com'], ['PUBLIC_URL', 'https://*.example.com'], ['PUBLIC_URL', 'https://votes.example.com\\'],
  ['PUBLIC_URL', 'https://votes.example.com:99999'], ['PUBLIC_URL', 'https://a.example, https://b.example'], ['PUBLIC_URL', 'https://"votes.example.com"'],
  ['TRUSTED_PROXIES', 'proxy.internal'], ['TRUSTED_PROXIES', '-1'], ['TRUSTED_PROXIES', 'true'],
])('refuses %s=%s and names it', (name, value) => {
  const faults = faultsOf({ TRUETALLY_SECRET: SECRET, [name]: value })
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatch(new RegExp(`^${name} `))
})

it('reports everything that is wrong at once', () => {
  const faults = faultsOf({
    PORT: 'http', DATABASE_URL: 'db', TRUETALLY_ADMIN_TOKEN: 'short', LOG_LEVEL: 'loud', GATE_MODE: 'on', SECURITY_CONTACT: 'me',
    TRUSTED_PROXIES: 'proxy', RETENTION_DAYS: '0', MONITOR_WEBHOOK_SECRET: 'whsec_short', PUBLIC_URL: '/dashboard',
  })
  expect(faults.map((fault) => fault.split(' ')[0]).toSorted()).toEqual([
    'DATABASE_URL', 'GATE_MODE', 'LOG_LEVEL', 'MONITOR_WEBHOOK_SECRET', 'PORT', 'PUBLIC_URL', 'RETENTION_DAYS', 'SECURITY_CONTACT', 'TRUETALLY_ADMIN_TOKEN', 'TRUETALLY_SECRET',
    'TRUSTED_PROXIES',
  ])
})

it('never repeats a secret in the error', () =>
  expect(faultsOf({ TRUETALLY_SECRET: 'hunter2', MONITOR_WEBHOOK_SECRET: 'hunter2', TRUETALLY_ADMIN_TOKEN: 'hunter2', DATABASE_URL: 'hunter2', REDIS_URL: 'redis://:hunter2@cache/x', PUBLIC_URL: 'https://me:hunter2@votes.example.com' }).join(' ')).not.toContain('hunter2'))

it.each([
  ['http://localhost:4000', 'http://localhost:4000'],
  ['HTTPS://Votes.Example.com:443/', 'https://votes.example.com'],
  ['https://wählen.example', 'https://xn--whlen-gra.example'],
  ['http://[2001:db8::1]:8080', 'http://[2001:db8::1]:8080'],
  ['http://my_server', 'http://my_server'],
])('reads PUBLIC_URL=%s', (given, expected) => expect(readConfig({ PUBLIC_URL: given }).publicUrl).toBe(expected))

it('asks for a master secret only where the database is a shared one', () => {
  expect(faultsOf({ DATABASE_URL: 'postgres://db/truetally' })).toEqual([expect.stringContaining('TRUETALLY_SECRET is required with DATABASE_URL')])
  expect(readConfig({ DATABASE_URL: 'postgres://db/truetally', TRUETALLY_SECRET: SECRET }).databaseUrl).toBe('postgres://db/truetally')
})

it.each([
  ['0', false],
  ['1', 1],
  ['3', 3],
  ['10.0.0.0/8', ['10.0.0.0/8']],
  ['127.0.0.1, 10.0.0.0/8 ,2001:db8::/32,', ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']],
])('reads TRUSTED_PROXIES=%s', (given, expected) => expect(readConfig({ TRUSTED_PROXIES: given }).trustedProxies).toEqual(expected))

it('names only the proxies it does not understand', () => {
  const [fault] = faultsOf({ TRUSTED_PROXIES: '10.0.0.0/8, proxy.internal, 10.1.0.0/x' })
  expect(fault).toContain('not understood: proxy.internal, 10.1.0.0/x.')
})
