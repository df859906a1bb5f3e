/** From the session and user token in a body to a voter who is not blocked; refusals become events and problems here. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { type UserTokenFailure, type Voter, identify } from '../../gate/identify.ts'
import type { Session } from '../../tokens/session.ts'

export interface Identified {
  voter: Voter
  session: Session
  /** As far as the project allows one to be used. */
  fingerprint: string | undefined
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
  const { voter, session } = answer
  const fingerprint = project.mode === 'strict' || project.fingerprint === 'off' ? undefined : given.fingerprint
  const blocked = app.blocks.find(project.id, {
    device: voter.device,
    ...(voter.tier === 'v' ? { user: voter.key } : {}),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }, now)
  if (blocked !== undefined) throw new Problem('blocked')
  return { voter, session, fingerprint }
}

export function reportTokenFailure(request: FastifyRequest, { message, severity, claimed }: UserTokenFailure): void {
  request.report({
    eventType: 'jwt_validation_failed', severity, errorMessage: message,
    ...(claimed.sub === undefined ? {} : { endUserId: claimed.sub }),
    ...(claimed.email === undefined ? {} : { endUserEmail: claimed.email }),
  })
}
