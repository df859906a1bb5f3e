/** Operator tokens: made of 256 random bits, shown once, kept as a hash. */
import { findOperatorToken, hasHadOperators, insertOperatorToken, revokeOtherTokens } from '../../db/queries/operator-tokens.ts'
import { type Pool, type Queryable, inTransaction } from '../../db/queryable.ts'
import type { Role } from '../contract/primitives.ts'
import { hashToken } from '../plugins/operators.ts'
import { newOperatorToken } from '../tokens/operator-token.ts'
import { auditCommand } from './audit.ts'

const ENVIRONMENT = 'environment'
const FIRST = 'first operator'

/** Returns the token, which is nowhere else. `projectId` 0: every project. */
export async function createOperatorToken(db: Queryable, operator: { name: string; role: Role; projectId: number }): Promise<string> {
  const token = newOperatorToken()
  await insertOperatorToken(db, { ...operator, tokenHash: hashToken(token) })
  return token
}

/**
 * The token to print, or undefined when there is nothing new to show. Printed once in the life of a database: whoever revoked the first
 * one does not find another in a log. The environment’s admin token is whatever the environment says now, and none where it says none.
 */
export async function ensureFirstOperator(
  pool: Pool, adminToken: string | undefined, print: (line: string) => void = () => undefined,
): Promise<string | undefined> {
  let ended = 0
  const printed = await inTransaction(pool, async (client) => {
    if (adminToken === undefined) {
      ended = await revokeOtherTokens(client, ENVIRONMENT, null)
      if (ended > 0) await auditCommand(client, { action: 'token.revoke', target: ENVIRONMENT, projectId: 0, before: { name: ENVIRONMENT, role: 'admin' } })
      if (await hasHadOperators(client)) return undefined
      const token = await createOperatorToken(client, { name: FIRST, role: 'admin', projectId: 0 })
      await auditCommand(client, { action: 'token.create', target: FIRST, projectId: 0, after: { name: FIRST, role: 'admin' } })
      return token
    }
    const tokenHash = hashToken(adminToken)
    const isNews = (await findOperatorToken(client, tokenHash)) === null
    await insertOperatorToken(client, { projectId: 0, name: ENVIRONMENT, role: 'admin', tokenHash })
    await revokeOtherTokens(client, ENVIRONMENT, tokenHash)
    if (isNews) await auditCommand(client, { action: 'token.create', target: ENVIRONMENT, projectId: 0, after: { name: ENVIRONMENT, role: 'admin' } })
    return undefined
  })
  if (ended > 0) print('TRUETALLY_ADMIN_TOKEN is not set any more: the token it held is revoked.')
  return printed
}
