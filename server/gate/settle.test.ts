import { describe, expect, it } from 'vitest'
import { type Ballot, type VoteRow, noMove, settle } from './settle.ts'

const ballot = (given: Partial<Ballot> = {}): Ballot => ({
  projectId: 1, itemId: 7, voter: 'ada', tier: 'd', value: 1, castAt: 100, hold: false, seat: null, supersedes: null, ...given,
})
const row = (given: Partial<VoteRow> = {}): VoteRow => ({
  projectId: 1, itemId: 7, voter: 'ada', tier: 'd', state: 'c', value: 1, castAt: 50, supersededBy: null, ...given,
})
const seat = { bucket: 'laptop', limit: 1, whenTaken: 'hold' as const }

describe('settle', () => {
  it('counts a hundred ballots of one voter once', () => {
    const settled = settle(Array.from({ length: 100 }, () => ballot()), [], [])
    expect(settled.inserts).toHaveLength(1)
    expect(settled.tallyDeltas).toEqual([{ ...noMove(1, 7), counted: 1 }])
    expect(settled.outcomes.filter((outcome) => outcome.result === 'unchanged')).toHaveLength(99)
  })

  it('changes nothing on a retry', () => {
    expect(settle([ballot()], [row()], [])).toMatchObject({ inserts: [], updates: [], tallyDeltas: [] })
  })

  it('takes a vote back and gives it again without opening the key or the seat to anybody else', () => {
    const back = settle([ballot({ value: 0 })], [row()], [])
    expect(back.tallyDeltas).toMatchObject([{ counted: -1 }])
    expect(back.changedSeats).toEqual([])
    const again = settle([ballot({ seat })], [row({ value: 0 })], [{ projectId: 1, itemId: 7, bucket: 'laptop', seats: 1 }])
    expect(again.outcomes).toMatchObject([{ result: 'recorded', state: 'c' }])
  })

  it('records nothing when a vote is taken back that was never cast', () => {
    expect(settle([ballot({ value: 0 })], [], [])).toMatchObject({ inserts: [], outcomes: [{ result: 'unchanged', value: 0 }] })
  })

  it('holds the next voter of a bucket, or refuses where the project says so', () => {
    const both = settle([ballot({ seat }), ballot({ voter: 'bob', seat })], [], [])
    expect(both.outcomes).toEqual([{ result: 'recorded', state: 'c', value: 1 }, { result: 'recorded', state: 'h', value: 1, seatTaken: true }])
    expect(both.newSeats).toMatchObject([{ seats: 1 }])
    expect(both.tallyDeltas).toMatchObject([{ counted: 1, held: 1 }])
    const refused = settle([ballot({ seat: { ...seat, whenTaken: 'refuse' } })], [], [{ projectId: 1, itemId: 7, bucket: 'laptop', seats: 1 }])
    expect(refused).toMatchObject({ outcomes: [{ result: 'refused', because: 'seat_taken' }], inserts: [] })
  })

  it('lets no hold that passes go past the seat, and a score’s hold take none', () => {
    const held = settle([ballot({ seat, hold: true, holdTakesSeat: true }), ballot({ voter: 'bob', seat, hold: true, holdTakesSeat: true })], [], [])
    expect(held.outcomes).toEqual([{ result: 'recorded', state: 'h', value: 1 }, { result: 'recorded', state: 'h', value: 1, seatTaken: true }])
    expect(settle([ballot({ seat, hold: true })], [], []).newSeats).toEqual([])
  })

  it('says of a held vote that is given again that it was held before', () => {
    expect(settle([ballot({ hold: true })], [row({ state: 'h', value: 0 })], []).outcomes).toEqual([{ result: 'recorded', state: 'h', value: 1, before: true }])
    expect(settle([ballot({ hold: true })], [row({ value: 0 })], []).outcomes).toEqual([{ result: 'recorded', state: 'h', value: 1 }])
  })

  it('lets a verified vote supersede the same person’s device vote, once in the tally', () => {
    const settled = settle([ballot({ voter: 'usr', tier: 'v', supersedes: 'ada' })], [row()], [])
    expect(settled.tallyDeltas).toEqual([{ ...noMove(1, 7), countedVerified: 1 }])
    expect(settled.updates).toMatchObject([{ voter: 'ada', supersededBy: 'usr' }])
    expect(settled.inserts).toMatchObject([{ voter: 'usr', tier: 'v' }])
  })

  it('lets a person take back, signed in, what they voted before signing in', () => {
    const settled = settle([ballot({ voter: 'usr', tier: 'v', supersedes: 'ada', value: 0 })], [row()], [])
    expect(settled.tallyDeltas).toMatchObject([{ counted: -1 }])
    expect(settled.outcomes).toMatchObject([{ result: 'recorded', value: 0 }])
    expect(settle([ballot({ voter: 'usr', tier: 'v', supersedes: 'ada', value: 0 })], [], []).outcomes).toMatchObject([{ result: 'unchanged' }])
  })

  it('does not sell a second vote for signing out', () => {
    const first = settle([ballot({ voter: 'usr', tier: 'v', supersedes: 'ada' })], [], [])
    const afterSignOut = settle([ballot()], first.inserts, [])
    expect(afterSignOut).toMatchObject({ outcomes: [{ result: 'refused', because: 'superseded' }], tallyDeltas: [] })
  })

  it('keeps an invalidated vote out of the tally whatever its voter does', () => {
    const settled = settle([ballot({ value: 0 }), ballot({ value: 1 })], [row({ state: 'i' })], [])
    expect(settled.tallyDeltas).toEqual([])
    expect(settled.updates).toMatchObject([{ state: 'i', value: 1 }])
  })

  it('holds a vote given again under a holding verdict', () => {
    expect(settle([ballot({ hold: true })], [row({ value: 0 })], []).tallyDeltas).toMatchObject([{ counted: 0, held: 1 }])
  })

  it('keeps a held vote held when its voter changes their mind twice', () => {
    expect(settle([ballot({ value: 0 }), ballot()], [row({ state: 'h' })], [])).toMatchObject({ tallyDeltas: [], updates: [{ state: 'h' }] })
  })

  it('takes nothing for an item that is merged, and goes on with the others', () => {
    const { projectId, itemId } = ballot()
    const settled = settle([ballot(), ballot({ itemId: itemId + 1 })], [], [], [{ projectId, itemId, because: 'merged' }])
    expect(settled.outcomes).toMatchObject([{ result: 'refused', because: 'merged' }, { result: 'recorded', state: 'c' }])
    expect(settled.inserts).toMatchObject([{ itemId: itemId + 1 }])
    expect(settled.tallyDeltas).toMatchObject([{ itemId: itemId + 1, counted: 1 }])
  })
})
