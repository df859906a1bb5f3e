import { describe, expect, test } from 'vitest'
import type { TrafficFigures } from '../../../../contract/pictures.ts'
import { compare, duration, readAuthentication, readDenials, readEvents, readLatency, readRequests, readSources, readVotes, shareText } from './readings.ts'

const NOTHING: TrafficFigures = {
  requests: 0, denied: 0, errors: 0, meanMs: null, p95Ms: null, otherRequests: 0, votes: 0, held: 0, events: { low: 0, medium: 0, high: 0, critical: 0 },
}
const of = (votes: number) => ({ votes, held: 0, events: 0 })
const figures = (some: Partial<TrafficFigures>): TrafficFigures => ({ ...NOTHING, ...some })

test.each([
  [0, 0, 'none, as the day before'], [5, 0, 'none the day before'], [0, 5, 'there were some the day before'], [300, 100, '3 times as many as the day before'],
  [245, 100, '2.5 times as many as the day before'], [5000, 100, '50 times as many as the day before'], [112, 100, '12 % more than the day before'],
  [103, 100, 'about as many as the day before'], [40, 100, '60 % fewer than the day before'],
])('%d after %d is %s', (now, before, words) => {
  expect(compare(now, before, 'the day before')).toBe(words)
})

test('shares have as many digits as tell them apart', () => {
  expect([0, 0.0004, 0.012, 0.34].map(shareText)).toEqual(['0 %', '0.04 %', '1.2 %', '34 %'])
})

describe('a sentence says', () => {
  test('what pages asked for, and who else', () => {
    expect(readRequests(figures({ requests: 1200 }), figures({ requests: 1000 }), 'the day before')).toBe('1,200 requests of pages, 20 % more than the day before.')
    expect(readRequests(figures({ otherRequests: 1 }), NOTHING, 'the day before')).toBe('No page asked for anything. 1 other request: operators, assets, health checks, paths that do not exist.')
  })

  test('how many voted, and how many votes were held', () => {
    expect(readVotes(figures({ votes: 340, held: 17 }), figures({ votes: 100 }), 'the day before')).toBe('340 votes, 3.4 times as many as the day before; 5.0 % were held on arrival.')
    expect(readVotes(figures({ votes: 1 }), NOTHING, 'the day before')).toBe('1 vote, none the day before; none was held on arrival.')
    expect([readVotes(NOTHING, NOTHING, 'the day before'), readVotes(NOTHING, figures({ votes: 2 }), 'the day before')]).toEqual(['No votes.', 'No votes; 2 votes the day before.'])
  })

  test('what share was denied, and how that was before', () => {
    expect(readDenials(figures({ requests: 1000, denied: 4 }), figures({ requests: 3000, denied: 4 }), 'the day before'))
      .toBe('Denials are 0.4 % of requests, 3× the day before; none failed for a fault of the server.')
    expect(readDenials(figures({ requests: 100_000, errors: 2 }), figures({ requests: 5 }), 'the day before'))
      .toBe('No request was denied; 2 requests failed for a fault of the server (less than 0.1 %).')
    expect(readDenials(figures({ requests: 10, denied: 5 }), NOTHING, 'the hour before')).toBe('Denials are 50 % of requests; none failed for a fault of the server.')
    expect(readDenials(figures({ requests: 100, denied: 1 }), figures({ requests: 100, denied: 4 }), 'the hour before')).toContain('1.0 % of requests, 4.0 % the hour before')
  })

  test('how long answers took', () => {
    expect(readLatency(figures({ meanMs: 3.24, p95Ms: 12.4 }), figures({ meanMs: 3 }), 'the week before')).toBe('An answer took 3.2 ms on average, 3 ms the week before; 95 in 100 took about 12 ms or less.')
    expect(readLatency(figures({ meanMs: 3.24, p95Ms: 2000 }), NOTHING, 'the week before')).toBe('An answer took 3.2 ms on average; more than 5 in 100 took 2 s or longer.')
    expect([0.4, 9.96, 12.5, 1499].map(duration)).toEqual(['0.4 ms', '10 ms', '13 ms', '1.5 s'])
  })

  test('how grave events were', () => {
    expect(readEvents(figures({ events: { low: 5, medium: 1, high: 0, critical: 0 } }), NOTHING, 'the day before')).toBe('6 security events, none the day before: none high or critical.')
    expect(readEvents(figures({ events: { low: 0, medium: 0, high: 1, critical: 0 } }), figures({ events: { low: 1, medium: 0, high: 0, critical: 0 } }), 'the day before'))
      .toBe('1 security event, about as many as the day before: 1 high, none critical.')
    expect(readEvents(NOTHING, figures({ events: { low: 2, medium: 0, high: 0, critical: 0 } }), 'the day before')).toBe('No security events; 2 events the day before.')
  })

  test('who was refused', () => {
    const none = { accepted: 0, refused: 0 }
    expect(readAuthentication({ users: { accepted: 409, refused: 3 }, signIns: { accepted: 5, refused: 0 }, operators: none })).toBe('Refused: 3 of 412 identity tokens (0.7 %); none of 5 sign-ins.')
    expect(readAuthentication({ users: none, signIns: null, operators: null })).toBe('Nobody proved who they are.')
  })

  test('where most came from', () => {
    const answer = { since: 0, until: 1, sources: [{ key: 'DE', label: 'Germany', ...of(62) }, { key: 'FR', label: 'France', ...of(35) }], others: of(0), unknown: of(3), total: of(100) }
    expect(readSources(answer, 'votes', ['country', 'countries'])).toBe('62 % of 100 votes came from Germany; 2 countries in all. Of 3.0 % it is not known.')
    expect(readSources({ ...answer, others: of(1) }, 'votes', ['country', 'countries'])).toContain('more than 2 countries in all')
    expect(readSources(answer, 'held', ['country', 'countries'])).toBe('No held votes.')
  })
})
