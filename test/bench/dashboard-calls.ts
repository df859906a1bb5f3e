/**
 * Every GET of the dashboard with every filter it takes, over the largest project of the benchmark's ledger, and what the database
 * itself says the answer is. The wide filters match hundreds of thousands of rows, the narrow ones a few.
 */
import type { Queryable } from '../../db/queryable.ts'
import { ALERT_ROWS, EVENT_ROWS, VOTE_ROWS, expectHistory, expectRows, expectStats, expectSummary, expectTallies, expectTraffic } from './dashboard-truth.ts'
import type { Subject } from './dashboard-subject.ts'

type Values = Record<string, string | number | boolean>
/** Says what is wrong with an answer; undefined: it is right. */
export type Check = (body: string, db: Queryable) => Promise<string | undefined>
export interface DashboardCall {
  /** Path template as the OpenAPI document has it. */
  path: string
  /** For the template's places. */
  at?: Record<string, string>
  query: Values
  /** Left out: what it says is not counted out of the ledger, and only its status is looked at. */
  check?: Check
  /** Asks for as many pages first and times the one after. */
  pagesBefore?: number
  /** Not a page: nobody waits 200 ms for it. */
  bulk?: true
}

const SECURITY = '/api/security/v1'
const MODERATION = '/api/moderation/v1'
const OPERATOR = '/api/operator/v1'

export const dashboardCalls = (of: Subject): DashboardCall[] => [...eventCalls(of), ...alertCalls(of), ...pictureCalls(of), ...voteCalls(of), ...boardCalls(of), ...operatorCalls(of)]

/** A filter with the condition that says the same in SQL. */
type Filter = readonly [query: Values, where: string]

const stamp = (at: number): string => `to_timestamp(${at} / 1000.0)`

