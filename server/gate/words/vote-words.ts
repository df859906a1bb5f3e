/** Why a vote is where it is, in sentences: what holds it first, then what its score was made of, the heaviest first. */
import type { CohortKind, HeldFor } from '../../contract/primitives.ts'
import type { Contribution } from '../judge.ts'
import { type FindingContext, creditWords, findingWords } from './finding-words.ts'

export interface HoldingCohort {
  kind: CohortKind
  /** As the ledger stores it. */
  evidence: unknown
}

export interface ToldVote {
  tier: 'verified' | 'device'
  heldFor: HeldFor | null
  cohort: HoldingCohort | undefined
  score: number | null
  /** As the decision stores them: written by this program, perhaps an earlier version of it. */
  breakdown: unknown
  signals: unknown
  windows: FindingContext['windows']
}

const SHARED: Record<CohortKind, string> = {
  machine: 'one machine on one line', network: 'one network', prefix: 'one IPv6 /48', fingerprint: 'one browser fingerprint',
  core: 'one kind of machine', hosting: 'addresses in data centres', gesture: 'one and the same click', surge: 'the same few minutes, by new visitors',
  users: 'signed-in users in one network',
}

/** Sentences, none where nothing spoke against the vote. What the policy gives no weight spoke neither way. */
export function reasonsOf(vote: ToldVote): string[] {
  const context: FindingContext = { signals: recordOf(vote.signals), windows: vote.windows }
  const held = vote.heldFor === null ? [] : [holdWords(vote.heldFor, vote)]
  const found = foundIn(vote.breakdown).filter(({ value, weight }) => value * weight > 0).toSorted((a, b) => b.value * b.weight - a.value * a.weight)
  return [...held, ...found.map((finding) => findingWords(finding, context))]
}

/** What spoke for it. */
export const creditsOf = (breakdown: unknown): string[] =>
  listOf(recordOf(breakdown)['credits']).flatMap((credit) => {
    const { name } = recordOf(credit)
    return typeof name === 'string' ? [creditWords(name)] : []
  })

/** Names of facts that were not to be had when it was judged. */
export const missingIn = (breakdown: unknown): string[] => listOf(recordOf(breakdown)['missing']).filter((name) => typeof name === 'string')

/** What holds it, in one sentence. */
export function holdWords(heldFor: HeldFor, { tier, cohort, score }: Pick<ToldVote, 'tier' | 'cohort' | 'score'>): string {
  switch (heldFor) {
    case 'score': return `Held for its score${score === null ? '' : ` of ${score.toFixed(2)}`}.`
    case 'seat': return 'Held because the same browser on the same network has a counted vote on this item already.'
    case 'age': return `Held because ${tier === 'verified' ? 'the user’s account' : 'the device'} was too new when it voted.`
    case 'moderator': return 'A moderator holds it.'
    case 'cohort': return cohort === undefined ? 'Held with other votes that share too much.' : `Held for its cohort: ${cohortWords(cohort)}.`
  }
}

/** `24 votes that share one network; 23 of the 24 voters want nothing else, where 12 % of the others do` */
export function cohortWords({ kind, evidence }: HoldingCohort): string {
  const { forItem, onlyItem, voters, expected, test } = recordOf(evidence)
  const many = isCount(forItem) ? forItem : isCount(voters) ? voters : undefined
  const shared = `${many === 1 ? '1 vote that shares' : `${many ?? 'several'} votes that share`} ${SHARED[kind]}`
  if (!isCount(voters) || typeof expected !== 'number') return shared
  if (test === 'focus' && isCount(onlyItem)) return `${shared}; ${onlyItem} of the ${voters} voters want nothing else, where ${percent(expected)} of the others do`
  if (test === 'share' || test === 'surge') return `${shared}; ${percent(expected)} of ${voters} would be usual`
  return shared
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}

function foundIn(breakdown: unknown): Pick<Contribution, 'detector' | 'value' | 'weight'>[] {
  return listOf(recordOf(breakdown)['found']).flatMap((entry) => {
    const { detector, value, weight } = recordOf(entry)
    return typeof detector === 'string' && typeof value === 'number' && typeof weight === 'number' ? [{ detector, value, weight }] : []
  })
}
