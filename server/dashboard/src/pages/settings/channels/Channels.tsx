/** Where alerts are told, whether it works, and what became of what was told. */
import { useState } from 'preact/hooks'
import type { Channel } from '../../../../../contract/channel.ts'
import { useProjectName } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad } from '../../../app/load.ts'
import { type View, useProject, useView } from '../../../app/query.ts'
import { count } from '../../../app/time.ts'
import { Badge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Ready } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { ChannelDialog } from './ChannelDialog.tsx'
import { ChannelPage } from './ChannelPage.tsx'
import { KINDS } from './channel-fields.ts'
import { routingWords, whereTo } from './channel-words.ts'

const columns = (href: View['href'], projectName: (id: string | null) => string): Column<Channel>[] => [
  { head: 'Channel', kind: 'primary', cell: ({ id, name }) => <a href={href({ channel: id })}><Untrusted text={name} max={60} /></a> },
  { head: 'Kind', kind: 'tight', cell: ({ kind }) => <Badge>{KINDS[kind].title}</Badge> },
  { head: 'To', cell: (row) => <Untrusted text={whereTo(row)} max={60} /> },
  { head: 'Told', cell: (row) => routingWords(row) },
  { head: 'Of', cell: ({ project: of }) => (of === null ? 'all projects' : projectName(of)) },
]

export default function Channels() {
  const { query, set, href } = useView()
  const { project } = useProject()
  const projectName = useProjectName()
  const [creating, setCreating] = useState(false)
  const loaded = useLoad((signal) => get<{ channels: Channel[] }>('/operator/v1/channels', { project }, signal), [project])
  const chosen = query['channel']
  return (
    <Ready of={loaded}>
      {({ channels }) => {
        const channel = channels.find(({ id }) => id === chosen)
        if (channel !== undefined) {
          return <ChannelPage key={channel.id} channel={channel} replace={(next) => loaded.replace(() => ({ channels: channels.map((one) => (one.id === next.id ? next : one)) }))} reload={loaded.reload} />
        }
        return (
          <>
            <p class="muted">A channel sends alerts where people look anyway: chat, mail, a pager. Alerts of one group come together; what still fires is told again.</p>
            {chosen !== undefined && <p>There is no channel {chosen} in use.</p>}
            <Panel title={count(channels.length, 'channel')} flush actions={<button type="button" class="button primary" onClick={() => setCreating(true)}>New channel</button>}>
              <DataTable caption="Channels" rows={channels} rowKey={({ id }) => id} empty={<p>No channel yet: nobody is told of an alert unless they look here.</p>} columns={columns(href, projectName)} />
            </Panel>
            {creating && <ChannelDialog onClose={() => setCreating(false)} saved={(made) => { loaded.reload(); set({ channel: made.id }) }} />}
          </>
        )
      }}
    </Ready>
  )
}