function eventCalls(of: Subject): DashboardCall[] {
  const { id, key } = of.project
  const project = { project: key }
  const { busyIp, quietIp, origin, fingerprint, user, endpoint, message } = of.events
  const mine = `e.project_id = ${id}`
  const span: Filter = [{ since: of.weekBefore, until: of.dayBefore }, `e.occurred_at >= ${stamp(of.weekBefore)} and e.occurred_at < ${stamp(of.dayBefore)}`]
  const filters: Filter[] = [
    [{}, 'true'],
    [project, mine],
    [{ ...project, eventType: 'fingerprint_change' }, `${mine} and e.event_type = 'fingerprint_change'`],
    [{ ...project, severity: 'critical' }, `${mine} and e.severity = 'critical'`],
    [{ ...project, severity: 'high,critical' }, `${mine} and e.severity in ('high', 'critical')`],
    [{ ...project, isRead: false }, `${mine} and not e.is_read`],
    [{ ...project, isRead: false, severity: 'critical' }, `${mine} and not e.is_read and e.severity = 'critical'`],
    [{ isRead: false, severity: 'critical' }, `not e.is_read and e.severity = 'critical'`],
    [{ ...project, ip: busyIp }, `${mine} and e.ip_address = '${busyIp}'`],
    [{ ip: busyIp }, `e.ip_address = '${busyIp}'`],
    [{ ip: quietIp }, `e.ip_address = '${quietIp}'`],
    [{ ...project, origin }, `${mine} and e.origin = '${origin}'`],
    [{ ...project, fingerprint }, `${mine} and e.fingerprint = '${fingerprint}'`],
    [{ fingerprint: 'ffffffffffffffffffffffffffffffff' }, 'false'],
    [{ ...project, user }, `${mine} and e.end_user_id = '${user}'`],
    [{ user: 'usr_0000***' }, 'false'],
    [{ ...project, endpoint }, `${mine} and e.endpoint = '${endpoint}'`],
    [{ ...project, eventType: 'jwt_validation_failed', errorMessage: message }, `${mine} and e.event_type = 'jwt_validation_failed' and e.error_message = '${message}'`],
    [{ ...project, ...span[0] }, `${mine} and ${span[1]}`],
    [{ ...project, sort: 'oldest' }, mine],
    [{ ...project, ip: busyIp, severity: 'critical', isRead: true }, `${mine} and e.ip_address = '${busyIp}' and e.severity = 'critical' and e.is_read`],
    [{ ...project, origin, eventType: 'origin_mismatch', isRead: false }, `${mine} and e.origin = '${origin}' and e.event_type = 'origin_mismatch' and not e.is_read`],
  ]
  const events = `${SECURITY}/events`
  return [
    ...filters.map(([query, where]): DashboardCall => ({ path: events, query, check: expectRows('events', EVENT_ROWS(where, query['sort'] === 'oldest'), ['id']) })),
    { path: events, query: { ...project, limit: 200 }, check: expectRows('events', EVENT_ROWS(mine, false, 200), ['id']) },
    { path: events, query: { ...project, limit: 200 }, pagesBefore: 20 },
    ...(['ipAddress', 'origin', 'eventType', 'severity', 'fingerprint', 'endpoint'] as const).map((groupBy): DashboardCall =>
      ({ path: `${events}/summary`, query: { groupBy, ...project, since: of.dayBefore, until: of.end }, check: expectSummary(groupBy, mine, of.end) })),
    { path: `${events}/summary`, query: { groupBy: 'ipAddress', ...project, since: of.weekBefore, until: of.end }, check: expectSummary('ipAddress', mine, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'endpoint', ip: busyIp, until: of.end }, check: expectSummary('endpoint', `e.ip_address = '${busyIp}'`, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'ipAddress', ...project, since: of.dayBefore, until: of.end, severity: 'high,critical', eventType: 'jwt_validation_failed', isRead: false, endpoint },
      check: expectSummary('ipAddress', `${mine} and e.severity in ('high', 'critical') and e.event_type = 'jwt_validation_failed' and not e.is_read and e.endpoint = '${endpoint}'`, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'eventType', user, until: of.end }, check: expectSummary('eventType', `e.end_user_id = '${user}'`, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'severity', fingerprint, until: of.end }, check: expectSummary('severity', `e.fingerprint = '${fingerprint}'`, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'ipAddress', origin, until: of.end }, check: expectSummary('ipAddress', `e.origin = '${origin}'`, of.end) },
    { path: `${events}/summary`, query: { groupBy: 'ipAddress', ...project, eventType: 'jwt_validation_failed', errorMessage: message, since: of.dayBefore, until: of.end },
      check: expectSummary('ipAddress', `${mine} and e.event_type = 'jwt_validation_failed' and e.error_message = '${message}'`, of.end) },
    { path: `${events}/stats`, query: { ...project, since: of.dayBefore, until: of.end, bucket: '1h' }, check: expectStats(mine) },
    { path: `${events}/stats`, query: { ...project, since: of.end - 3_600_000, until: of.end, bucket: '1m' }, check: expectStats(mine) },
    { path: `${events}/stats`, query: { ...project, since: of.monthBefore, until: of.end, bucket: '1d' }, check: expectStats(mine) },
    { path: `${events}/stats`, query: { since: of.weekBefore, until: of.end, bucket: '1h' }, check: expectStats('true') },
    { path: `${events}/stats`, query: {} },
    { path: `${events}/{id}`, at: { id: of.events.id }, query: {} },
    { path: `${events}/{id}/related`, at: { id: of.events.id }, query: {} },
    { path: `${events}/timeline`, query: { ...project, ip: busyIp, limit: 100 } },
    { path: `${events}/timeline`, query: { ip: quietIp } },
    { path: `${events}/timeline`, query: { ...project, user } },
    { path: `${events}/timeline`, query: { ...project, fingerprint } },
    { path: `${events}/timeline`, query: { ip: busyIp }, pagesBefore: 5 },
    { path: `${events}/export.csv`, query: { ...project, severity: 'critical' }, bulk: true },
    { path: `${events}/export.csv`, query: { ...project, sort: 'oldest', since: of.weekBefore, until: of.end, isRead: false, eventType: 'jwt_validation_failed', errorMessage: message, ip: busyIp, origin: originOfLargest, fingerprint, user, endpoint }, bulk: true },
    { path: `${events}/export.csv`, query: {}, bulk: true },
    { path: `${SECURITY}/shadow`, query: { ...project, since: of.weekBefore, until: of.end } },
    { path: `${SECURITY}/shadow`, query: {} },
  ]
}
const originOfLargest = 'https://large.example'

