/** The only reader of the environment. Everything wrong is reported at once, by variable name. */
import ipaddr from 'ipaddr.js'
import { WEBHOOK_SECRET } from './tokens/webhook-signature.ts'

export interface Config {
  host: string
  port: number
  demoPort: number
  demoRoguePort: number
  /** undefined: embedded PostgreSQL in dataDir */
  databaseUrl: string | undefined
  /** Of the Redis or Valkey that several nodes count in; undefined: each counts for itself. */
  redisUrl: string | undefined
  dataDir: string
  /** Master key for secrets at rest; undefined on the embedded default, which keeps its own in dataDir. */
  secret: string | undefined
  adminToken: string | undefined
  /** false: the socket’s address is the address. A number: so many hops. A list: CIDRs of the proxies. */
  trustedProxies: false | number | string[]
  logLevel: string
  /** Share of the answers that went well which the log has a line about, 0 to 1. */
  logSample: number
  /** Days security events and decisions are kept; undefined: 90, until somebody says otherwise in the dashboard. */
  retentionDays: number | undefined
  /**
   * log: the bands and cohorts of the live policy only say in the ledger what they would have done. undefined: enforce, and log
   * in the demo, where a driven browser and a line of curl should see their votes.
   */
  gateMode: 'log' | 'enforce' | undefined
  /** File of the live policy, laid over the shipped one; undefined: the shipped one. */
  gatePolicy: string | undefined
  /** File of a policy on trial beside it; undefined: none. */
  gateShadow: string | undefined
  /** A directory of the operator’s own rules, beside and in place of the shipped ones; undefined: none. */
  rulesDir: string | undefined
  /** A file that says how soon alerts are escalated; undefined: the shipped settings. */
  watchSettings: string | undefined
  /** A file of all autonomous systems in MaxMind’s format; undefined: only the largest hosting companies are known. */
  asnDatabase: string | undefined
  /** mailto: or https:, served in /.well-known/security.txt */
  securityContact: string | undefined
  /** The origin under which people reach this server, without a slash at its end: for links in messages. undefined: they have none. */
  publicUrl: string | undefined
  /** What monitors outside sign their messages with (`whsec_…`); undefined: none are taken. */
  monitorSecret: string | undefined
  /** What node itself was started with by way of NODE_OPTIONS. */
  nodeFlags: readonly string[]
}

