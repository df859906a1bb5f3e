/** What is said about a proof of work that takes its time, in English. It comes with `challenge.js`. */
import type { Message } from './en.ts'

export const challenge = {
  checking: 'Checking that this vote comes from a browser…',
  cancelCheck: 'Cancel',
  problem_challenge_cancelled: 'You cancelled the check.',
} as const satisfies Record<string, Message>
