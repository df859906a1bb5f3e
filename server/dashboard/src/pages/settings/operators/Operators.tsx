/** People who may sign in, and every token: who may do what here, and taking it away. */
import type { Static } from 'typebox'
import { useState } from 'preact/hooks'
import type { Operator, OperatorsAnswer } from '../../../../../contract/account.ts'
import { useAccount, useProjectName } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { Badge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Panel } from '../../../components/Page.tsx'
import { ShownOnce } from '../../../components/ShownOnce.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { AllTokens } from './AllTokens.tsx'
import { ChangeOperator } from './ChangeOperator.tsx'
import { NewOperator } from './NewOperator.tsx'

export default function Operators() {
  const { id: ownId } = useAccount()
  const projectName = useProjectName()
  const { query, set } = useView()
  const loaded = useLoad((signal) => get<Static<typeof OperatorsAnswer>>('/operator/v1/operators', {}, signal), [])
  const [password, setPassword] = useState<{ name: string; password: string } | undefined>()
  const chosen = loaded.data?.operators.find(({ id }) => id === query['person'])
  const columns: Column<Operator>[] = [
    { head: 'Name', kind: 'primary', cell: ({ id, name }) => <span class="row"><Untrusted text={name} max={60} />{id === ownId && <Badge tone="accent">you</Badge>}</span> },
    { head: 'Role', cell: ({ role }) => role },
    { head: 'Sees', cell: ({ projectId }) => (projectId === null ? 'every project' : projectName(projectId)) },
    { head: 'Second factor', cell: ({ totp }) => <Badge tone={totp ? 'good' : 'medium'}>{totp ? 'on' : 'off'}</Badge> },
    { head: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    { head: 'State', cell: (person) => <State person={person} /> },
    { head: 'Actions', kind: 'action', cell: ({ id, name }) => id !== ownId && <button type="button" class="button small" onClick={() => set({ person: id })}>Change…<span class="visually-hidden"> {name}</span></button> },
  ]
  const shut = (): void => set({ person: null, add: null })
  return (
    <>
      <Panel title="People" flush actions={<button type="button" class="button small" onClick={() => set({ add: 'person' })}>Add somebody…</button>}>
        <DataTable caption="People who may sign in" columns={columns} rows={loaded.data?.operators} rowKey={({ id }) => id} active={chosen?.id} problem={loaded.problem} reload={loaded.reload} slow={loaded.slow} />
      </Panel>
      <AllTokens />
      {query['add'] === 'person' && <NewOperator onClose={shut} onMade={(made) => { shut(); setPassword(made); loaded.reload() }} />}
      {chosen !== undefined && chosen.id !== ownId && (
        <ChangeOperator key={chosen.id} person={chosen} onClose={shut} onChanged={(changed) => {
          shut()
          if (changed.password !== undefined) setPassword({ name: changed.name, password: changed.password })
          loaded.reload()
        }} />
      )}
      {password !== undefined && (
        <ShownOnce title="A password for once" secret={password.password} onClose={() => setPassword(undefined)}>
          <p>Tell <Untrusted text={password.name} /> this password by a way you trust. At the first sign-in it is replaced by one of their own.</p>
        </ShownOnce>
      )}
    </>
  )
}

function State({ person: { disabledAt, passwordIsTemporary, lastSeenAt } }: { person: Operator }) {
  if (disabledAt !== null) return <span class="row"><Badge tone="critical">disabled</Badge><Time at={disabledAt} /></span>
  if (passwordIsTemporary) return <Badge tone="medium">{lastSeenAt === null ? 'never signed in' : 'to choose a password'}</Badge>
  return <Badge tone="good">active</Badge>
}
