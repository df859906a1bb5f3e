/**
 * Passwords: argon2id with OWASP’s parameters, 19 MiB and two passes. Hashing runs on libuv’s four threads, which the file system and
 * the verification of tokens use as well; so two at once at most, a few that wait, and beyond them a refusal: a flood of sign-ins must not
 * hold up votes.
 */
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type Options, hash, verify } from '@node-rs/argon2'
import { Problem } from '../errors.ts'

// argon2id is the library’s default algorithm, whose name is a const enum that isolated modules cannot read.
const OWASP: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const MOST_AT_ONCE = 2
const MAX_WAITING = 16

/** Of a password nobody knows: what an unknown name is checked against, so that it takes as long as a known one. */
const NOBODYS = '$argon2id$v=19$m=19456,t=2,p=1$l2c4Tpz9pih8LJnlNs8baw$6bN6A03HqrIdX8E86byzhCZwTxjaacHgt0/T7Jzk5kY'

const PASSWORD_LENGTH = { min: 12, max: 200 } as const

export interface Hashing {
  hash(password: string): Promise<string>
  /** undefined: nobody’s, which is never right and takes as long. */
  verify(stored: string | undefined, password: string): Promise<boolean>
}

/** All of it throws `overloaded` where too many wait. */
export interface Passwords extends Hashing {
  /** For what belongs to a look at a password: it waits as well, so that a flood of sign-ins asks the database nothing. */
  inTurn<T>(work: (hashing: Hashing) => Promise<T>): Promise<T>
  readonly saturation: { running: number; waiting: number }
}

const hashing: Hashing = {
  hash: async (password) => await hash(sameText(password), OWASP),
  verify: async (stored, password) => {
    const right = await verify(stored ?? NOBODYS, sameText(password))
    return stored !== undefined && right
  },
}

/** @param atOnce leaves a processor, where there is another, to everybody else */
export function createPasswords(atOnce = Math.max(1, Math.min(MOST_AT_ONCE, availableParallelism() - 1))): Passwords {
  let running = 0
  const waiting: (() => void)[] = []
  const inTurn: Passwords['inTurn'] = async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= MAX_WAITING) throw new Problem('overloaded', { retryAfter: 1 })
      await new Promise<void>((resolve) => void waiting.push(resolve))
    } else running += 1
    try {
      return await work(hashing)
    } finally {
      // The place goes to the next one, who does not count itself again.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
  return {
    inTurn,
    hash: async (password) => await inTurn(() => hashing.hash(password)),
    verify: async (stored, password) => await inTurn(() => hashing.verify(stored, password)),
    get saturation() {
      return { running, waiting: waiting.length }
    },
  }
}

/** One keyboard composes an é, another does not. */
const sameText = (password: string): string => password.normalize('NFKC')

/** What is wrong with a new password, as half a sentence. undefined: nothing. There are no rules about its characters. */
export function findPasswordFault(password: string, name: string): string | undefined {
  const length = Array.from(password).length
  if (length < PASSWORD_LENGTH.min) return `takes at least ${PASSWORD_LENGTH.min} characters`
  if (length > PASSWORD_LENGTH.max) return `takes at most ${PASSWORD_LENGTH.max} characters`
  return sameText(password).trim().toLowerCase() === name.trim().toLowerCase() ? 'is the name' : undefined
}

/** Without letters that are taken for digits. */
const ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789'

/** 100 random bits, in groups a person can read out. */
export function newPassword(): string {
  const letters = Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)])
  return Array.from({ length: 4 }, (_, group) => letters.slice(group * 5, group * 5 + 5).join('')).join('-')
}
