/**
 * A month in which nobody attacks: homes, offices of two hundred behind one address, gateways of carriers, launches (announced
 * and not), a staging page that somebody forgot and hammers, stale tokens every morning, a page with a wrong key in its script
 * tag, a developer at work, a customer who signs wrongly for an hour, VPNs, exports, and one customer who grows. The same seed
 * makes the same month.
 */
import type { Queryable } from '../../db/queryable.ts'
import { Random } from '../attacks/simulator/random.ts'
import { LedgerWriter, uuidFor } from './ledger-writer.ts'

export interface BenignMonth {
  seed: number
  days: number
  projects: number
  /** Events and votes per day, of all projects together; traffic lines (one a minute and project) come on top. */
  eventsPerDay: number
  /** Milliseconds since the epoch, a midnight UTC. Default: Monday, 1 June 2026. */
  begin?: number
}
export interface WrittenMonth {
  begin: number
  until: number
  written: LedgerWriter['written']
}

export const MONTH_BEGIN = Date.UTC(2026, 5, 1)
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const VOTE = 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote'
const SESSION = 'POST /api/widget/v1/{projectKey}/sessions'
const BOARD = 'GET /api/widget/v1/{projectKey}/board'
/** How much happens in each hour of the day, UTC; homes, and offices. */
const HOME_HOURS = [3, 2, 1, 1, 1, 2, 4, 6, 6, 6, 6, 7, 8, 7, 6, 6, 7, 8, 10, 11, 12, 11, 8, 5]
const OFFICE_HOURS = [0, 0, 0, 0, 0, 0, 1, 5, 10, 12, 10, 9, 6, 9, 10, 9, 6, 2, 0, 0, 0, 0, 0, 0]
const OFFICES = 3
const STAFF = 200
const ITEMS = 10

interface Person {
  voter: string
  device: string
  verified: boolean
  ipAddress: string
  fingerprint: string
  core: string
  country: string
  /** A privacy browser says nothing of itself, and scores for it. */
  quiet: boolean
}

/** Needs the tables and nothing in them; makes projects 1 … and the days' partitions. */
export async function writeBenignMonth(db: Queryable, month: BenignMonth): Promise<WrittenMonth> {
  const begin = month.begin ?? MONTH_BEGIN
  const until = begin + month.days * DAY
  await prepare(db, month.projects, begin, until)
  const writer = new LedgerWriter(db)
  const random = new Random(`benign/${month.seed}`)
  for (let day = 0; day < month.days; day += 1) {
    for (let projectId = 1; projectId <= month.projects; projectId += 1) {
      const today: Today = { writer, random: random.fork(`${projectId}/${day}`), month, projectId, day, midnight: begin + day * DAY }
      await writeVotes(today)
      await writeMistakes(today)
      await writeTraffic(today)
    }
    await writeOperators(writer, random.fork(`operators/${day}`), begin + day * DAY, day)
  }
  for (const { projectId, day } of launches(month)) {
    if (!isAnnounced(projectId)) continue
    const from = begin + day * DAY
    await db.query(
      `insert into expected_spikes (project_id, item_id, starts_at, ends_at, reason, actor)
       values ($1, null, to_timestamp($2 / 1000.0), to_timestamp($3 / 1000.0), 'launch', 'a moderator')`, [projectId, from + 6 * HOUR, from + DAY])
  }
  await writer.end()
  return { begin, until, written: writer.written }
}

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

async function prepare(db: Queryable, projects: number, begin: number, until: number): Promise<void> {
  for (let projectId = 1; projectId <= projects; projectId += 1) {
    await db.query(
      `insert into projects (project_id, public_key, name, sealed_pepper) overriding system value values ($1, $2, $3, '') on conflict do nothing`,
      [projectId, `pk_month_${projectId}`, `Customer ${projectId}`])
  }
  for (const table of ['security_events', 'decisions', 'traffic']) {
    await db.query('select ensure_day_partitions($1::regclass, $2::date, $3::date)', [table, dateOf(begin), dateOf(until)])
  }
}

interface Today {
  writer: LedgerWriter
  random: Random
  month: BenignMonth
  projectId: number
  day: number
  midnight: number
}

/** Each customer launches something once, on a Tuesday or Wednesday of the third or fourth week. */
const launches = ({ projects, days }: BenignMonth): { projectId: number; day: number }[] =>
  Array.from({ length: projects }, (_, index) => ({ projectId: index + 1, day: 15 + (index % 2) * 8 })).filter(({ day }) => day < days)
