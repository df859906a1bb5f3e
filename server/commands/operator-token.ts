/** Operator tokens: made of 256 random bits, shown once, kept as a hash. */
import { randomBytes } from 'node:crypto'
import { countOperators, insertOperator, revokeOtherOperators } from '../../db/queries/operators.ts'
import type { Queryable } from '../../db/queryable.ts'
import type { Role } from '../contract/primitives.ts'
import { hashToken } from '../plugins/operators.ts'

const ENVIRONMENT = 'environment'

/** Returns the token, which is nowhere else. `projectId` 0: every project. */
export async function createOperatorToken(db: Queryable, operator: { name: string; role: Role; projectId: number }): Promise<string> {
  const token = `ttop_${randomBytes(32).toString('base64url')}`
  await insertOperator(db, { ...operator, tokenHash: hashToken(token) })
  return token
}

/** The token to print, or undefined when there is nothing new to show. */
export async function ensureFirstOperator(db: Queryable, adminToken: string | undefined): Promise<string | undefined> {
  if (adminToken !== undefined) {
    const tokenHash = hashToken(adminToken)
    await insertOperator(db, { projectId: 0, name: ENVIRONMENT, role: 'admin', tokenHash })
    await revokeOtherOperators(db, ENVIRONMENT, tokenHash)
    return undefined
  }
  return (await countOperators(db)) > 0 ? undefined : await createOperatorToken(db, { name: 'first operator', role: 'admin', projectId: 0 })
}
