/** The vote list beside a naive one: every vote read, filtered and sorted here. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ListedVote, listVotes } from '../../db/queries/vote-list.ts'
import type { VoteFilterRow } from '../../db/queries/vote-filter.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'
import { openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { randomFrom } from '../helpers/vote-model.ts'

const DAY_MS = 86_400_000
const NETWORKS = ['203.0.113', '198.51.100', '192.0.2']
const CORES = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100']
const COUNTRIES = ['NL', 'DE', null]

let server: TestApp
let project: TestProject
let moderator: Operator
/** Everything there is, as the unfiltered list has it, with the network its address is in. */
let all: ListedVote[]
let cohortId: number
// Any other seed will do; one that is drawn would ask each run something else.
const random = randomFrom(20_261_122)
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  const end = server.clock.now
  const voters = Array.from({ length: 60 }, () => randomUUID())
  server.clock.now = end - 60 * DAY_MS
  let drawn = new Set<string>()
  for (let n = 0; n < 260; n += 1) {
    // In clumps, several of them in one millisecond, and days apart.
    const before = server.clock.now
    if (random(3) > 0) server.clock.now += pick([0, 1, 40, 60_000, 7_200_000, 2 * DAY_MS])
    if (server.clock.now > end) server.clock.now = end
    if (server.clock.now > before) drawn = new Set()
    const heldFor = pick([null, null, null, null, 'seat', 'score', 'age'] as const)
    const [itemId, voter] = [pick(project.items), pick(voters)]
    // What finds a vote that was cast twice in one millisecond is a test of its own.
    if (drawn.has(`${itemId}:${voter}`)) continue
    drawn.add(`${itemId}:${voter}`)
    await recordVote(server, project, {
      itemId, voter, tier: pick(['d', 'd', 'v']), value: random(5) === 0 ? 0 : 1, heldFor,
      facts: {
        ipAddress: `${pick(NETWORKS)}.${random(4)}`, fingerprint: pick(['feedface00000001', 'feedface00000002', null]), core: pick([...CORES, null]),
        country: pick(COUNTRIES), asn: pick([64_500, 64_501, null]),
      },
    })
  }
  server.clock.now = end
  const ids = (await moderator.votes({ limit: 200 })).votes.map(({ id }) => id)
  cohortId = (await openCohort(server, project, { kind: 'core', matches: 'x', itemId: project.items[0] }, ids.filter(() => random(6) === 0))).cohort.id
  await moderator.invalidate({ voteIds: ids.filter(() => random(6) === 0) })
  await moderator.hold({ voteIds: ids.filter(() => random(6) === 0) })
  await moderator.release({ voteIds: ids.filter(() => random(5) === 0) })
  // A row that nobody cast, as a verified voter’s makes for the device; and one whose decision retention took.
  await server.app.db.query(
    `insert into votes (project_id, item_id, voter, cast_at, tier, state, value, superseded_by) values ($1, $2, $3, to_timestamp($4 / 1000.0), 'd', 'c', '0', $5)`,
    [project.id, Number(project.items[1]), randomUUID(), end - 5 * DAY_MS, voters[0]])
  await server.app.db.query(`delete from decisions where decided_at < to_timestamp($1 / 1000.0)`, [end - 50 * DAY_MS])
  all = await listVotes(server.app.db, project.id, {}, { after: null, limit: 1000 })
})
afterAll(() => server.close())

const byOrder = (a: ListedVote, b: ListedVote): number =>
  b.castAt - a.castAt || b.itemId - a.itemId || (a.voter < b.voter ? 1 : a.voter > b.voter ? -1 : 0)

/** Every field but `cohort`, which the columns of a vote do not tell in full. */
function matches(vote: ListedVote, filter: VoteFilterRow): boolean {
  const { item, ip, network, since, until, ...same } = filter
  return (item === undefined || vote.itemId === item) && (ip === undefined || vote.ipAddress === ip)
    && (network === undefined || vote.ipAddress?.startsWith(network.slice(0, network.lastIndexOf('.') + 1)) === true)
    && (since === undefined || vote.castAt >= since) && (until === undefined || vote.castAt < until)
    && Object.entries(same).every(([field, value]) => vote[field as keyof ListedVote] === value)
}

