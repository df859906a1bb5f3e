/**
 * All that a customer's backend does for Truetally: say who is signed in, in a way only it can say.
 * The product page prints the three lines of the body; `server.test.ts` fails when page and code part ways.
 */
import { SignJWT } from 'jose'
import type { DemoPerson } from './people.ts'

export interface IdentitySigner {
  /** Names the secret, so that two can be valid while one is being rotated out. */
  kid: string
  /** The project's identity secret; its UTF-8 bytes are the HS256 key. It never leaves the backend. */
  secret: string
  /** The token's audience: a token for one project is worth nothing in another. */
  projectKey: string
}

/** A compact HS256 JWT that lives for five minutes. */
export async function signIdentity(person: DemoPerson, { kid, secret, projectKey }: IdentitySigner): Promise<string> {
  const key = new TextEncoder().encode(secret)
  const jwt = new SignJWT({ email: person.email, name: person.name }).setSubject(person.id).setAudience(projectKey)
  return jwt.setProtectedHeader({ alg: 'HS256', kid }).setIssuedAt().setExpirationTime('5m').sign(key)
}
