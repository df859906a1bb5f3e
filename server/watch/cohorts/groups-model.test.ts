/** Groups against a plain recount: whatever happened, each group is as if it had been counted just now from what its voters last said. */
import { expect, it } from 'vitest'
import type { CohortKind } from '../../contract/primitives.ts'
import { seeded } from '../../gate/seeded.fixture.ts'
import type { ObservedVote } from '../observed-vote.ts'
import { Groups } from './groups.ts'

interface Voter {
  name: string
  projectId: number
  items: Set<number>
  tainted: Set<number>
  signs: [CohortKind, string][]
  platform: string
  lastAt: number
}

const MAX_VOTERS = 90
const HORIZON = 5000
const MOST_SIGNS = 15
const KINDS: readonly CohortKind[] = ['network', 'prefix', 'fingerprint', 'core', 'machine', 'users']
const PLATFORMS = ['windows', 'ios', 'android']

/** Least recently heard of first. */
class Recount {
  voters: Voter[] = []

  observe({ projectId, voter: name, itemId, value, at, signs, platform }: ObservedVote): void {
    this.voters = this.voters.filter(({ lastAt }) => lastAt > at - HORIZON)
    let voter = this.voters.find((known) => known.name === name && known.projectId === projectId)
    if (voter === undefined) {
      if (value === 0) return
      if (this.voters.length >= MAX_VOTERS) this.voters.shift()
      voter = { name, projectId, items: new Set(), tainted: new Set(), signs: [], platform: platform ?? '', lastAt: at }
    } else this.voters.splice(this.voters.indexOf(voter), 1)
    this.voters.push(voter)
    voter.lastAt = at
    if (value === 1) voter.items.add(itemId)
    else voter.items.delete(itemId)
    for (const [kind, matches] of Object.entries(signs) as [CohortKind, string][]) {
      if (!voter.signs.some(([k, m]) => k === kind && m === matches)) voter.signs.push([kind, matches])
    }
    voter.signs = voter.items.size === 0 ? [] : voter.signs.slice(-MOST_SIGNS)
  }

  taint(projectId: number, itemId: number, names: readonly string[]): void {
    for (const voter of this.voters) if (voter.projectId === projectId && names.includes(voter.name)) voter.tainted.add(itemId)
  }

  count(projectId: number, belongs: (voter: Voter) => boolean) {
    const group = { voters: 0, single: 0, items: {} as Record<number, { voters: number; only: number }>, platforms: {} as Record<string, number> }
    for (const voter of this.voters) {
      const wanted = [...voter.items].filter((itemId) => !voter.tainted.has(itemId))
      if (voter.projectId !== projectId || !belongs(voter) || wanted.length === 0) continue
      group.voters += 1
      if (wanted.length === 1) group.single += 1
      group.platforms[voter.platform] = (group.platforms[voter.platform] ?? 0) + 1
      for (const itemId of wanted) {
        const item = (group.items[itemId] ??= { voters: 0, only: 0 })
        item.voters += 1
        if (wanted.length === 1) item.only += 1
      }
    }
    return group
  }
}

it.each([[2, 1], [4, 2], [100, 3]])('counted from %i voters on: 6,000 random votes, retractions and cohorts', (leastVoters, seed) => {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const groups = new Groups(MAX_VOTERS, HORIZON, leastVoters)
  const plain = new Recount()
  let compared = 0
  for (let step = 0, at = 10_000; step < 6000; step += 1) {
    at += random() < 0.002 ? 4000 : below(20)
    const projectId = 1 + below(2)
    const itemId = 10 + below(4)
    if (random() < 0.1) {
      const names = Array.from({ length: 3 }, () => `v${below(90)}`)
      groups.taint(projectId, itemId, names)
      plain.taint(projectId, itemId, names)
    } else {
      const signs = Object.fromEntries(KINDS.filter(() => random() < 0.6).map((kind) => [kind, `${kind} ${below(kind === 'prefix' ? 2 : 12)}`]))
      const person = below(90)
      const vote: ObservedVote = {
        projectId, itemId, voter: `v${person}`, at, tier: 'd', value: random() < 0.7 ? 1 : 0, state: 'c', heldFor: null, platform: PLATFORMS[person % 3], signs,
      }
      groups.observe(vote)
      plain.observe(vote)
    }
    if (step % 5 !== 0) continue
    const kind = KINDS[below(KINDS.length)] as CohortKind
    const matches = `${kind} ${below(kind === 'prefix' ? 2 : 12)}`
    const wanted = plain.count(projectId, ({ signs }) => signs.some(([k, m]) => k === kind && m === matches))
    const group = groups.group(projectId, kind, matches)
    const found = group === undefined
      ? { voters: 0, single: 0, items: {}, platforms: {} }
      : { voters: group.voters, single: group.single, items: Object.fromEntries(group.items), platforms: Object.fromEntries(group.platforms) }
    expect(found, `step ${step}: ${matches}`).toEqual(wanted)
    expect(groups.size).toBe(plain.voters.length)
    if (wanted.voters > 0) compared += 1
    const nobody = { kind: 'network' as const, matches: '', voters: 0, single: 0, items: new Map(), platforms: new Map() }
    if (leastVoters === 100) continue
    const all = plain.count(projectId, () => true)
    const others = groups.others(projectId, nobody, itemId)
    // Lines of one mind are left out: no more than everybody, and no less than nobody.
    expect(others.voters).toBeLessThanOrEqual(all.voters)
    expect(others.item).toBeLessThanOrEqual(all.items[itemId]?.voters ?? 0)
  }
  expect(compared).toBeGreaterThan(500)
  expect(groups.forgotten).toBeGreaterThan(0)
})

it('answers the groups that more than a few share, once they do', () => {
  const groups = new Groups(100, HORIZON)
  const answers = Array.from({ length: 5 }, (_, index) => groups.observe({
    projectId: 1, itemId: 7, voter: `v${index}`, at: 1000, tier: 'd', value: 1, state: 'c', heldFor: null, platform: 'windows',
    signs: { network: '10.0.0.0/24', core: `c${index}` },
  }).map(({ kind, voters }) => `${kind} ${voters}`))
  expect(answers).toEqual([[], [], [], ['network 4'], ['network 5']])
})

it('counts whoever wants very many items by the newest of them', () => {
  const groups = new Groups(100, HORIZON)
  for (let itemId = 1; itemId <= 200; itemId += 1) {
    groups.observe({ projectId: 1, itemId, voter: 'ada', at: 1000, tier: 'd', value: 1, state: 'c', heldFor: null, platform: undefined, signs: { core: 'c' } })
  }
  const items = [...(groups.group(1, 'core', 'c')?.items.keys() ?? [])]
  expect([items.length, Math.min(...items), Math.max(...items)]).toEqual([64, 137, 200])
})