function alertCalls(of: Subject): DashboardCall[] {
  const project = { project: of.project.key }
  const mine = `a.project_id = ${of.project.id}`
  const alerts = `${SECURITY}/alerts`
  const filters: Filter[] = [
    [{}, 'true'], [project, mine], [{ ...project, state: 'firing' }, `${mine} and a.state = 'firing'`], [{ ...project, state: 'resolved' }, `${mine} and a.state = 'resolved'`],
    [{ ...project, severity: 'critical' }, `${mine} and a.severity = 'critical'`], [{ ...project, rule: 'scan-signature' }, `${mine} and a.rule = 'scan-signature'`],
    [{ acknowledged: false, severity: 'high' }, `a.acknowledged_at is null and a.severity = 'high'`],
    [{ ...project, since: of.weekBefore, until: of.dayBefore }, `${mine} and a.starts_at >= ${stamp(of.weekBefore)} and a.starts_at < ${stamp(of.dayBefore)}`],
  ]
  return [
    ...filters.map(([query, where]): DashboardCall => ({ path: alerts, query, check: expectRows('alerts', ALERT_ROWS(where), ['id']) })),
    { path: alerts, query: { ...project, limit: 100 }, pagesBefore: 5 },
    { path: `${alerts}/{id}`, at: { id: of.alert }, query: {} },
    { path: `${SECURITY}/silences`, query: { ...project, standing: true } },
    { path: `${SECURITY}/silences`, query: {} },
    { path: `${SECURITY}/rules`, query: {} },
    { path: `${SECURITY}/rules/{name}`, at: { name: 'failed-auth-address' }, query: {} },
    { path: `${SECURITY}/figures`, query: { ...project, since: of.monthBefore } },
    { path: `${SECURITY}/figures`, query: {} },
    { path: `${SECURITY}/watch-settings`, query: {} },
    { path: `${SECURITY}/saved-views`, query: {} },
    { path: `${MODERATION}/responses`, query: { ...project, standing: true } },
    { path: `${MODERATION}/responses`, query: { alert: of.alert } },
    { path: `${MODERATION}/responses`, query: { limit: 100 }, check: expectRows('responses', 'select response_id::text as id from responses order by response_id desc limit 100', ['id']) },
    { path: `${MODERATION}/responses`, query: { limit: 100 }, pagesBefore: 3 },
    { path: `${MODERATION}/blocks`, query: project },
    { path: `${MODERATION}/allowed-sources`, query: project },
    { path: `${MODERATION}/allowed-sources`, query: {} },
  ]
}

function pictureCalls(of: Subject): DashboardCall[] {
  const project = { project: of.project.key }
  const month = { since: of.monthBefore, until: of.end }
  const week = { since: of.weekBefore, until: of.end }
  const day = { since: of.dayBefore, until: of.end }
  const sources = ['country', 'asn', 'network', 'userAgent']
  return [
    ...([[day, '15m'], [day, '1m'], [week, '1h'], [month, '6h'], [month, '1d']] as const).flatMap(([span, bucket]): DashboardCall[] => [
      { path: `${SECURITY}/traffic`, query: { ...project, ...span, bucket }, check: expectTraffic(of.project.id) },
      { path: `${SECURITY}/authentication`, query: { ...project, ...span, bucket } },
    ]),
    { path: `${SECURITY}/traffic`, query: { ...month, bucket: '1h' }, check: expectTraffic(null) },
    { path: `${SECURITY}/traffic`, query: {} },
    { path: `${SECURITY}/authentication`, query: { ...week, bucket: '1h' } },
    ...sources.map((by): DashboardCall => ({ path: `${SECURITY}/sources`, query: { by, ...project, ...month } })),
    ...sources.map((by): DashboardCall => ({ path: `${SECURITY}/sources`, query: { by, ...day, sort: by === 'userAgent' ? 'held' : 'events', limit: 300 } })),
    { path: `${SECURITY}/system`, query: {} },
  ]
}

