/**
 * What a batch of ballots does to the votes, seats and tallies as they are now. Pure: rows in, changes out; the database
 * part (db/queries/ballots.ts) locks, calls this, and writes what it says.
 *
 * Set semantics: a ballot says what the vote is now, so a retry changes nothing. A key once used stays used: taking a vote
 * back frees neither the voter’s row nor the fingerprint’s seat.
 */
import type { DedupMode } from '../contract/primitives.ts'

export type StateCode = 'c' | 'h' | 'i'
export type TierCode = 'v' | 'd'
export type ValueCode = 0 | 1

export interface VoteRow {
  projectId: number
  itemId: number
  voter: string
  tier: TierCode
  state: StateCode
  value: ValueCode
  castAt: number
  supersededBy: string | null
}

export interface Ballot {
  projectId: number
  itemId: number
  voter: string
  tier: TierCode
  value: ValueCode
  castAt: number
  /** The verdict was to hold. */
  hold: boolean
  /** Held for something that passes: it takes a seat all the same, or waits for one. */
  holdTakesSeat?: boolean
  /** The fingerprint’s bucket and how many counted votes it may have on one item. */
  seat: { bucket: string; limit: number; whenTaken: DedupMode } | null
  /** Voter key of the device a verified voter votes from: its own vote gives way to theirs. */
  supersedes: string | null
}

export type Outcome =
  /**
   * `seatTaken`: held because the bucket’s seat was, whatever the verdict said. `before`: it was held already, for a reason of
   * its own that this ballot does not change.
   */
  | { result: 'recorded' | 'unchanged'; state: StateCode; value: ValueCode; seatTaken?: true; before?: true }
  | { result: 'refused'; because: 'seat_taken' | 'superseded' | ClosedItem['because'] }

export interface ClosedItem {
  projectId: number
  itemId: number
  /** Its votes went to another item, or are on their way there, or back: that is over in a moment. */
  because: 'merged' | 'merging'
}

export interface TallyColumns {
  counted: number
  held: number
  invalidated: number
  /** Of each column, how many are verified users’. */
  countedVerified: number
  heldVerified: number
  invalidatedVerified: number
}
export interface TallyDelta extends TallyColumns {
  projectId: number
  itemId: number
}
export interface SeatRow {
  projectId: number
  itemId: number
  bucket: string
  seats: number
}
export interface Settlement {
  /** Same order as the ballots. */
  outcomes: Outcome[]
  inserts: VoteRow[]
  updates: VoteRow[]
  newSeats: SeatRow[]
  changedSeats: SeatRow[]
  tallyDeltas: TallyDelta[]
}

const voteKey = (projectId: number, itemId: number, voter: string): string => `${projectId}:${itemId}:${voter}`

/** `votes` and `seats` are the rows the ballots touch, as they are now. Ballots are taken in order: a later one sees an earlier one’s. */
export function settle(
  ballots: readonly Ballot[], votes: readonly VoteRow[], seats: readonly SeatRow[], closed: readonly ClosedItem[] = [],
): Settlement {
  const closedFor = new Map(closed.map(({ projectId, itemId, because }) => [`${projectId}:${itemId}`, because]))
  const rows = new TrackedRows<VoteRow>(votes, (row) => voteKey(row.projectId, row.itemId, row.voter))
  const taken = new TrackedRows<SeatRow>(seats, (row) => voteKey(row.projectId, row.itemId, row.bucket))
  const tallies = new Map<string, TallyDelta>()

  const change = (key: string, next: VoteRow): void => {
    const before = rows.get(key)
    if (before !== undefined) addVote(deltaFor(tallies, before), before, -1)
    addVote(deltaFor(tallies, next), next, 1)
    rows.set(key, next)
  }

  const outcomes = ballots.map((ballot): Outcome => {
    const because = closedFor.get(`${ballot.projectId}:${ballot.itemId}`)
    if (because !== undefined) return { result: 'refused', because }
    const key = voteKey(ballot.projectId, ballot.itemId, ballot.voter)
    const row = rows.get(key)
    if (row !== undefined && row.supersededBy !== null) return { result: 'refused', because: 'superseded' }
    if (row === undefined && ballot.value === 0 && !takesBackDeviceVote(ballot, rows)) {
      return { result: 'unchanged', state: 'c', value: 0 }
    }

    let outcome: Outcome
    if (row === undefined) {
      const seat = ballot.hold && ballot.holdTakesSeat !== true ? 'c' : takeSeat(ballot, taken)
      if (seat === 'refused') return { result: 'refused', because: 'seat_taken' }
      const state = ballot.hold ? 'h' : seat
      const { projectId, itemId, voter, tier, value, castAt } = ballot
      change(key, { projectId, itemId, voter, tier, state, value, castAt, supersededBy: null })
      outcome = seat === 'h' ? { result: 'recorded', state, value, seatTaken: true } : { result: 'recorded', state, value }
    } else if (row.value === ballot.value) {
      outcome = { result: 'unchanged', state: row.state, value: row.value }
    } else {
      const state = row.state === 'c' && ballot.value === 1 && ballot.hold ? 'h' : row.state
      change(key, { ...row, state, value: ballot.value, castAt: ballot.castAt })
      outcome = { result: 'recorded', state, value: ballot.value, ...(row.state === 'h' ? { before: true as const } : {}) }
    }
    if (ballot.supersedes !== null) supersede(ballot, ballot.supersedes, rows, change)
    return outcome
  })

  return {
    outcomes,
    inserts: rows.added(),
    updates: rows.changed(),
    newSeats: taken.added(),
    changedSeats: taken.changed(),
    tallyDeltas: [...tallies.values()].filter(isMove),
  }
}