const isAnnounced = (projectId: number): boolean => projectId % 2 === 0
const launchesToday = ({ month, projectId, day }: Today): boolean => launches(month).some((launch) => launch.projectId === projectId && launch.day === day)
const isWeekend = (day: number): boolean => day % 7 > 4
/** The last customer grows by three in a hundred a day. */
const growth = ({ month, projectId, day }: Today): number => (projectId === month.projects ? 1.03 ** day : 1)

function timeOfDay({ random, midnight }: Today, hours: readonly number[]): number {
  let left = random.next() * hours.reduce((sum, hour) => sum + hour, 0)
  const hour = hours.findIndex((amount) => (left -= amount) < 0)
  return midnight + Math.max(0, hour) * HOUR + Math.floor(random.next() * HOUR)
}

/** The same person for the same number, everywhere in the month. */
function personAt(number: number, kind: number, ipAddress: string, machines: number): Person {
  const mixed = Math.imul(number + 1, 0x9e3779b1) >>> 0
  const machine = mixed % machines
  return {
    voter: uuidFor(0x1000 + kind, number), device: uuidFor(0x2000 + kind, number), verified: mixed % 3 === 0, ipAddress,
    // Of one kind of machine there are a few fingerprints: languages, and a second screen.
    fingerprint: `print${kind}x${machine}x${(mixed >>> 8) % 4}`, core: `core${kind}x${machine}`,
    country: ['DE', 'FR', 'NL', 'PL', 'ES'][mixed % 5] ?? 'DE', quiet: (mixed >>> 4) % 33 === 0,
  }
}

function atHome(projectId: number, number: number): Person {
  const mixed = Math.imul(number * 31 + projectId, 0x85ebca6b) >>> 0
  return personAt(number, projectId, `${60 + (mixed % 60)}.${(mixed >>> 6) % 256}.${(mixed >>> 14) % 256}.${1 + ((mixed >>> 22) % 250)}`, 5000)
}
const officeAddress = (projectId: number, office: number): string => `91.${projectId}.${10 + office}.2`
const inOffice = (projectId: number, office: number, number: number): Person =>
  ({ ...personAt(number, 100 + projectId * OFFICES + office, officeAddress(projectId, office), 6), country: 'DE' })
/** One gateway for some thousand votes a day: a carrier has more of them where it has more customers. */
const gatewayAddress = (gateway: number): string => `100.${64 + (gateway >> 8)}.${gateway & 255}.1`
const onPhone = (projectId: number, gateway: number, number: number): Person => personAt(number, 200 + projectId, gatewayAddress(gateway), 400)

async function vote(today: Today, person: Person, at: number, itemId: number): Promise<void> {
  const { writer, random, projectId } = today
  const score = person.quiet ? 0.4 : random.chance(0.03) ? 0.25 : 0
  await writer.decision({
    projectId, at, itemId, voter: person.voter, verified: person.verified, ipAddress: person.ipAddress, device: person.device, country: person.country,
    ...(person.quiet ? {} : { fingerprint: person.fingerprint, core: person.core }), origin: `https://shop${projectId}.example`,
    newcomer: random.chance(0.6), score, detectors: person.quiet ? ['missing-signals'] : score > 0 ? ['instant-press'] : [],
  })
  if (person.quiet) {
    await writer.event({
      projectId, at, eventType: 'suspicious_activity', severity: 'low', endpoint: VOTE, ipAddress: person.ipAddress,
      errorMessage: 'A vote scored 0.40: asked for more work', detail: { kind: 'score', score: 0.4 },
    })
  }
}

