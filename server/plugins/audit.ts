/**
 * `request.audit(client, change)`: who changed what, in the same transaction as the change. Called last before the commit: it takes
 * a lock that every other change waits for. Without its entry a change is not committed, and an entry never stands without its change.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { PoolClient } from 'pg'
import { appendAuditEntry } from '../../db/queries/audit.ts'
import { auditDetail, auditText } from '../ledger/audit-detail.ts'

export interface AuditedChange {
  /** A dotted verb: `vote.invalidate`, `project.update`. */
  action: string
  /** What it was done to: an id or a name. */
  target: string
  /** Which project it is about; 0: the installation. */
  projectId: number
  /** The fields that changed, as they were and as they are: exact and small, without secrets (those that slip in are taken out). */
  before?: object | null
  after?: object | null
}

export interface AuditActor {
  /** `account:<id>`, `operator:<token id>`. */
  actor: string
  actorName: string
  ipAddress: string | null
}

declare module 'fastify' {
  interface FastifyInstance {
    /** For changes that no operator’s request makes; those have `request.audit`. */
    audit(client: PoolClient, change: AuditedChange & AuditActor): Promise<void>
  }
  interface FastifyRequest {
    /** `client`: the change’s own transaction, which ends after this. */
    audit(client: PoolClient, change: AuditedChange): Promise<void>
  }
}

/** Of the server, of a command: whoever appends makes the entry here, so that nothing gets in unlooked at. */
export async function audit(client: PoolClient, { before, after, ...change }: AuditedChange & AuditActor, now: number): Promise<void> {
  const { actor, actorName, action, target, projectId, ipAddress } = change
  await appendAuditEntry(client, {
    at: now, actor, actorName: auditText(actorName), action, target: auditText(target), projectId, ipAddress,
    before: auditDetail(before), after: auditDetail(after),
  })
}

export default fp(
  async (app) => {
    app.decorate('audit', async (client, change) => await audit(client, change, app.clock()))
    app.decorateRequest('audit', async function (this: FastifyRequest, client: PoolClient, change: AuditedChange) {
      const { actor, name } = this.operator
      await app.audit(client, { ...change, actor, actorName: name, ipAddress: this.clientAddress })
    })
  },
  { name: 'audit', dependencies: ['clock', 'client', 'operators'] },
)