/** Where neither the environment nor somebody in the dashboard says otherwise. */
export const DEFAULT_RETENTION_DAYS = 90
/** One in a thousand. */
export const DEFAULT_LOG_SAMPLE = 0.001

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads and checks the environment. Throws one ConfigError that names each variable that is wrong, and how. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = []
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  const integer = <Fallback extends number | undefined>(name: string, fallback: Fallback, min: number, max: number): number | Fallback => {
    const given = text(name)
    if (given === undefined) return fallback
    const value = Number(given)
    if (Number.isInteger(value) && value >= min && value <= max) return value
    faults.push(`${name} must be a whole number from ${min} to ${max}, not "${given}".`)
    return fallback
  }

  const databaseUrl = text('DATABASE_URL')
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    faults.push('DATABASE_URL must begin with postgres:// or postgresql://.')
  }
  const redisUrl = text('REDIS_URL')
  if (redisUrl !== undefined && !isRedisUrl(redisUrl)) {
    faults.push('REDIS_URL must be redis:// or, with TLS, rediss://, with a host and at most a database number: rediss://user:password@host:6379/0.')
  }
  const secret = text('TRUETALLY_SECRET')
  if (databaseUrl !== undefined && secret === undefined) {
    faults.push('TRUETALLY_SECRET is required with DATABASE_URL: secrets in a shared database are sealed under it.')
  }
  if (secret !== undefined && secret.length < 32) {
    faults.push('TRUETALLY_SECRET must have at least 32 characters; `openssl rand -base64 32` makes one.')
  }
  const adminToken = text('TRUETALLY_ADMIN_TOKEN')
  if (adminToken !== undefined && adminToken.length < 16) {
    faults.push('TRUETALLY_ADMIN_TOKEN must have at least 16 characters.')
  }
  const logLevel = text('LOG_LEVEL') ?? 'warn'
  if (!LOG_LEVELS.includes(logLevel)) faults.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`)

  const logSample = text('LOG_SAMPLE') ?? String(DEFAULT_LOG_SAMPLE)
  if (!/^(0|1|0?\.\d+)$/.test(logSample)) faults.push('LOG_SAMPLE must be a number from 0 to 1.')

  const securityContact = text('SECURITY_CONTACT')
  if (securityContact !== undefined && !/^(mailto:|https:\/\/)\S+$/.test(securityContact)) {
    faults.push('SECURITY_CONTACT must begin with mailto: or https://.')
  }

  const monitorSecret = text('MONITOR_WEBHOOK_SECRET')
  if (monitorSecret !== undefined && !WEBHOOK_SECRET.test(monitorSecret)) {
    faults.push('MONITOR_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64; `echo "whsec_$(openssl rand -base64 32)"` makes one.')
  }

  const gateMode = text('GATE_MODE')
  if (gateMode !== undefined && gateMode !== 'log' && gateMode !== 'enforce') faults.push('GATE_MODE must be log or enforce.')

  const config: Config = {
    host: text('HOST') ?? '127.0.0.1',
    port: integer('PORT', 4000, 0, 65_535),
    demoPort: integer('DEMO_PORT', 4100, 0, 65_535),
    demoRoguePort: integer('DEMO_ROGUE_PORT', 4200, 0, 65_535),
    databaseUrl,
    redisUrl,
    dataDir: text('TRUETALLY_DATA_DIR') ?? '.truetally',
    secret,
    adminToken,
    trustedProxies: readTrustedProxies(text('TRUSTED_PROXIES'), faults),
    logLevel,
    logSample: Number(logSample),
    retentionDays: integer('RETENTION_DAYS', undefined, 1, 3650),
    gateMode: gateMode === 'log' || gateMode === 'enforce' ? gateMode : undefined,
    gatePolicy: text('GATE_POLICY'),
    gateShadow: text('GATE_SHADOW'),
    rulesDir: text('RULES_DIR'),
    watchSettings: text('WATCH_SETTINGS'),
    asnDatabase: text('ASN_DATABASE'),
    securityContact,
    publicUrl: readPublicUrl(text('PUBLIC_URL'), faults),
    monitorSecret,
    nodeFlags: text('NODE_OPTIONS')?.split(/\s+/) ?? [],
  }
  if (faults.length > 0) throw new ConfigError(`The environment is not usable:\n  ${faults.join('\n  ')}`)
  return config
}

/** A query is refused rather than ignored: whoever writes one expects something of it. */
function isRedisUrl(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, hostname, pathname, search, hash } = new URL(given)
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^(\/\d{0,5})?$/.test(pathname) && search === '' && hash === ''
}

/**
 * Said here and never learned from a request: whoever forges a Host would put a link of theirs into our messages. What is more than an
 * origin is refused rather than cut off, and not repeated, as it may hold a password.
 */
function readPublicUrl(given: string | undefined, faults: string[]): string | undefined {
  if (given === undefined) return undefined
  const url = /^https?:\/\/[^\s\\]+$/i.test(given) && URL.canParse(given) ? new URL(given) : undefined
  // `*` and quotes are letters of a host name to URL.
  if (url !== undefined && url.href === `${url.origin}/` && /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) return url.origin
  faults.push('PUBLIC_URL must be the origin that people open, and no more: https://votes.example.com.')
  return undefined
}

function readTrustedProxies(given: string | undefined, faults: string[]): Config['trustedProxies'] {
  if (given === undefined) return false
  if (/^\d+$/.test(given)) {
    const hops = Number(given)
    return hops === 0 ? false : hops
  }
  const parts = given.split(',').map((part) => part.trim()).filter((part) => part !== '')
  const bad = parts.filter((part) => !ipaddr.isValid(part) && !ipaddr.isValidCIDR(part))
  if (bad.length > 0 || parts.length === 0) faults.push(`TRUSTED_PROXIES takes a hop count or CIDRs; not understood: ${bad.join(', ') || given}.`)
  return parts
}
