/** Who asks, as the wire says it. */
import type { OperatorRow } from '../../../db/queries/operators.ts'
import type { Account } from '../../contract/account.ts'
import type { Projects } from '../../plugins/projects.ts'
import type { OperatorSession } from '../../plugins/operator-sessions.ts'
import type { Operator } from '../../plugins/operators.ts'

/** @param person null: a token that is nobody’s in particular */
export function accountOf(
  { name, actor, accountId, role, projectId }: Operator,
  person: Pick<OperatorRow, 'totp' | 'passwordIsTemporary'> | null,
  session: OperatorSession | undefined,
  projects: Projects,
): Account {
  return {
    id: accountId === undefined ? null : String(accountId),
    name, actor, role,
    projectId: projectId === undefined ? null : String(projectId),
    projects: projects.all().filter(({ id }) => projectId === undefined || id === projectId).map(({ id, publicKey, name: title }) => ({ id: String(id), publicKey, name: title })),
    totp: person?.totp ?? false,
    passwordIsTemporary: person?.passwordIsTemporary ?? false,
    csrfToken: session?.csrfToken ?? null,
    session: session === undefined ? null : { expiresAt: session.expiresAt },
  }
}
