/** Who is signed in, and what that role may do. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Account } from '../../../contract/account.ts'
import type { Role } from '../../../contract/primitives.ts'

export const AccountContext = createContext<Account | null>(null)

const RANK: Record<Role, number> = { viewer: 0, moderator: 1, admin: 2 }

export function useAccount(): Account {
  const account = useContext(AccountContext)
  if (account === null) throw new Error('nobody is signed in yet')
  return account
}

/** `can('moderator')`: whether to offer a change at all. The server decides again when it is asked. */
export function useCan(): (role: Role) => boolean {
  const { role } = useAccount()
  return (least) => RANK[role] >= RANK[least]
}

/** Id of a project to what people call it; null is the installation. */
export function useProjectName(): (id: string | null) => string {
  const { projects } = useAccount()
  return (id) => (id === null ? 'installation' : (projects.find((project) => project.id === id)?.name ?? `project ${id}`))
}
