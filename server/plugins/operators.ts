/** `app.requireRole(role)`: a hook that lets an operator with at least that role through, as `request.operator`. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { findOperator } from '../../db/queries/operators.ts'
import { ROLES, type Role } from '../contract/primitives.ts'
import { Problem } from '../errors.ts'
import { refuseBlocked } from './blocks.ts'
import type { Project } from './projects.ts'

export interface Operator {
  name: string
  /** `operator:<token id>`: which token it is, without its text. Names are shared by several. */
  actor: string
  role: Role
  /** undefined: every project */
  projectId: number | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    requireRole(role: Role): (request: FastifyRequest) => Promise<void>
  }
  interface FastifyRequest {
    operator: Operator
    /** The project the caller named, if their token reaches it. Throws `unknown_project` either way, so ids are not probed. */
    operatedProject(ref: string): Project
  }
}

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

const MAX_RECOGNISED = 1000

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
    app.decorateRequest('operatedProject', function (this: FastifyRequest, ref: string) {
      const project = app.projects.resolve(ref)
      if (this.operator.projectId !== undefined && this.operator.projectId !== project.id) {
        throw new Problem('unknown_project', { detail: `There is no project ${ref}.` })
      }
      return project
    })
    app.decorate('requireRole', (role) => async (request) => {
      const match = /^Bearer +([\x21-\x7e]{8,512})$/i.exec(request.headers.authorization ?? '')
      if (match?.[1] === undefined) throw new Problem('operator_token_required')
      const now = app.clock()
      const hash = hashToken(match[1])
      const digest = hash.toString('hex')
      // Who guesses is refused before the question costs a query. An operator who was here before can still come and lift it.
      if (!recognised.has(digest)) refuseBlocked(app.blocks.find(0, { ip: request.clientAddress, api_key: digest }, now, 'operator'), now)
      const found = await findOperator(app.db, hash)
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
      const actor = `operator:${found.tokenId}`
      // Suspended. Only the token itself is asked for: a block on the address is none on who was here before.
      refuseBlocked(app.blocks.find(0, { api_key: actor }, now, 'operator'), now)
      if (ROLES.indexOf(found.role) < ROLES.indexOf(role)) {
        throw new Problem('role_insufficient', { detail: `This takes the role ${role}; the token’s is ${found.role}.` })
      }
      request.operator = { name: found.name, actor, role: found.role, projectId: found.projectId === 0 ? undefined : found.projectId }
    })
  },
  { name: 'operators', dependencies: ['database', 'projects', 'ledger', 'client', 'clock', 'blocks', 'responses'] },
)
