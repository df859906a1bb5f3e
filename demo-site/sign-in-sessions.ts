/** Who is signed in to the demo: an opaque random id in a cookie, the person in a bounded map, nothing on disk. */
import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { DemoPerson } from './people.ts'

/** Beyond this the oldest session is signed out; the demo may be left open to a crawler for a week. */
export const MAX_SESSIONS = 1000

export class SignInSessions {
  readonly #people = new Map<string, DemoPerson>()

  open(person: DemoPerson): string {
    const oldest = this.#people.keys().next()
    if (this.#people.size >= MAX_SESSIONS && oldest.done !== true) this.#people.delete(oldest.value)
    const id = randomBytes(24).toString('base64url')
    this.#people.set(id, person)
    return id
  }

  find(id: string | undefined): DemoPerson | undefined {
    return id === undefined ? undefined : this.#people.get(id)
  }

  close(id: string | undefined): void {
    if (id !== undefined) this.#people.delete(id)
  }
}

/**
 * Browsers share cookies between the ports of one host, so the port is in the name: otherwise signing in on the
 * rogue copy of the site would sign the visitor out of the real one.
 */
export function nameSessionCookie(request: FastifyRequest): string {
  return `northwind_session_${request.port ?? 'default'}`
}

export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name) return value?.trim()
  }
  return undefined
}

/** Not `Secure`: the demo is served over plain HTTP on the visitor's own machine. */
export function writeCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
}
