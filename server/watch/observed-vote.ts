/** A line of the ledger as the watch reads it: who voted for what, and what the vote shares with others. */
import type { StateCode, TierCode, ValueCode } from '../gate/settle.ts'
import type { Signs } from '../gate/signs.ts'

export interface ObservedVote {
  projectId: number
  itemId: number
  voter: string
  at: number
  tier: TierCode
  value: ValueCode
  state: StateCode
  heldFor: 'score' | 'seat' | 'cohort' | 'age' | null
  signs: Signs
  /** The operating system the User-Agent claims. */
  platform: string | undefined
}
