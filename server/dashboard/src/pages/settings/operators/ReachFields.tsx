import type { Role } from '../../../../../contract/primitives.ts'
import { useAccount } from '../../../app/account.ts'
import { SelectField } from '../../../components/Field.tsx'

const ROLE_WORDS: [Role, string][] = [
  ['viewer', 'viewer: sees events, votes and alerts'], ['moderator', 'moderator: acts on votes, sources and alerts'], ['admin', 'admin: also projects, channels and operators'],
]

/** What somebody may do, and where. `project` is a public key; '' is every project. */
export function ReachFields({ role, project, onRole, onProject }: { role: Role; project: string; onRole: (role: Role) => void; onProject: (project: string) => void }) {
  const { projects, projectId } = useAccount()
  return (
    <>
      <SelectField label="Role" any={null} value={role} options={ROLE_WORDS} onChange={(chosen) => onRole(chosen as Role)} />
      {projectId === null && <SelectField label="Sees" any="every project" value={project} options={projects.map(({ publicKey, name }) => [publicKey, name] as const)} onChange={onProject} />}
    </>
  )
}
