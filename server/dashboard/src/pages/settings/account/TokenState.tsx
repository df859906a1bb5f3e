import type { OperatorToken } from '../../../../../contract/account.ts'
import { Badge } from '../../../components/Badges.tsx'
import { Time } from '../../../components/Time.tsx'

export const isInUse = ({ revokedAt, expiresAt }: OperatorToken): boolean => revokedAt === null && (expiresAt === null || expiresAt > Date.now())

/** A token in use says until when; another, since when it is not. */
export function TokenState({ token }: { token: OperatorToken }) {
  const { revokedAt, expiresAt } = token
  if (revokedAt !== null) return <span class="row"><Badge tone="critical">revoked</Badge><Time at={revokedAt} /></span>
  if (!isInUse(token)) return <span class="row"><Badge>ended</Badge><Time at={expiresAt} /></span>
  return <span class="row"><Badge tone="good">in use</Badge>{expiresAt === null ? <span class="muted">without an end</span> : <span>ends <Time at={expiresAt} /></span>}</span>
}
