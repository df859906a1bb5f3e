/**
 * Who is asking: session and, where one is given, the end user’s token. Refusals are values; the route turns them into
 * problems and the ledger into events.
 */
import type { ProjectMode } from '../contract/primitives.ts'
import { plain } from '../ledger/event.ts'
import { maskId } from '../ledger/mask.ts'
import type { IdentityFailure, IdentityVerifier } from '../tokens/identity.ts'
import { type Session, type SessionUser, readSession } from '../tokens/session.ts'
import { voterKey } from '../tokens/voter-key.ts'
import type { TierCode } from './settle.ts'

export interface IdentifyingProject {
  id: number
  mode: ProjectMode
  pepper: Buffer
  identity: IdentityVerifier
}

export interface Voter {
  key: string
  tier: TierCode
  /** Voter key of the device the request comes from. */
  device: string
  /** Masked id of the verified user. */
  user?: string
}

export type UserTokenFailure = Omit<IdentityFailure, 'code'>

export type Identification =
  /** `sub` is the user’s id as it stands in the token of this very request. */
  | { voter: Voter; session: Session; account?: SessionUser; sub?: string }
  | { refused: 'session_invalid' | 'session_expired' | 'verification_required' }
  | { refused: 'user_token_invalid' | 'user_token_expired'; failure: UserTokenFailure }

/** A user token outweighs the session’s user. In the mode `verified` there is no voter without one of them. */
export async function identify(
  project: IdentifyingProject, sessionKey: Buffer, asked: { session: string; userToken?: string | undefined; origin: string }, now: number,
): Promise<Identification> {
  const reading = readSession(sessionKey, asked.session, { projectId: project.id, origin: asked.origin }, now)
  if ('refused' in reading) return reading
  const { session } = reading

  // A session must not outlive the secret that vouched for its user: a secret is rotated without overlap when it leaked.
  if (session.user !== undefined && !project.identity.accepts(session.user.kid, now)) return { refused: 'session_expired' }
  const user = asked.userToken === undefined ? (session.user ?? null) : await identifyUser(project, asked.userToken, now)
  if (user !== null && 'refused' in user) return user
  if (user !== null) {
    return {
      session, account: user, ...('sub' in user && typeof user.sub === 'string' ? { sub: user.sub } : {}),
      voter: { key: user.voter, tier: 'v', device: session.device, user: user.masked },
    }
  }
  if (project.mode === 'verified') return { refused: 'verification_required' }
  return { session, voter: { key: session.device, tier: 'd', device: session.device } }
}

export type UserIdentification =
  | SessionUser & { sub: string; expiresAt: number }
  | { refused: 'user_token_invalid' | 'user_token_expired'; failure: UserTokenFailure }

export async function identifyUser(project: IdentifyingProject, userToken: string, now: number): Promise<UserIdentification> {
  const reading = await project.identity.read(userToken, now)
  if ('failure' in reading) {
    const { code, ...failure } = reading.failure
    return { refused: code, failure }
  }
  const { sub, kid, expiresAt, issuedAt, accountSince } = reading.identity
  return {
    voter: voterKey(project.pepper, 'verified', sub), masked: plain(maskId(sub)) ?? '', kid, expiresAt, sub,
    ...(issuedAt === undefined ? {} : { tokenIssuedAt: issuedAt }), ...(accountSince === undefined ? {} : { accountSince }),
  }
}
