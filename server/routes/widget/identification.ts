/** From the session and user token in a body to a voter who is not blocked; refusals become events and problems here. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { type UserTokenFailure, type Voter, identify } from '../../gate/identify.ts'
import { plain } from '../../ledger/event.ts'
import { maskId } from '../../ledger/mask.ts'
import { refuseBlocked } from '../../plugins/blocks.ts'
import type { Project } from '../../plugins/projects.ts'
import type { Session, SessionUser } from '../../tokens/session.ts'
import { voterKey } from '../../tokens/voter-key.ts'

export interface Identified {
  voter: Voter
  session: Session
  /** As far as the project allows one to be used. */
  fingerprint: string | undefined
  /** The verified user, as the token or the session says. */
  account: SessionUser | undefined
  /** The user’s id, where this very request brings a token. */
  sub: string | undefined
}

/** Throws problems: session_*, user_token_*, verification_required, blocked. */
export async function identifyVoter(
  app: FastifyInstance, request: FastifyRequest,
  given: { session: string; userToken?: string | undefined; fingerprint?: string | undefined }, now: number,
): Promise<Identified> {
  const { project } = request
  const answer = await identify(project, app.keys.session, { session: given.session, userToken: given.userToken, origin: request.widgetOrigin }, now)
  if ('refused' in answer) {
    if ('failure' in answer) {
      reportTokenFailure(request, answer.failure)
      throw new Problem(answer.refused, { detail: answer.failure.message })
    }
    if (answer.refused === 'session_invalid') {
      request.report({ eventType: 'suspicious_activity', severity: 'low', errorMessage: 'A session of another project, origin or server' })
    }
    throw new Problem(answer.refused)
  }
  const { voter, session, account, sub } = answer
  const fingerprint = usesFingerprint(project) ? given.fingerprint : undefined
  const subject = {
    ip: request.clientAddress,
    device: voter.device,
    ...(voter.tier === 'v' ? { user: voter.key } : {}),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
  refuseBlocked(app.blocks.find(project.id, subject, now) ?? app.blocks.find(0, subject, now, 'widget', project.id), now)
  const endedAt = app.blocks.sessionsEndedAt(project.id, subject, now)
  if (endedAt !== undefined && session.issuedAt < endedAt) throw new Problem('session_expired')
  return { voter, session, fingerprint, account, sub }
}

/**
 * Throws `blocked`, and reports nothing, where the user this token claims is locked out at this address. Only a token that nobody
 * with the secret signed counts towards that: a stale one shows a slow page. And a block on the user everywhere is not told of
 * here, or anybody could ask who is blocked.
 */
/** `strict` counts devices and users only, whatever the fingerprint’s mode says. */
export const usesFingerprint = ({ mode, fingerprint }: Project): boolean => mode !== 'strict' && fingerprint !== 'off'

export function reportTokenFailure(request: FastifyRequest, { reason, alg, message, severity, claimed }: UserTokenFailure): void {
  const { server: app, project } = request
  const now = app.clock()
  const user = claimed.sub === undefined ? undefined : voterKey(project.pepper, 'verified', claimed.sub)
  if (user !== undefined) refuseBlocked(app.blocks.findLockout(project.id, user, request.clientAddress, now), now)
  request.report({
    eventType: 'jwt_validation_failed', severity, errorMessage: message,
    ...(claimed.sub === undefined ? {} : { endUserId: claimed.sub }),
    ...(claimed.email === undefined ? {} : { endUserEmail: claimed.email }),
    detail: {
      reason,
      ...(alg === undefined ? {} : { alg }),
      // The masked id is that of many users: what tells them apart is a keyed hash.
      ...(user === undefined ? {} : { user: user.replaceAll('-', '').slice(0, 16) }),
    },
  })
  if (severity !== 'high' && severity !== 'critical') return
  app.responses.note(request, 'user_token', { projectId: project.id, ...(user === undefined ? {} : { what: user }) })
  if (claimed.sub === undefined || user === undefined) return
  app.responses.note(request, 'user_lockout', {
    projectId: project.id, subject: { kind: 'user', matches: user, label: plain(maskId(claimed.sub)) ?? '' },
  })
}
