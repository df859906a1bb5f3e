/** What was told in a channel, and what could not be. */
import type { Channel, Notification, NotificationState } from '../../../../../contract/channel.ts'
import { get, post } from '../../../app/api.ts'
import { type Pages, useAction, usePages } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { words } from '../../../app/time.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge, SeverityBadge, type Tone } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { SelectField } from '../../../components/Field.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'

const STATES: Record<NotificationState, [title: string, tone: Tone]> = { pending: ['on its way', 'medium'], sent: ['told', 'good'], dead: ['given up', 'critical'] }

const columns = (replace: Pages<Notification>['replace']): Column<Notification>[] => [
  { head: 'Message', kind: 'primary', cell: ({ title }) => <Untrusted text={title} /> },
  { head: 'Severity', kind: 'tight', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  { head: 'About', kind: 'tight', cell: ({ kind, status }) => words(kind === 'alerts' ? status : kind) },
  { head: 'State', cell: (row) => <Outcome row={row} /> },
  { head: 'When', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    head: 'Again', kind: 'action', cell: (row) => (row.state !== 'dead' ? null
      : <Retry row={row} done={(next) => replace((rows) => rows.map((one) => (one.id === next.id ? next : one)))} />),
  },
]

export function Told({ channel }: { channel: Channel }) {
  const { query, set } = useView()
  const state = query['state'] !== undefined && query['state'] in STATES ? query['state'] : undefined
  const told = usePages(async (cursor, signal) => {
    const page = await get<{ notifications: Notification[]; nextCursor: string | null }>(`/operator/v1/channels/${channel.id}/notifications`, { state, cursor }, signal)
    return { rows: page.notifications, nextCursor: page.nextCursor }
  }, [channel.id, state])
  return (
    <Panel title="What was told" flush actions={<><SelectField label="State" value={state} options={(Object.keys(STATES) as NotificationState[]).map((id) => [id, STATES[id][0]] as const)} onChange={(next) => set({ state: next })} /><button type="button" class="button small" onClick={told.reload}>Look again</button></>}>
      <DataTable caption="What was told" rows={told.rows} rowKey={({ id }) => id} problem={told.problem} reload={told.reload} slow={told.slow} more={told.more} empty="Nothing was told here yet." columns={columns(told.replace)} />
    </Panel>
  )
}

function Outcome({ row: { state, attempts, sentAt, nextAttemptAt, lastError } }: { row: Notification }) {
  const [title, tone] = STATES[state]
  return (
    <>
      <span class="row"><Badge tone={tone}>{title}</Badge>{state === 'sent' && <Time at={sentAt} />}{attempts > 1 && <span class="small muted">{attempts} attempts</span>}</span>
      {state === 'pending' && attempts > 0 && <span class="small muted">next <Time at={nextAttemptAt} /></span>}
      {lastError !== null && state !== 'sent' && <div class="small"><Untrusted text={lastError} max={120} /></div>}
    </>
  )
}

function Retry({ row, done }: { row: Notification; done: (row: Notification) => void }) {
  const action = useAction(async () => {
    done(await post<Notification>(`/operator/v1/notifications/${row.id}/retry`))
    say({ text: 'It is on its way again.', kind: 'good' })
  })
  return <>{action.problem !== undefined && <span class="small" role="alert">{action.problem.message} </span>}<button type="button" class="button small" aria-busy={action.busy} onClick={() => void action.run()}>Send again</button></>
}