function voteCalls(of: Subject): DashboardCall[] {
  const project = { project: of.project.key }
  const { busyItem, busyIp, quietIp, network, fingerprint, core, country, asn, device, cohort } = of.votes
  const spread = { since: of.weekBefore, until: of.dayBefore }
  const filters: Filter[] = [
    [{}, 'true'],
    [{ item: busyItem }, `v.item_id = ${busyItem}`],
    ...(['counted', 'held', 'invalidated'] as const).map((state): Filter => [{ state }, `v.state = '${state[0]}'`]),
    [{ state: 'held', item: busyItem }, `v.state = 'h' and v.item_id = ${busyItem}`],
    [{ tier: 'verified' }, `v.tier = 'v'`],
    [{ ip: busyIp }, `d.ip_address = '${busyIp}'`],
    [{ ip: quietIp }, `d.ip_address = '${quietIp}'`],
    [{ ip: '203.0.113.250' }, 'false'],
    [{ network }, `d.ip_address <<= '${network}'`],
    [{ network: network.replace(/\.\d+\.0\/24$/, '.0.0/16') }, `d.ip_address <<= '${network.replace(/\.\d+\.0\/24$/, '.0.0/16')}'`],
    [{ fingerprint }, `d.fingerprint = '${fingerprint}'`],
    [{ core }, `d.core = '${core}'`],
    [spread, `v.cast_at >= ${stamp(of.weekBefore)} and v.cast_at < ${stamp(of.dayBefore)}`],
    ...(['score', 'seat', 'cohort', 'age', 'moderator'] as const).map((heldFor): Filter => [{ heldFor }, `v.state = 'h' and holder = '${heldFor}'`]),
    [{ cohort }, `v.state = 'h' and cohorts @> array[${cohort}]`],
    [{ country }, `d.country = '${country}'`],
    [{ asn }, `d.asn = ${asn}`],
    [{ device }, `d.device = '${device}'`],
    [{ country, state: 'held' }, `d.country = '${country}' and v.state = 'h'`],
    [{ ip: busyIp, item: busyItem, state: 'counted', ...spread },
      `d.ip_address = '${busyIp}' and v.item_id = ${busyItem} and v.state = 'c' and v.cast_at >= ${stamp(of.weekBefore)} and v.cast_at < ${stamp(of.dayBefore)}`],
  ]
  const history = `${MODERATION}/items/{id}/history`
  return [
    ...filters.map(([query, where]): DashboardCall => ({
      path: `${MODERATION}/votes`, query: { ...project, ...query }, check: expectRows('votes', VOTE_ROWS(of.project.id, where), ['id']),
    })),
    { path: `${MODERATION}/votes`, query: { ...project, limit: 200 }, pagesBefore: 20 },
    { path: `${MODERATION}/votes`, query: { ...project, state: 'held', limit: 200 }, pagesBefore: 5 },
    { path: `${MODERATION}/votes`, query: { ...project, voter: of.votes.id.replace(/^\d+:/, '') }, check: expectRows('votes', VOTE_ROWS(of.project.id, `v.voter = '${of.votes.id.replace(/^\d+:/, '')}'`), ['id']) },
    { path: `${MODERATION}/votes/{id}`, at: { id: of.votes.id }, query: project },
    ...[{ path: history, at: { id: String(busyItem) } }, { path: `${MODERATION}/votes/history` }].flatMap((asked): DashboardCall[] => {
      const where = `project_id = ${of.project.id}${asked.at === undefined ? '' : ` and item_id = ${busyItem}`}`
      return [
        { ...asked, query: { ...project, since: of.monthBefore, until: of.end, bucket: '1d' }, check: expectHistory(where) },
        { ...asked, query: { ...project, since: of.weekBefore, until: of.end, bucket: '1h' }, check: expectHistory(where) },
      ]
    }),
    { path: `${MODERATION}/cohorts`, query: project },
    { path: `${MODERATION}/cohorts`, query: { ...project, limit: 20 }, pagesBefore: 2 },
    { path: `${MODERATION}/cohorts/{id}/members`, at: { id: String(cohort) }, query: project },
    { path: `${MODERATION}/invalidations`, query: { ...project, limit: 100 } },
    { path: `${MODERATION}/invalidations`, query: { ...project, limit: 50 }, pagesBefore: 3 },
    { path: `${MODERATION}/expected-spikes`, query: project },
  ]
}

function boardCalls(of: Subject): DashboardCall[] {
  const project = { project: of.project.key }
  return [
    { path: `${MODERATION}/items`, query: project, check: expectTallies(of.project.id) },
    { path: `${MODERATION}/merges`, query: project },
    { path: `${MODERATION}/merges`, query: { ...project, limit: 1 }, pagesBefore: 1 },
    { path: `${MODERATION}/feedback/{id}`, at: { id: String(of.feedback) }, query: project },
    { path: `${MODERATION}/feedback`, query: project },
    { path: `${MODERATION}/feedback`, query: { ...project, state: 'new', limit: 200 } },
    { path: `${MODERATION}/feedback`, query: { ...project, kind: 'bug', q: 'train' } },
    { path: `${MODERATION}/feedback`, query: { ...project, limit: 100 }, pagesBefore: 10 },
  ]
}

function operatorCalls(of: Subject): DashboardCall[] {
  const project = { project: of.project.key }
  return [
    ...['account', 'account/sessions', 'account/tokens', 'actors', 'operators', 'tokens', 'projects', 'settings', 'policy', 'channels'].map((path): DashboardCall => ({ path: `${OPERATOR}/${path}`, query: {} })),
    { path: `${OPERATOR}/channels`, query: project },
    { path: `${OPERATOR}/channels/{id}/notifications`, at: { id: String(of.channel) }, query: { limit: 100 } },
    { path: `${OPERATOR}/channels/{id}/notifications`, at: { id: String(of.channel) }, query: { limit: 5 }, pagesBefore: 1 },
    { path: `${OPERATOR}/channels/{id}/notifications`, at: { id: String(of.channel) }, query: { state: 'dead' } },
    { path: `${OPERATOR}/audit`, query: {} },
    { path: `${OPERATOR}/audit`, query: { limit: 10 }, pagesBefore: 2 },
    { path: `${OPERATOR}/audit`, query: { ...project, actor: 'account:1', action: 'votes', since: of.weekBefore, until: of.end, limit: 100 } },
    { path: `${OPERATOR}/audit/{id}`, at: { id: of.audit.id }, query: {} },
    // Walks the whole chain, and is asked a few times a minute at most.
    { path: `${OPERATOR}/audit/verification`, query: { head: of.audit.hash }, bulk: true },
  ]
}
