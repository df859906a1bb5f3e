/**
 * `app.requireRole(role)`: a hook that lets an operator with at least that role through, as `request.operator`: by a token, or by the
 * session of a person who signed in.
 */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { LiveSession } from '../../db/queries/operator-sessions.ts'
import { findOperatorToken } from '../../db/queries/operator-tokens.ts'
import { ROLES, type Role } from '../contract/primitives.ts'
import { Problem } from '../errors.ts'
import { refuseBlocked } from './blocks.ts'
import type { Project } from './projects.ts'

export interface Operator {
  /** What is stored of who did it, and shown: of a person’s own token `Person (token)`. */
  name: string
  /** `account:<id>` for people, `operator:<token id>` for tokens: which one it is, without its text. Names are shared by several. */
  actor: string
  /** Who signed in, or whose own token it is. undefined: a token that is nobody’s in particular. */
  accountId: number | undefined
  role: Role
  /** undefined: every project */
  projectId: number | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    requireRole(role: Role): (request: FastifyRequest) => Promise<void>
    /** Who is signed in, by the cookie. null: nobody, or somebody who may not be here now. Asked before pages are served. */
    findSession(request: FastifyRequest): Promise<Operator | null>
  }
  interface FastifyRequest {
    operator: Operator
    /** A live session or token came with it, whatever its role: who it is, not what they may. */
    fromOperator: boolean
    /** The project the caller named, if their token reaches it. Throws `unknown_project` either way, so ids are not probed. */
    operatedProject(ref: string): Project
  }
  interface FastifyContextConfig {
    /** Answered also to who has a password that somebody else set. */
    takesTemporaryPassword?: boolean
  }
}

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()
export const accountActor = (id: number): string => `account:${id}`
export const tokenActor = (id: number): string => `operator:${id}`

const MAX_RECOGNISED = 1000
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export default fp(
  async (app) => {
    /** Digests of tokens that were right when last shown, the latest last. Being here saves nobody from being looked up. */
    const recognised = new Set<string>()
    const recognise = (digest: string): void => {
      recognised.delete(digest)
      recognised.add(digest)
      const oldest = recognised.size > MAX_RECOGNISED ? recognised.values().next().value : undefined
      if (oldest !== undefined) recognised.delete(oldest)
    }
    app.decorateRequest('operator', null as unknown as Operator)
    app.decorateRequest('fromOperator', false)
    app.decorateRequest('operatedProject', function (this: FastifyRequest, ref: string) {
      const project = app.projects.resolve(ref)
      if (this.operator.projectId !== undefined && this.operator.projectId !== project.id) {
        throw new Problem('unknown_project', { detail: `There is no project ${ref}.` })
      }
      return project
    })

    /** Suspended by a rule or a person. Only who it is counts: a block on the address is none on who was here before. */
    const suspensionOf = ({ actor, accountId }: Operator, now: number) => {
      const own = app.blocks.find(0, { api_key: actor }, now, 'operator')
      return own ?? (accountId === undefined ? undefined : app.blocks.find(0, { api_key: accountActor(accountId) }, now, 'operator'))
    }

    const byToken = async (request: FastifyRequest): Promise<Operator> => {
      const match = /^Bearer +([\x21-\x7e]{8,512})$/i.exec(request.headers.authorization ?? '')
      if (match?.[1] === undefined) throw new Problem('operator_token_required')
      const now = app.clock()
      const hash = hashToken(match[1])
      const digest = hash.toString('hex')
      // Who guesses is refused before the question costs a query. An operator who was here before can still come and lift it.
      if (!recognised.has(digest)) refuseBlocked(app.blocks.find(0, { ip: request.clientAddress, api_key: digest }, now, 'operator'), now)
      const found = await findOperatorToken(app.db, hash)
      if (found === null) {
        recognised.delete(digest)
        app.ledger.write({
          projectId: 0, eventType: 'invalid_api_key', endpoint: request.endpoint(), ipAddress: request.clientAddress,
          errorMessage: 'Unknown, expired or revoked operator token', detail: { kind: 'operator' },
        })
        app.responses.note(request, 'operator_token', { what: digest })
        app.responses.note(request, 'repeated_operator_token', { subject: { kind: 'api_key', matches: digest, label: 'an operator token' } })
        throw new Problem('operator_token_invalid')
      }
      recognise(digest)
      return {
        // Who made a token chose its name: somebody else’s name, perhaps.
        name: found.ownerName === null ? found.name : `${found.ownerName} (${found.name})`, actor: tokenActor(found.tokenId), accountId: found.operatorId ?? undefined, role: found.role,
        projectId: found.projectId === 0 ? undefined : found.projectId,
      }
    }

    /** An unknown cookie is no event: a session that ended leaves one in every browser, and 256 bits are not guessed. */
    const bySession = async (request: FastifyRequest): Promise<Operator> => {
      const found = await app.operatorSessions.find(request)
      if (found === null) throw new Problem('operator_token_required', { detail: 'The session is over. Sign in again.' })
      if (!SAFE_METHODS.has(request.method) && !app.operatorSessions.isOurPage(request)) throw new Problem('csrf_token_invalid')
      if (found.operator.passwordIsTemporary && request.routeOptions.config.takesTemporaryPassword !== true) {
        throw new Problem('password_change_required')
      }
      request.operatorSession = found.session
      return operatorOf(found)
    }

    app.decorate('requireRole', (role) => async (request) => {
      const byCookie = request.headers.authorization === undefined && app.operatorSessions.isShown(request)
      const operator = byCookie ? await bySession(request) : await byToken(request)
      const now = app.clock()
      refuseBlocked(suspensionOf(operator, now), now)
      request.fromOperator = true
      if (ROLES.indexOf(operator.role) < ROLES.indexOf(role)) {
        throw new Problem('role_insufficient', { detail: `This takes the role ${role}; ${byCookie ? 'yours' : 'the token’s'} is ${operator.role}.` })
      }
      request.operator = operator
    })
    app.decorate('findSession', async (request) => {
      const found = await app.operatorSessions.find(request)
      if (found === null || found.operator.passwordIsTemporary) return null
      const operator = operatorOf(found)
      if (suspensionOf(operator, app.clock()) !== undefined) return null
      request.fromOperator = true
      return operator
    })
  },
  { name: 'operators', dependencies: ['database', 'projects', 'ledger', 'client', 'clock', 'blocks', 'responses', 'operator-sessions'] },
)

const operatorOf = ({ operator: { id, name, role, projectId } }: LiveSession): Operator =>
  ({ name, actor: accountActor(id), accountId: id, role, projectId: projectId === 0 ? undefined : projectId })