async function writeVotes(today: Today): Promise<void> {
  const { random, month, projectId, day } = today
  const launch = launchesToday(today)
  const share = (month.eventsPerDay / month.projects) * growth(today)
  const item = (): number => projectId * 100 + (launch && random.chance(0.8) ? 1 : 1 + random.below(ITEMS))
  const times = launch ? 10 : 1
  for (let n = Math.round(share * 0.45 * times); n > 0; n -= 1) {
    await vote(today, atHome(projectId, random.below(Math.ceil(share * 40))), timeOfDay(today, HOME_HOURS), item())
  }
  const gateways = Math.max(2, Math.ceil(share / 200))
  for (let n = Math.round(share * 0.15 * times); n > 0; n -= 1) {
    await vote(today, onPhone(projectId, random.below(gateways), random.below(Math.ceil(share * 10))), timeOfDay(today, HOME_HOURS), item())
  }
  for (let office = 0; office < OFFICES; office += 1) {
    if (isWeekend(day)) continue
    if (launch) {
      // The mail goes out at ten, and half of those who vote do so within the first quarter of an hour.
      for (let staff = 0; staff < STAFF; staff += 1) {
        await vote(today, inOffice(projectId, office, staff), today.midnight + 10 * HOUR + Math.round(random.logNormal(15 * MINUTE, 0.8)), projectId * 100 + 1)
      }
    }
    for (let n = Math.min(STAFF, Math.round((share * 0.1) / OFFICES)); n > 0; n -= 1) {
      await vote(today, inOffice(projectId, office, random.below(STAFF)), timeOfDay(today, OFFICE_HOURS), item())
    }
  }
  // A VPN is switched on between two votes.
  const traveller = { ...atHome(projectId, 7), verified: true, country: 'DE', quiet: false }
  const at = timeOfDay(today, HOME_HOURS)
  await vote(today, traveller, at, item())
  await vote(today, { ...traveller, ipAddress: '100.127.0.9', country: 'CH' }, at + 20 * MINUTE, item())
}

async function writeMistakes(today: Today): Promise<void> {
  const { writer, random, month, projectId, day, midnight } = today
  const share = month.eventsPerDay / month.projects
  const office = officeAddress(projectId, 0)
  const event = (at: number, eventType: Parameters<LedgerWriter['event']>[0]['eventType'], rest: Partial<Parameters<LedgerWriter['event']>[0]>): Promise<void> =>
    writer.event({ projectId, at, eventType, severity: 'medium', endpoint: SESSION, ipAddress: office, ...rest })

  if (!isWeekend(day)) {
    for (let place = 0; place < OFFICES; place += 1) {
      // Laptops that slept: the token of last night, once for each of their users.
      for (let n = 40 + random.below(80); n > 0; n -= 1) {
        await event(midnight + 7.5 * HOUR + Math.round(random.logNormal(30 * MINUTE, 0.7)), 'jwt_validation_failed', {
          severity: 'low', ipAddress: officeAddress(projectId, place), errorMessage: 'Token expired', detail: { reason: 'expired', user: `u${place}x${random.below(STAFF)}` },
        })
      }
    }
    // A browser update reaches the office over the day.
    if (day % 10 === 3) {
      for (let n = 0; n < 12; n += 1) await event(timeOfDay(today, OFFICE_HOURS), 'fingerprint_change', { fingerprint: `new${projectId}x${day}x${n}`, endpoint: VOTE })
    }
  }
  // Staging pages that somebody forgot: a build server hammers them day and night, the office looks at them now and then.
  if (projectId <= 2) {
    const origin = `https://staging.shop${projectId}.example`
    for (let n = Math.round(share * 0.12); n > 0; n -= 1) {
      const at = midnight + Math.floor(random.next() * DAY)
      await event(at, 'origin_mismatch', { origin, ipAddress: `92.${projectId}.0.5`, count: 1 + random.below(40), lastSeenAt: at + 9 * SECOND })
      if (n % 20 === 0) await event(at + SECOND, 'rate_limit_exceeded', { origin, ipAddress: `92.${projectId}.0.5`, detail: { kind: 'route' }, count: 1 + random.below(30) })
    }
    for (let n = 20; n > 0 && !isWeekend(day); n -= 1) await event(timeOfDay(today, OFFICE_HOURS), 'origin_mismatch', { origin })
  }
  // A page of the third customer has a key that was cut short; everybody who reads it asks for it.
  if (projectId === Math.min(3, month.projects) && day > 4) {
    for (let n = Math.round(share * 0.1); n > 0; n -= 1) {
      const { ipAddress } = random.chance(0.2) ? { ipAddress: random.pick([office, gatewayAddress(0)]) } : atHome(projectId, random.below(100_000))
      await event(timeOfDay(today, HOME_HOURS), 'invalid_api_key', {
        projectId: 0, endpoint: BOARD, ipAddress, origin: `https://shop${projectId}.example`, detail: { apiKey: `pk_month_${projectId}`.slice(0, -1) },
      })
    }
  }
  if (launchesToday(today)) {
    for (const ipAddress of [office, gatewayAddress(0), gatewayAddress(1)]) {
      for (let n = 0; n < 15; n += 1) {
        await event(midnight + 10 * HOUR + n * 20 * SECOND, 'rate_limit_exceeded', { ipAddress, endpoint: VOTE, origin: `https://shop${projectId}.example`, detail: { kind: 'vote-network' }, count: 8 })
      }
    }
  }
  await writeDevelopers(today, event)
}

