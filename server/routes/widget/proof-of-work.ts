/** What came of the work a session, or a step-up, asked for; and the step-up itself. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Challenge } from '../../contract/challenge.ts'
import type { Proof } from '../../gate/evidence.ts'
import type { ChallengePolicy } from '../../gate/policies/policy.ts'
import { isSolved, mintStepUp, readSolution, readStepUp } from '../../tokens/challenge.ts'
import type { Session } from '../../tokens/session.ts'

export interface Work {
  /** undefined: the session asked for none. */
  proof: Proof | undefined
  /** Whether a step-up was solved; undefined: none was sent. */
  stepUp: boolean | undefined
}

/** A solution that does not fit is no solution, never an error. One of a step-up stands for the session’s as well. */
export function examineWork(
  app: FastifyInstance, request: FastifyRequest, session: Session, itemId: number, text: string | undefined, now: number,
): Work {
  const asked = session.difficulty
  const solution = text === undefined ? undefined : readSolution(text)
  if (solution === undefined) return { proof: asked === undefined ? undefined : text === undefined ? 'missing' : 'wrong', stepUp: undefined }
  if (solution.nonce === session.nonce) {
    return { proof: asked === undefined ? undefined : isSolved(solution, itemId, asked) ? 'solved' : 'wrong', stepUp: undefined }
  }
  const stepUp = readStepUp(app.keys.challenge, solution.nonce, {
    projectId: request.project.id, origin: request.widgetOrigin, device: session.device, itemId,
  }, now)
  const solved = stepUp !== undefined && isSolved(solution, itemId, stepUp.difficulty)
  return { proof: asked === undefined ? undefined : solved ? 'solved' : 'wrong', stepUp: solved }
}

export function stepUpFor(
  app: FastifyInstance, request: FastifyRequest, session: Session, itemId: number, policy: ChallengePolicy, now: number,
): Challenge {
  const expiresAt = now + policy.stepUpTtlMs
  const nonce = mintStepUp(app.keys.challenge, {
    projectId: request.project.id, origin: request.widgetOrigin, device: session.device, itemId,
    difficulty: policy.stepUpDifficulty, issuedAt: now, expiresAt,
  })
  return { nonce, difficulty: policy.stepUpDifficulty, minimumDwellMs: 0, expiresAt }
}
