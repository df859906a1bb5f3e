/** Attacks laid over a month of a ledger, each with the rule that has to find it. Their addresses are documentation's: nobody honest has one. */
import type { Queryable } from '../../db/queryable.ts'
import { LedgerWriter, uuidFor } from './ledger-writer.ts'

export interface ExpectedFinding {
  rule: string
  projectId: number
  group: Record<string, string>
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const SESSION = 'POST /api/widget/v1/{projectKey}/sessions'
const BOARD = 'GET /api/widget/v1/{projectKey}/board'

/** Whether a source is one of theirs. */
export const isAttacker = (source: string): boolean => /^(?:198\.51\.100|203\.0\.113|192\.0\.2)\./.test(source)

/**
 * @param begin of the month; it must be 26 days long, and have two projects
 * @returns what there is to be found
 */
export async function writeAttacks(db: Queryable, begin: number): Promise<ExpectedFinding[]> {
  const writer = new LedgerWriter(db, 2)
  const found: ExpectedFinding[] = []
  for (const attack of [guessTokens, forgeWithoutAlgorithm, countThroughKeys, lookAroundForDays, stuffTheBallot, fireAtOnce, disguiseOneMachine, scan, flood, readEverything]) {
    found.push(...(await attack(writer, begin)))
  }
  await writer.end()
  return found
}

type Attack = (writer: LedgerWriter, begin: number) => Promise<ExpectedFinding[]>

const guessTokens: Attack = async (writer, begin) => {
  const ipAddress = '198.51.100.66'
  for (let n = 0; n < 300; n += 1) {
    await writer.event({
      projectId: 1, at: begin + 20 * DAY + 3 * HOUR + n * 2 * SECOND, eventType: 'jwt_validation_failed', severity: 'high', endpoint: SESSION, ipAddress,
      errorMessage: 'Invalid signature', detail: { reason: 'signature', user: `listed${n}` },
    })
  }
  await vote(writer, { projectId: 1, at: begin + 20 * DAY + 3 * HOUR + 15 * MINUTE, itemId: 101, n: 1, ipAddress, verified: true })
  return ['failed-auth-address', 'credential-stuffing', 'success-after-failures'].map((rule) => ({ rule, projectId: 1, group: { ipAddress } }))
}

const forgeWithoutAlgorithm: Attack = async (writer, begin) => {
  const ipAddress = '198.51.100.70'
  await writer.event({
    projectId: 2, at: begin + 12 * DAY, eventType: 'jwt_validation_failed', severity: 'critical', endpoint: SESSION, ipAddress,
    errorMessage: 'Invalid algorithm: none - possible algorithm attack', detail: { reason: 'alg_none', alg: 'none' },
  })
  return [{ rule: 'algorithm-none', projectId: 2, group: { ipAddress } }, { rule: 'critical-events', projectId: 2, group: {} }]
}

const countThroughKeys: Attack = async (writer, begin) => {
  const ipAddress = '198.51.100.67'
  for (let n = 0; n < 40; n += 1) {
    await writer.event({
      projectId: 0, at: begin + 11 * DAY + n * 5 * SECOND, eventType: 'invalid_api_key', severity: 'medium', endpoint: BOARD, ipAddress,
      detail: { apiKey: `pk_${1000 + n}`, ...(n === 0 ? {} : { pattern: 'sequential' }) },
    })
  }
  return ['key-enumeration', 'key-enumeration-sequence'].map((rule) => ({ rule, projectId: 0, group: { ipAddress } }))
}

const lookAroundForDays: Attack = async (writer, begin) => {
  const ipAddress = '198.51.100.69'
  const line = { severity: 'medium', endpoint: BOARD, ipAddress } as const
  await writer.event({ ...line, projectId: 1, at: begin + 20 * DAY, eventType: 'origin_mismatch', origin: 'https://evil.example' })
  for (let n = 0; n < 3; n += 1) {
    await writer.event({ ...line, projectId: 0, at: begin + (21 + n) * DAY, eventType: 'invalid_api_key', detail: { apiKey: `pk_${'abc'[n] ?? ''}guess` } })
  }
  await writer.event({ ...line, projectId: 2, at: begin + 24 * DAY, eventType: 'rate_limit_exceeded', detail: { kind: 'route' } })
  return ['reconnaissance', 'reconnaissance-with-guesses'].map((rule) => ({ rule, projectId: 0, group: { ipAddress } }))
}

const stuffTheBallot: Attack = async (writer, begin) => {
  for (let n = 0; n < 120; n += 1) {
    await vote(writer, {
      projectId: 1, at: begin + 18 * DAY + 4 * HOUR + n * 2 * SECOND, itemId: 102, n: 1000 + n, ipAddress: `203.0.113.${1 + (n % 5)}`, verified: true,
      fingerprint: `bot${n % 7}`, core: `botcore${n % 7}`, detectors: ['sequential-users'],
    })
  }
  return [{ rule: 'vote-bot', projectId: 1, group: { itemId: '102', network: '203.0.113.0/24' } }]
}

const fireAtOnce: Attack = async (writer, begin) => {
  for (let n = 0; n < 200; n += 1) {
    await vote(writer, { projectId: 2, at: begin + 10 * DAY + 2 * HOUR + n * 200, itemId: 203, n: 2000 + n, ipAddress: '198.51.100.73', verified: false })
  }
  return [{ rule: 'instant-spike', projectId: 2, group: { itemId: '203', ipAddress: '198.51.100.73' } }]
}

const disguiseOneMachine: Attack = async (writer, begin) => {
  for (let n = 0; n < 40; n += 1) {
    await vote(writer, {
      projectId: 1, at: begin + 13 * DAY + n * MINUTE, itemId: 104, n: 3000 + n, ipAddress: '198.51.100.72', verified: false, fingerprint: `mask${n}`, core: 'underneath',
    })
  }
  return [{ rule: 'machine-in-disguise', projectId: 1, group: { ipAddress: '198.51.100.72', core: 'underneath' } }]
}

const scan: Attack = async (writer, begin) => {
  const ipAddress = '198.51.100.71'
  for (const [n, signature] of ['env-file', 'git', 'wordpress', 'phpmyadmin', 'actuator', 'sql-union', 'xss'].entries()) {
    await writer.event({
      projectId: 0, at: begin + 14 * DAY + n * SECOND, eventType: 'suspicious_activity', severity: 'medium', endpoint: 'GET unknown', ipAddress,
      detail: { kind: 'scan', category: n < 5 ? 'path' : 'injection', signature, path: `/${signature}` },
    })
  }
  return [{ rule: 'scan-signature', projectId: 0, group: { ipAddress } }]
}

const flood: Attack = async (writer, begin) => {
  for (let n = 0; n < 600; n += 1) {
    await writer.event({
      projectId: 2, at: begin + 17 * DAY + n * 400, eventType: 'rate_limit_exceeded', severity: 'medium', endpoint: SESSION, ipAddress: `192.0.2.${1 + (n % 60)}`,
      origin: `https://o${n % 5}.example`, detail: { kind: 'route' }, count: 50,
    })
  }
  return [{ rule: 'application-flood', projectId: 2, group: { endpoint: SESSION } }, { rule: 'events-per-hour', projectId: 2, group: {} }]
}

const readEverything: Attack = async (writer, begin) => {
  for (let n = 0; n < 6; n += 1) {
    await writer.traffic({
      projectId: 0, at: begin + 19 * DAY + 3 * HOUR + n * 10 * SECOND, endpoint: 'GET /api/security/v1/events', actor: 'operator:9', ipAddress: '198.51.100.74', requests: 20, records: 4000,
    })
  }
  return [{ rule: 'bulk-read', projectId: 0, group: { actor: 'operator:9' } }]
}

interface Ballot {
  projectId: number
  at: number
  itemId: number
  n: number
  ipAddress: string
  verified: boolean
  fingerprint?: string
  core?: string
  detectors?: readonly string[]
}
const vote = async (writer: LedgerWriter, { n, detectors = [], ...ballot }: Ballot): Promise<void> =>
  writer.decision({
    ...ballot, voter: uuidFor(0x3000, n), device: uuidFor(0x4000, n), origin: `https://shop${ballot.projectId}.example`, country: 'VN', newcomer: true, score: 0, detectors,
  })
