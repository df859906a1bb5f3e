/** The audit log, newest first, and whether it is still what was written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listAuditEntries } from '../../../db/queries/audit.ts'
import { type AuditVerdict, verifyAudit } from '../../../db/verify-audit.ts'
import { AuditAnswer, AuditEntry, AuditParams, AuditQuery, AuditVerification, AuditVerificationQuery } from '../../contract/audit.ts'
import { Problem } from '../../errors.ts'
import { FAULT_WORDS } from '../../ledger/audit-chain.ts'
import { DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'

const CURSOR_BIGINT = /^[1-9]\d{0,17}$/
/** A verification reads all there is. */
const VERIFICATIONS_PER_MINUTE = 20

const audit: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/audit',
    {
      schema: {
        tags: ['operator'],
        summary: 'Who changed what, newest first',
        description: 'Every change that a person, a token or the command line made. What rules did by themselves is in `/api/moderation/v1/responses`.',
        querystring: AuditQuery,
        response: { 200: AuditAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, cursor, limit = DEFAULT_LIMIT, ...filter } = request.query
      const projectId = projectAsked(request, project)
      const [before = null] = readCursor(cursor, CURSOR_BIGINT) ?? []
      const rows = await listAuditEntries(app.db, { ...filter, ...(projectId === null ? {} : { projectId }) }, { before, limit: limit + 1 })
      const { page, nextCursor } = cutPage(rows, limit, ({ id }) => [id])
      return { entries: page, nextCursor }
    },
  )

  app.get(
    '/audit/:id',
    {
      schema: {
        tags: ['operator'], summary: 'One entry of the audit log', params: AuditParams,
        response: { 200: AuditEntry, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const { projectId } = request.operator
      const [entry] = await listAuditEntries(app.db, projectId === undefined ? {} : { projectId }, { before: String(BigInt(id) + 1n), limit: 1 })
      if (entry?.id !== id) throw new Problem('not_found', { detail: `There is no entry ${id}.` })
      return entry
    },
  )

  app.get(
    '/audit/verification',
    {
      config: { rateLimit: { max: VERIFICATIONS_PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['operator'],
        summary: 'Whether the audit log is what was written',
        description: 'Walks the chain from its first entry and names the first that does not hold. With `head`, an earlier answer’s, it also finds an end that was cut off.',
        querystring: AuditVerificationQuery,
        response: { 200: AuditVerification, ...refusals(400, 401, 403, 429, 503) },
      },
    },
    async (request) => {
      wholeInstallation(request, 'The chain runs over all projects')
      const { entries, head, fault } = await verified(request.query.head)
      return {
        ok: fault === null, entries, head,
        ...(fault === null ? {} : { fault: { entryId: fault.id, kind: fault.kind, explanation: FAULT_WORDS[fault.kind] } }),
      }
    },
  )

  /** Those who ask for the same at once wait for one walk. */
  const walking = new Map<string, Promise<AuditVerdict>>()
  const verified = async (head: string | undefined): Promise<AuditVerdict> => {
    const key = head ?? ''
    const walk = walking.get(key) ?? verifyAudit(app.db, head).finally(() => walking.delete(key))
    walking.set(key, walk)
    return await walk
  }
}
export default audit
