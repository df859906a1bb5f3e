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
  dataDir: string
  /** Master key for secrets at rest; undefined on the embedded default, which keeps its own in dataDir. */
  secret: string | undefined
  adminToken: string | undefined
  /** false: the socket’s address is the address. A number: so many hops. A list: CIDRs of the proxies. */
  trustedProxies: false | number | string[]
  logLevel: string
  /** Days security events and decisions are kept. */
  retentionDays: number
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
  /** What monitors outside sign their messages with (`whsec_…`); undefined: none are taken. */
  monitorSecret: string | undefined
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads and checks the environment. Throws one ConfigError that names each variable that is wrong, and how. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = []
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  const integer = (name: string, fallback: number, min: number, max: number): number => {
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
    dataDir: text('TRUETALLY_DATA_DIR') ?? '.truetally',
    secret,
    adminToken,
    trustedProxies: readTrustedProxies(text('TRUSTED_PROXIES'), faults),
    logLevel,
    retentionDays: integer('RETENTION_DAYS', 90, 1, 3650),
    gateMode: gateMode === 'log' || gateMode === 'enforce' ? gateMode : undefined,
    gatePolicy: text('GATE_POLICY'),
    gateShadow: text('GATE_SHADOW'),
    rulesDir: text('RULES_DIR'),
    watchSettings: text('WATCH_SETTINGS'),
    asnDatabase: text('ASN_DATABASE'),
    securityContact,
    monitorSecret,
  }
  if (faults.length > 0) throw new ConfigError(`The environment is not usable:\n  ${faults.join('\n  ')}`)
  return config
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
