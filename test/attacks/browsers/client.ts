/** What every client is: something that starts once, and then visits as somebody new each time. */
import type { Display } from './display.ts'
import type { Ground } from './ground.ts'

/** One visit, by somebody who has never been here. */
export interface Visit {
  ground: Ground
  /** Proxy that gives the visitor their address. */
  gateway: string
  address: string
  /** Counted from 0. */
  number: number
  /** A browser votes when the page has read its fingerprint, and not before: for tests of what one that has been read gives away. */
  unhurried: boolean
}

/**
 * Run in the page, once the board is there: resolves when the fingerprint has been read. A vote waits little more than a second for one
 * and then goes without, which on a busy machine happens to every vote that is cast at once.
 */
export const FINGERPRINT_READ = `(async () => {
  const registry = globalThis[Symbol.for('truetally')]
  while (!registry.fingerprint) await new Promise((resolve) => setTimeout(resolve, 20))
  // The widget’s own reading began before this one, and ends before it.
  await registry.fingerprint()
})()`

export interface Client {
  /** Casts a vote; returns what ends the visit, once the server has it. */
  visit(visit: Visit): Promise<() => Promise<void>>
  close(): Promise<void>
  /** How it runs here, for the table. */
  form: 'headed' | 'headless' | 'no browser'
}

/** Why a client cannot run here, and what would help. */
export interface Missing {
  missing: string
}

export interface ClientKind {
  name: string
  about: string
  start(display: Display | undefined): Promise<Client | Missing>
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => {
  setTimeout(resolve, ms)
})

export const between = (low: number, high: number): number => low + Math.random() * (high - low)

/** Imports an optional package. Anything but its absence is a fault. */
export async function importOptional<Module>(name: string, load: () => Promise<Module>): Promise<Module | Missing> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND' || !String(error).includes(`'${name}'`)) throw error
    return { missing: `npm install --save-dev ${name}` }
  }
}
