import type { Detector } from '../detector.ts'

/** Ids in a row: so many are chance, and so many are surely a list being worked through. */
const CHANCE = 4
const A_LIST = 8

/**
 * User ids that count up by one vote one after the other: accounts made in a row and used in that order.
 * People with numeric ids come in any order, and runs of five are rare among them (user-sequence-memory). People who sign
 * up on the spot to vote come in order too, so this is never more than one reason beside others.
 */
export const sequentialUsers: Detector = {
  name: 'sequential-users',
  group: 'reputation',
  detect({ userSequence }) {
    if (userSequence.state !== 'known') return { missing: 'userSequence' }
    return { value: Math.min(1, Math.max(0, (userSequence.value - CHANCE) / (A_LIST - CHANCE))) }
  },
}