function randomFilter(): VoteFilterRow {
  const fields: VoteFilterRow[] = [
    { item: Number(pick(project.items)) }, { state: pick(['counted', 'held', 'invalidated']) }, { tier: pick(['verified', 'device']) },
    { ip: `${pick(NETWORKS)}.${random(4)}` }, { network: `${pick(NETWORKS)}.0/24` }, { fingerprint: 'feedface00000001' }, { core: pick(CORES) },
    { country: pick(['NL', 'DE', 'XX']) }, { asn: 64_500 }, { heldFor: pick(['score', 'seat', 'age', 'cohort', 'moderator']) },
    { since: pick(all).castAt }, { until: pick(all).castAt }, { voter: pick(all).voter }, { device: pick(all).device ?? pick(all).voter },
  ]
  return Object.assign({}, ...Array.from({ length: random(4) }, () => pick(fields))) as VoteFilterRow
}

describe('the vote list', () => {
  test('has every vote once, newest first', async () => {
    const { rows } = await server.app.db.query<{ id: string }>(
      `select item_id || ':' || voter as id from votes where project_id = $1`, [project.id])
    expect(all.length).toBeGreaterThan(100)
    expect(all.map(({ itemId, voter }) => `${itemId}:${voter}`).toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
    expect(all).toEqual(all.toSorted(byOrder))
    expect(all.filter(({ ipAddress }) => ipAddress === null).length).toBeGreaterThan(1)
  })

  // Both ways of finding votes: from what a filter leaves, and over stretches of time.
  test.each([['as it is', undefined], ['as if nothing were few', { rows: 0, ofItem: 0, held: 0 }], ['as if some were', { rows: 20, ofItem: 60, held: 20 }]] as const)(
    '%s, in pages of any size under any filter, is the naive one', async (_title, few) => {
      for (let n = 0; n < 120; n += 1) {
        const filter = randomFilter()
        const limit = 1 + random(40)
        const found: ListedVote[] = []
        for (;;) {
          const last = found.at(-1)
          const page = await listVotes(server.app.db, project.id, filter, { after: last ?? null, limit }, few)
          found.push(...page)
          if (page.length < limit) break
        }
        expect(found.map(({ itemId, voter }) => `${itemId}:${voter}`), `${JSON.stringify(filter)} in pages of ${limit}`)
          .toEqual(all.filter((vote) => matches(vote, filter)).map(({ itemId, voter }) => `${itemId}:${voter}`))
      }
    })

  test('a vote that was cast twice within a millisecond is one, and found by either address', async () => {
    const voter = randomUUID()
    for (const [ipAddress, value] of [['203.0.113.201', 1], ['203.0.113.202', 0]] as const) {
      await recordVote(server, project, { itemId: String(project.items[0]), voter, value, facts: { ipAddress } })
    }
    for (const ip of ['203.0.113.201', '203.0.113.202']) {
      const found = await listVotes(server.app.db, project.id, { ip }, { after: null, limit: 10 })
      expect(found.map((vote) => [vote.voter, vote.value])).toEqual([[voter, 0]])
    }
  })

  test('of a cohort has those it is a reason for, whatever else holds them', async () => {
    const listed = await listVotes(server.app.db, project.id, { cohort: cohortId }, { after: null, limit: 500 })
    const { rows } = await server.app.db.query<{ id: string }>(
      `select v.item_id || ':' || v.voter as id from votes v join invalidated_votes i using (project_id, item_id, voter)
         join invalidations a using (project_id, invalidation_id)
       where a.project_id = $1 and a.cohort_id = $2 and not i.ended and v.state = 'h' and not exists (
         select from invalidated_votes r join invalidations b using (project_id, invalidation_id)
         where r.project_id = $1 and r.item_id = v.item_id and r.voter = v.voter and not r.ended and b.effect = 'c' and r.invalidation_id > i.invalidation_id)`,
      [project.id, cohortId])
    expect(listed.length).toBeGreaterThan(0)
    expect(listed.map(({ itemId, voter }) => `${itemId}:${voter}`).toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
  })

  test('of a voter, a device, a country and a network operator is found over HTTP', async () => {
    const vote = all.find(({ country, asn, device }) => country !== null && asn !== null && device !== null) as ListedVote
    const { voter, device, country, asn } = vote
    for (const query of [{ voter }, { device: device as string }, { country: country as string, voter }, { asn: asn as number, voter: voter.toUpperCase() }]) {
      expect((await moderator.votes(query)).votes.map(({ id }) => id)).toContain(`${vote.itemId}:${voter}`)
    }
  })

  test.each(['country=nl', 'country=NLD', 'asn=0', 'asn=x', 'device=x', 'voter=1'])('refuses %s', async (query) =>
    expectProblem(await moderator.call('GET', `/moderation/v1/votes?project=${project.key}&${query}`), 400, 'invalid_request'))
})
