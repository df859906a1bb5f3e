/** When many new people at once are welcome: then a surge is no sign of an attack. */
import type { ExpectedSpike, ItemsAnswer, SpikesAnswer } from '../../../../../contract/moderation.ts'
import { useCan } from '../../../app/account.ts'
import { del, get } from '../../../app/api.ts'
import { useAction, useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time, useNow } from '../../../components/Time.tsx'
import { Untrusted, legible } from '../../../components/Untrusted.tsx'
import { SpikeDialog } from './SpikeDialog.tsx'

export function Spikes({ project }: { project: string }) {
  const { query, set, href } = useView()
  const may = useCan()('moderator')
  const now = useNow()
  const items = useLoad(async (signal) => (await get<ItemsAnswer>('/moderation/v1/items', { project }, signal)).items, [project])
  const spikes = useLoad(async (signal) => (await get<SpikesAnswer>('/moderation/v1/expected-spikes', { project }, signal)).spikes, [project])
  const titleOf = (id: string | null): string => (id === null ? 'every item' : (items.data?.find((item) => item.id === id)?.title ?? `item ${id}`))
  const end = useAction(async (spike: ExpectedSpike) => {
    await del(`/moderation/v1/expected-spikes/${spike.id}`, { project })
    spikes.reload()
    say({ text: `No crowd is expected any more for ${titleOf(spike.itemId)}.` })
  })
  const columns: Column<ExpectedSpike>[] = [
    { head: 'For', kind: 'primary', cell: (row) => (row.itemId === null ? 'Every item' : <Untrusted text={titleOf(row.itemId)} max={120} />) },
    { head: 'State', kind: 'tight', cell: (row) => <SpikeState spike={row} now={now} /> },
    { head: 'From', kind: 'tight', cell: (row) => <Time at={row.startsAt} absolute /> },
    { head: 'To', kind: 'tight', cell: (row) => <Time at={row.endedAt ?? row.endsAt} absolute /> },
    { head: 'Why', cell: (row) => <><Untrusted text={row.reason} max={140} /><div class="small muted"><Untrusted text={row.actor} max={60} /></div></> },
    ...(may ? [{
      head: 'End', kind: 'action' as const,
      cell: (row: ExpectedSpike) => (isOver(row, now) ? null : <button type="button" class="button small" aria-busy={end.busy} onClick={() => void end.run(row)}>End now<span class="visually-hidden"> for {legible(titleOf(row.itemId), 80)}</span></button>),
    }] : []),
  ]
  return (
    <>
      <Panel title="Expected spikes" flush {...(may && { actions: <a class="button primary" href={href({ announce: 'new' })}>Announce a crowd</a> })}>
        <p class="board-lead muted">A launch, a mention in the news: while a spike is expected, many new visitors at once hold nobody's vote. Every other sign of an attack still counts.</p>
        <ProblemNote problem={end.problem} />
        <DataTable caption="Expected spikes, newest first" columns={columns} {...spikes} rows={spikes.data} rowKey={({ id }) => id} empty="No crowd was ever announced." />
      </Panel>
      {/* The address may name an item: before the items are there it would be taken for all of them. */}
      {may && query['announce'] !== undefined && (items.data !== undefined || items.problem !== undefined) && (
        <SpikeDialog project={project} items={items.data?.filter(({ mergedInto }) => mergedInto === null) ?? []} item={query['announce']} onDone={spikes.reload} onClose={() => set({ announce: null })} />
      )}
    </>
  )
}

const isOver = ({ endsAt, endedAt }: ExpectedSpike, now: number): boolean => endedAt !== null || endsAt <= now

function SpikeState({ spike, now }: { spike: ExpectedSpike; now: number }) {
  if (spike.endedAt !== null) return <Badge>ended early</Badge>
  if (spike.endsAt <= now) return <Badge>over</Badge>
  return spike.startsAt > now ? <Badge tone="accent">to come</Badge> : <Badge tone="good">going on</Badge>
}
