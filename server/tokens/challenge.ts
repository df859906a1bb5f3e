/**
 * Proof of work. Every session carries a challenge in its signed token (nonce and difficulty); a step-up is a signed token
 * of its own, handed out with a refusal. Both are bound to project, origin, device and time, and a solution is bound to one
 * item: it is worth one voter’s key on one item and nothing else, so nothing needs to be remembered to make it single-use.
 */
import { createHash } from 'node:crypto'
import { sign, verify } from './signed.ts'

export interface StepUp {
  projectId: number
  origin: string
  device: string
  itemId: number
  difficulty: number
  issuedAt: number
  expiresAt: number
}

/** `<nonce>:<counter>`; the nonce may hold anything but a colon. */
export interface Solution {
  nonce: string
  counter: string
}

const COUNTER = /^(0|[1-9][0-9]{0,15})$/

/** undefined: not of that form. */
export function readSolution(text: string): Solution | undefined {
  const colon = text.lastIndexOf(':')
  const counter = text.slice(colon + 1)
  return colon > 0 && COUNTER.test(counter) ? { nonce: text.slice(0, colon), counter } : undefined
}

export function isSolved({ nonce, counter }: Solution, itemId: number, difficulty: number): boolean {
  return leadingZeroBits(createHash('sha256').update(`${nonce}:${itemId}:${counter}`).digest()) >= difficulty
}

export function mintStepUp(key: Buffer, stepUp: StepUp): string {
  return sign(key, stepUp)
}

/** undefined: not a step-up of this server for exactly this vote, or past its time. */
export function readStepUp(
  key: Buffer, nonce: string, expected: Pick<StepUp, 'projectId' | 'origin' | 'device' | 'itemId'>, now: number,
): StepUp | undefined {
  const stepUp = verify(key, nonce) as StepUp | undefined
  if (stepUp === undefined || stepUp.expiresAt <= now) return undefined
  const { projectId, origin, device, itemId } = expected
  const same = stepUp.projectId === projectId && stepUp.origin === origin && stepUp.device === device && stepUp.itemId === itemId
  return same ? stepUp : undefined
}

function leadingZeroBits(digest: Buffer): number {
  let bits = 0
  for (const byte of digest) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}
