/** People who may sign in: who they are, what they may, and giving them a way back in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { PoolClient } from 'pg'
import { endSessions } from '../../../db/queries/operator-sessions.ts'
import { revokeTokensOf } from '../../../db/queries/operator-tokens.ts'
import {
  type OperatorRow, clearTotp, insertOperator, listOperators, lockOperator, lockOperators, setPassword, updateOperator,
} from '../../../db/queries/operators.ts'
import { forgetFailuresOf, hashSignInName } from '../../../db/queries/sign-ins.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  AccountParams, Operator, OperatorChanged, OperatorCreated, type OperatorPatch, OperatorPatch as OperatorPatchSchema, OperatorRequest, OperatorsAnswer,
} from '../../contract/account.ts'
import { Problem } from '../../errors.ts'
import { type Operator as Caller, accountActor } from '../../plugins/operators.ts'
import { newPassword } from '../../tokens/passwords.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const OF_ALL = 'Somebody of no project is of all of them'

const operators: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/operators',
    {
      schema: {
        tags: ['operator'], summary: 'People who may sign in', description: 'With an account of one project: those of that project.',
        response: { 200: OperatorsAnswer, ...refusals(401, 403, 429, 503) },
      },
    },
    async ({ operator: { projectId = null } }) => ({
      operators: (await listOperators(app.db, projectId)).map(({ lastSeenAt, ...row }) => operatorOf(row, lastSeenAt)),
    }),
  )

  app.post(
    '/operators',
    {
      schema: {
        tags: ['operator'],
        summary: 'Add somebody',
        description: 'The password is shown in this answer and never again; at their first sign-in they choose another one. Without `project` they see all, which takes somebody who does.',
        body: OperatorRequest,
        response: { 201: OperatorCreated, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { name, role, project } = request.body
      if (project === undefined) wholeInstallation(request, OF_ALL)
      const projectId = project === undefined ? 0 : request.operatedProject(project).id
      const password = newPassword()
      const passwordHash = await app.passwords.hash(password)
      const made = await inTransaction(app.db, async (client) => {
        const row = await insertOperator(client, {
          name: storable(name).trim(), role, projectId, passwordHash, passwordIsTemporary: true, createdBy: request.operator.actor,
        }, app.clock())
        if (row === null) throw new Problem('operator_exists')
        await request.audit(client, { action: 'operator.create', target: accountActor(row.id), projectId, after: auditedOperator(row) })
        return row
      })
      return reply.code(201).header('cache-control', 'no-store').send({ ...operatorOf(made, null), password })
    },
  )

  app.patch(
    '/operators/:id',
    {
      schema: {
        tags: ['operator'],
        summary: 'Change what somebody may, or give them a way back in',
        description: 'Takes effect with their next request, and ends their sessions. One’s own account is changed elsewhere, or by somebody else.',
        params: AccountParams,
        body: OperatorPatchSchema,
        response: { 200: OperatorChanged, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, operator } = request
      const id = rowId(params.id)
      if (body.project === null) wholeInstallation(request, OF_ALL)
      const projectId = body.project === undefined ? undefined : body.project === null ? 0 : request.operatedProject(body.project).id
      const password = body.resetPassword === true ? newPassword() : undefined
      const hash = password === undefined ? undefined : await app.passwords.hash(password)
      const changed = await inTransaction(app.db, async (client) => {
        await refuseWhoMayNoMore(client, operator, id)
        const before = await lockOperator(client, id)
        const reached = before !== null && (operator.projectId === undefined || operator.projectId === before.projectId)
        if (!reached) throw new Problem('not_found', { detail: `There is no operator ${params.id}.` })
        if (operator.accountId === id) throw new Problem('own_account')
        if (hash !== undefined) {
          await setPassword(client, id, { hash, isTemporary: true })
          await forgetFailuresOf(client, await hashSignInName(client, before.name))
        }
        if (body.resetTotp === true) await clearTotp(client, id)
        const after = await updateOperator(client, id, {
          ...(body.role === undefined ? {} : { role: body.role }), ...(projectId === undefined ? {} : { projectId }), ...disabledAt(body, before),
        })
        if (after === null) throw new Problem('not_found', { detail: `There is no operator ${params.id}.` })
        const sessionsEnded = Object.keys(body).length === 0 ? 0 : await endSessions(client, id, app.clock())
        // Whoever had the password may have made some: they would go on, and sign nobody in who has the new one.
        // Nor do those of somebody who was shut out come back with them.
        const endsTokens = hash !== undefined || body.disabled === true || before.disabledAt !== null
        const tokensRevoked = endsTokens ? await revokeTokensOf(client, id) : 0
        await request.audit(client, {
          action: 'operator.update', target: accountActor(id), projectId: after.projectId, before: auditedOperator(before),
          after: { ...auditedOperator(after), ...(hash === undefined ? {} : { passwordReset: true }), ...(endsTokens ? { tokensRevoked } : {}), sessionsEnded },
        })
        return after
      })
      return reply.header('cache-control', 'no-store').send({ ...operatorOf(changed, null), ...(password === undefined ? {} : { password }) })
    },
  )

  const disabledAt = ({ disabled }: OperatorPatch, before: OperatorRow): { disabledAt?: number | null } =>
    (disabled === undefined ? {} : { disabledAt: disabled ? before.disabledAt ?? app.clock() : null })
}
export default operators

/** Two who end one another at the same moment: the second is nobody any more. Both rows are locked, in one order for everybody. */
async function refuseWhoMayNoMore(client: PoolClient, { accountId, projectId = 0 }: Caller, id: number): Promise<void> {
  if (accountId === undefined) return
  await lockOperators(client, [accountId, id])
  const caller = await lockOperator(client, accountId)
  const may = caller !== null && caller.disabledAt === null && caller.role === 'admin' && (caller.projectId === 0 || caller.projectId === projectId)
  if (!may) throw new Problem('role_insufficient')
}

function operatorOf({ id, projectId, name, role, totp, passwordIsTemporary, createdAt, createdBy, disabledAt }: OperatorRow, lastSeenAt: number | null): Operator {
  return {
    id: String(id), actor: accountActor(id), name, role, projectId: projectId === 0 ? null : String(projectId), totp, passwordIsTemporary,
    createdAt, createdBy, disabledAt, lastSeenAt,
  }
}

const auditedOperator = ({ name, role, projectId, totp, disabledAt }: OperatorRow): object => ({ name, role, projectId, totp, disabledAt })
