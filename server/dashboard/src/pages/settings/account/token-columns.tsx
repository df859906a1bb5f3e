import type { OperatorToken } from '../../../../../contract/account.ts'
import type { Column } from '../../../components/DataTable.tsx'
import { Time } from '../../../components/Time.tsx'
import { TokenState, isInUse } from './TokenState.tsx'

interface Choices {
  projectName: (id: string | null) => string
  /** Asked to revoke one. */
  revoke: (token: OperatorToken) => void
}

/** What every table of tokens says of one, after its name and whose it is. */
export const tokenColumns = ({ projectName, revoke }: Choices): Column<OperatorToken>[] => [
  { head: 'Role', cell: ({ role }) => role },
  { head: 'Sees', cell: ({ projectId }) => (projectId === null ? 'every project' : projectName(projectId)) },
  { head: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'State', cell: (token) => <TokenState token={token} /> },
  {
    head: 'Actions', kind: 'action',
    cell: (token) => isInUse(token) && <button type="button" class="button small danger" onClick={() => revoke(token)}>Revoke…<span class="visually-hidden"> {token.name}</span></button>,
  },
]
