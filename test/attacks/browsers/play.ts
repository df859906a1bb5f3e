/** Lets each client vote on a ground of its own, and reads what became of its votes. */
import type { Vote } from '../../../server/contract/moderation.ts'
import type { Databases } from '../simulator/databases.ts'
import { type Client, type ClientKind, type Visit, wait } from './client.ts'
import type { Display } from './display.ts'
import { openGateway } from './gateway.ts'
import { type Ground, openGround } from './ground.ts'

export interface PlayedClient {
  name: string
  about: string
  form: Client['form']
  visits: number
  /** In the tally when the last visit was over. */
  counted: number
  held: number
  /** Nothing in the ledger. */
  lost: number
  heldFor: string[]
  /** Middle score; null without votes. */
  score: number | null
  /** What spoke against its votes, with the number of votes. */
  detectors: Record<string, number>
  /** Different core hashes, and how many votes came with one. */
  cores: number
  withCore: number
  visitorIds: number
  /** In the tally after the watch has looked, and held by it as a cohort. */
  countedInTheEnd: number
  heldByCohort: number
}

export interface SkippedClient {
  name: string
  skipped: string
}

export interface PlayOptions {
  visits: number
  display: Display | undefined
  databases: Pick<Databases, 'create'>
  /** See Visit; not unless somebody says so: nobody who stuffs a board waits. */
  unhurried?: boolean
}

/** A vote that needs the step-up waits for 2^20 hashes first, and on a busy machine for its turn. */
const VOTE_MS = 90_000
const POLL_MS = 100

export async function playClient(kind: ClientKind, { visits, display, databases, unhurried = false }: PlayOptions): Promise<PlayedClient | SkippedClient> {
  const client = await kind.start(display)
  if ('missing' in client) return { name: kind.name, skipped: client.missing }
  try {
    const ground = await openGround(databases)
    try {
      const addresses = Array.from({ length: visits }, (_, number) => addressOf(number))
      for (const [number, address] of addresses.entries()) await visitOnce(client, ground, { address, number, unhurried })
      const before = await votesOf(ground, addresses)
      await ground.watch()
      const after = await votesOf(ground, addresses)
      return { name: kind.name, about: kind.about, form: client.form, visits, ...summarise(before, after, visits) }
    } finally {
      await ground.close()
    }
  } finally {
    await client.close()
  }
}

async function visitOnce(client: Client, ground: Ground, visit: Pick<Visit, 'address' | 'number' | 'unhurried'>): Promise<void> {
  const { address } = visit
  const gateway = await openGateway(address, [ground.widget, ground.site])
  try {
    const leave = await client.visit({ ...visit, ground, gateway: gateway.url })
    try {
      const deadline = performance.now() + VOTE_MS
      while ((await ground.findVote(address)) === undefined && performance.now() < deadline) await wait(POLL_MS)
    } finally {
      await leave()
    }
  } finally {
    await gateway.close()
  }
}

/** A network of its own for each visit, in the range for benchmarks: no country and no provider speaks for or against it. */
const addressOf = (number: number): string => `198.18.${number + 1}.7`

const votesOf = async (ground: Ground, addresses: readonly string[]): Promise<Vote[]> =>
  (await Promise.all(addresses.map((address) => ground.findVote(address)))).filter((vote) => vote !== undefined)

const inState = (votes: readonly Vote[], state: Vote['state']): number => votes.filter((vote) => vote.state === state).length

function summarise(before: readonly Vote[], after: readonly Vote[], visits: number) {
  const detectors: Record<string, number> = {}
  for (const name of before.flatMap(namesOf)) detectors[name] = (detectors[name] ?? 0) + 1
  const scores = before.flatMap(({ score }) => (score === null ? [] : [score])).toSorted((one, other) => one - other)
  const cores = before.flatMap(({ core }) => core ?? [])
  return {
    counted: inState(before, 'counted'),
    held: inState(before, 'held'),
    lost: visits - before.length,
    heldFor: [...new Set(before.flatMap(({ heldFor }) => heldFor ?? []))],
    score: scores[Math.floor(scores.length / 2)] ?? null,
    detectors,
    cores: new Set(cores).size,
    withCore: cores.length,
    visitorIds: new Set(before.flatMap(({ fingerprint }) => fingerprint ?? [])).size,
    countedInTheEnd: inState(after, 'counted'),
    heldByCohort: after.filter(({ heldFor }) => heldFor === 'cohort').length,
  }
}

/** Detectors that found something. */
function namesOf({ breakdown }: Vote): string[] {
  const { found } = breakdown as { found: { detector: string; value: number; weight: number }[] }
  return found.filter(({ value, weight }) => value * weight > 0).map(({ detector }) => detector)
}