/** 1 where the vote stands in the column of its state, 0 where it is in no tally. */
export function standing(row: Pick<VoteRow, 'state' | 'value' | 'supersededBy'>, state: StateCode): 0 | 1 {
  return row.state === state && row.value === 1 && row.supersededBy === null ? 1 : 0
}

export const noMove = (projectId: number, itemId: number): TallyDelta =>
  ({ projectId, itemId, counted: 0, held: 0, invalidated: 0, countedVerified: 0, heldVerified: 0, invalidatedVerified: 0 })

/** Adds the vote to its column, or with -1 takes it out; or so many like it. */
export function addVote(delta: TallyColumns, row: Pick<VoteRow, 'state' | 'value' | 'supersededBy' | 'tier'>, sign: 1 | -1, votes = 1): void {
  const change = sign * votes
  const verified = row.tier === 'v' ? change : 0
  delta.counted += change * standing(row, 'c')
  delta.held += change * standing(row, 'h')
  delta.invalidated += change * standing(row, 'i')
  delta.countedVerified += verified * standing(row, 'c')
  delta.heldVerified += verified * standing(row, 'h')
  delta.invalidatedVerified += verified * standing(row, 'i')
}

function isMove(delta: TallyDelta): boolean {
  const { projectId: _project, itemId: _item, ...columns } = delta
  return Object.values(columns).some((column) => column !== 0)
}

function deltaFor(tallies: Map<string, TallyDelta>, { projectId, itemId }: VoteRow): TallyDelta {
  const key = `${projectId}:${itemId}`
  const delta = tallies.get(key) ?? noMove(projectId, itemId)
  tallies.set(key, delta)
  return delta
}

function takeSeat(ballot: Ballot, taken: TrackedRows<SeatRow>): StateCode | 'refused' {
  if (ballot.seat === null) return 'c'
  const { projectId, itemId, seat: { bucket, limit, whenTaken } } = ballot
  const key = voteKey(projectId, itemId, bucket)
  const seats = taken.get(key)?.seats ?? 0
  if (seats >= limit) return whenTaken === 'refuse' ? 'refused' : 'h'
  taken.set(key, { projectId, itemId, bucket, seats: seats + 1 })
  return 'c'
}

/** A person who voted before signing in takes that vote back as themselves. */
function takesBackDeviceVote(ballot: Ballot, rows: TrackedRows<VoteRow>): boolean {
  if (ballot.supersedes === null) return false
  const row = rows.get(voteKey(ballot.projectId, ballot.itemId, ballot.supersedes))
  return row !== undefined && row.value === 1 && row.supersededBy === null
}

/** The device’s vote gives way; a device without one gets a row all the same, or signing out would buy a second vote. */
function supersede(
  ballot: Ballot, device: string, rows: TrackedRows<VoteRow>, change: (key: string, next: VoteRow) => void,
): void {
  const key = voteKey(ballot.projectId, ballot.itemId, device)
  const row = rows.get(key)
  if (row === undefined) {
    const { projectId, itemId, castAt, voter } = ballot
    change(key, { projectId, itemId, voter: device, tier: 'd', state: 'c', value: 0, castAt, supersededBy: voter })
  } else if (row.supersededBy === null) {
    change(key, { ...row, supersededBy: ballot.voter })
  }
}

/** Rows as they were, and what has become of them. */
class TrackedRows<Row> {
  readonly #before: ReadonlyMap<string, Row>
  readonly #now = new Map<string, Row>()

  constructor(rows: readonly Row[], keyOf: (row: Row) => string) {
    this.#before = new Map(rows.map((row) => [keyOf(row), row]))
  }
  get(key: string): Row | undefined {
    return this.#now.get(key) ?? this.#before.get(key)
  }
  set(key: string, row: Row): void {
    this.#now.set(key, row)
  }
  added(): Row[] {
    return [...this.#now].filter(([key]) => !this.#before.has(key)).map(([, row]) => row)
  }
  changed(): Row[] {
    return [...this.#now].filter(([key]) => this.#before.has(key)).map(([, row]) => row)
  }
}
