/** A token, as the wire says it: everything but its text. */
import type { TokenRow } from '../../../db/queries/operator-tokens.ts'
import type { OperatorToken } from '../../contract/account.ts'
import { tokenActor } from '../../plugins/operators.ts'

export function tokenOf({ id, reach, projectId: _own, ownerId, ownerName, ...row }: TokenRow): OperatorToken {
  return {
    ...row, id: String(id), actor: tokenActor(id), projectId: reach === 0 ? null : String(reach),
    owner: ownerId === null ? null : { id: String(ownerId), name: ownerName ?? '' },
  }
}

/** What an audit entry says of one. */
export const auditedToken = ({ name, role, projectId, ownerId, expiresAt }: TokenRow): object => ({ name, role, projectId, ownerId, expiresAt })
