/** What a picture says, in a sentence. Pure, and exact where a picture is not. */
import type { AuthenticationAnswer, SourcesAnswer, TrafficFigures } from '../../../../contract/pictures.ts'
import { count, figure, percent } from '../../app/time.ts'

/** `3 times the day before`, `12 % more than the day before`. @param before what it was in `earlier`, such as `the day before` */
export function compare(now: number, before: number, earlier: string): string {
  if (before === 0) return now === 0 ? `none, as ${earlier}` : `none ${earlier}`
  if (now === 0) return `there were some ${earlier}`
  const ratio = now / before
  if (ratio >= 1.95) return `${ratio < 9.95 ? Number(ratio.toFixed(1)) : figure(Math.round(ratio))} times as many as ${earlier}`
  if (ratio > 1.05) return `${percent(ratio - 1)} more than ${earlier}`
  if (ratio >= 0.95) return `about as many as ${earlier}`
  return `${percent(1 - ratio)} fewer than ${earlier}`
}

export function readRequests({ requests, otherRequests }: TrafficFigures, before: TrafficFigures, earlier: string): string {
  const others = otherRequests === 0 ? '' : ` ${count(otherRequests, 'other request')}: operators, assets, health checks, paths that do not exist.`
  return requests === 0 ? `No page asked for anything.${others}` : `${count(requests, 'request')} of pages, ${compare(requests, before.requests, earlier)}.${others}`
}

export function readVotes({ votes, held }: TrafficFigures, before: TrafficFigures, earlier: string): string {
  if (votes === 0) return before.votes === 0 ? 'No votes.' : `No votes; ${count(before.votes, 'vote')} ${earlier}.`
  return `${count(votes, 'vote')}, ${compare(votes, before.votes, earlier)}; ${held === 0 ? 'none was' : `${fine(held / votes)} were`} held on arrival.`
}

/** Shares compare better than counts: a busy day has more of everything. */
export function readDenials({ requests, denied, errors }: TrafficFigures, before: TrafficFigures, earlier: string): string {
  if (requests === 0) return 'No page asked for anything.'
  const share = denied / requests
  const shareBefore = before.requests === 0 ? null : before.denied / before.requests
  const denials = denied === 0 ? 'No request was denied' : `Denials are ${percent(share)} of requests${shareBefore === null ? '' : `, ${compareShares(share, shareBefore, earlier)}`}`
  const failures = errors === 0 ? 'none failed for a fault of the server' : `${count(errors, 'request')} failed for a fault of the server (${fine(errors / requests)})`
  return `${denials}; ${failures}.`
}

function compareShares(now: number, before: number, earlier: string): string {
  if (before === 0) return `none ${earlier}`
  const ratio = now / before
  if (ratio >= 1.95) return `${ratio < 9.95 ? Number(ratio.toFixed(1)) : figure(Math.round(ratio))}× ${earlier}`
  if (ratio > 1.1 || ratio < 0.9) return `${percent(before)} ${earlier}`
  return `as ${earlier}`
}

const fine = (share: number): string => (share > 0 && share < 0.001 ? 'less than 0.1 %' : percent(share))
/** With as many digits as tell small shares apart, for an axis. */
export const shareText = (share: number): string => `${(share * 100).toFixed(share === 0 || share >= 0.1 ? 0 : share >= 0.01 ? 1 : 2)} %`

export const duration = (ms: number): string => (ms < 10 ? `${Number(ms.toFixed(1))} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`)

export function readLatency({ meanMs, p95Ms }: TrafficFigures, before: TrafficFigures, earlier: string): string {
  if (meanMs === null) return 'No page asked for anything.'
  const tail = p95Ms === null ? '' : p95Ms >= 2000 ? '; more than 5 in 100 took 2 s or longer' : `; 95 in 100 took about ${duration(p95Ms)} or less`
  const was = before.meanMs === null ? '' : `, ${duration(before.meanMs)} ${earlier}`
  return `An answer took ${duration(meanMs)} on average${was}${tail}.`
}

export function readEvents({ events }: TrafficFigures, before: TrafficFigures, earlier: string): string {
  const [now, then] = [sum(events), sum(before.events)]
  if (now === 0) return then === 0 ? 'No security events.' : `No security events; ${count(then, 'event')} ${earlier}.`
  const grave = events.critical > 0 ? `${figure(events.critical)} critical` : events.high > 0 ? `${figure(events.high)} high, none critical` : 'none high or critical'
  return `${count(now, 'security event')}, ${compare(now, then, earlier)}: ${grave}.`
}

const sum = (events: TrafficFigures['events']): number => events.low + events.medium + events.high + events.critical

export function readAuthentication({ users, signIns, operators }: AuthenticationAnswer['total']): string {
  const parts = [part(users, 'identity token'), signIns === null ? null : part(signIns, 'sign-in'), operators === null ? null : part(operators, 'request of an operator', 'requests of operators')]
  const told = parts.filter((one) => one !== null)
  return told.length === 0 ? 'Nobody proved who they are.' : `Refused: ${told.join('; ')}.`
}

function part({ accepted, refused }: { accepted: number; refused: number }, one: string, many = `${one}s`): string | null {
  const all = accepted + refused
  if (all === 0) return null
  return refused === 0 ? `none of ${count(all, one, many)}` : `${figure(refused)} of ${count(all, one, many)} (${fine(refused / all)})`
}

export type Measure = 'votes' | 'held' | 'events'
export const MEASURES: Record<Measure, [one: string, many: string]> = { votes: ['vote', 'votes'], held: ['held vote', 'held votes'], events: ['security event', 'security events'] }

/** @param what the sources are, such as `country` and `countries` */
export function readSources({ sources, total, unknown, others }: SourcesAnswer, measure: Measure, [one, many]: readonly [string, string]): string {
  const all = total[measure] ?? 0
  const [single, plural] = MEASURES[measure]
  if (all === 0) return `No ${plural}.`
  const largest = sources[0]
  const known = sources.filter((source) => (source[measure] ?? 0) > 0).length
  const rest = unknown[measure] ?? 0
  const notKnown = rest === 0 ? '' : ` Of ${fine(rest / all)} it is not known.`
  if (largest === undefined || (largest[measure] ?? 0) === 0) return `${count(all, single, plural)}.${notKnown}`
  const more = (others[measure] ?? 0) > 0 ? `more than ${known} ${many}` : count(known, one, many)
  return `${percent((largest[measure] ?? 0) / all)} of ${count(all, single, plural)} came from ${largest.label}; ${more} in all.${notKnown}`
}