type WriteEvent = (at: number, eventType: 'origin_mismatch' | 'invalid_api_key' | 'rate_limit_exceeded' | 'jwt_validation_failed', rest: Record<string, unknown>) => Promise<void>

/** A developer in the first office finds out how it works; and once a customer signs with the wrong secret for an hour. */
async function writeDevelopers(today: Today, event: WriteEvent): Promise<void> {
  const { random, projectId, day, midnight } = today
  const morning = midnight + 9 * HOUR
  if (day === 1) for (let n = 0; n < 30; n += 1) await event(morning + n * 3 * MINUTE, 'origin_mismatch', { origin: 'http://localhost:3000' })
  if (day === 2) {
    for (let n = 0; n < 2; n += 1) {
      await event(morning + n * HOUR, 'invalid_api_key', { projectId: 0, endpoint: BOARD, origin: 'http://localhost:3000', detail: { apiKey: `pk_month_${projectId}${'x'.repeat(n + 1)}` } })
    }
    for (let n = 0; n < 12; n += 1) {
      await event(morning + 2 * HOUR + n * MINUTE, 'jwt_validation_failed', { severity: n % 3 === 0 ? 'high' : 'medium', detail: { reason: n % 3 === 0 ? 'signature' : 'missing_fields', user: 'dev' } })
    }
  }
  if (day === 3) for (let n = 0; n < 5; n += 1) await event(morning + n * SECOND * 10, 'rate_limit_exceeded', { detail: { kind: 'route' } })
  if (day === 9 && projectId === 1) {
    for (let n = 0; n < 300; n += 1) {
      const { ipAddress } = atHome(projectId, random.below(100_000))
      await event(midnight + 14 * HOUR + Math.floor(random.next() * HOUR), 'jwt_validation_failed', {
        severity: 'high', ipAddress, errorMessage: 'Invalid signature', detail: { reason: 'signature', user: `home${n}` },
      })
    }
  }
}

async function writeTraffic(today: Today): Promise<void> {
  const { writer, random, projectId, day, midnight } = today
  const launch = launchesToday(today)
  const size = 25 * (1 + (projectId % 3)) * growth(today) * (isWeekend(day) ? 0.8 : 1)
  for (let minute = 0; minute < 1440; minute += 1) {
    const hours = HOME_HOURS[Math.floor(minute / 60)] ?? 1
    const next = HOME_HOURS[(Math.floor(minute / 60) + 1) % 24] ?? 1
    const level = hours + ((next - hours) * (minute % 60)) / 60
    const times = launch && minute >= 600 ? 1 + 9 * Math.exp(-(minute - 600) / 240) : 1
    await writer.traffic({ projectId, at: midnight + minute * MINUTE, endpoint: minute % 3 === 0 ? SESSION : minute % 3 === 1 ? VOTE : BOARD, requests: Math.max(1, Math.round(size * level * times * random.between(0.75, 1.25) / 6)) })
  }
}

/** Dashboards at office hours, and every Monday an export of everything. */
async function writeOperators(writer: LedgerWriter, random: Random, midnight: number, day: number): Promise<void> {
  if (isWeekend(day)) return
  for (let minute = 8 * 60; minute < 17 * 60; minute += 5) {
    await writer.traffic({
      projectId: 0, at: midnight + minute * MINUTE, endpoint: 'GET /api/security/v1/events', actor: `operator:${1 + random.below(3)}`, ipAddress: '91.1.10.2',
      requests: 3, records: 50 + random.below(100),
    })
  }
  if (day % 7 !== 0) return
  for (let step = 0; step < 6; step += 1) {
    await writer.traffic({ projectId: 0, at: midnight + 6 * HOUR + step * 10 * SECOND, endpoint: 'GET /api/moderation/v1/votes', actor: 'operator:4', ipAddress: '91.1.10.3', requests: 5, records: 1000 })
  }
}
