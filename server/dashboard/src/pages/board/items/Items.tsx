/** The items of the board in their order, with their votes by state; what was merged is listed below them. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ItemsAnswer, ModeratedItem } from '../../../../../contract/moderation.ts'
import { useCan } from '../../../app/account.ts'
import { get, put } from '../../../app/api.ts'
import { useAction, useLoad } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Untrusted, legible } from '../../../components/Untrusted.tsx'
import { StatusBadge } from '../StatusBadge.tsx'
import { ItemDialog } from './ItemDialog.tsx'
import { MergeDialog } from './MergeDialog.tsx'
import { Merges } from './Merges.tsx'
import { VoteBar } from './VoteBar.tsx'

export function Items({ project }: { project: string }) {
  const { query, set, href } = useView()
  const may = useCan()('moderator')
  const [merges, setMerges] = useState(0)
  const loaded = useLoad(async (signal) => (await get<ItemsAnswer>('/moderation/v1/items', { project }, signal)).items, [project])
  const onBoard = loaded.data?.filter(({ mergedInto }) => mergedInto === null)
  const { edit, merge } = query
  const changed = (): void => {
    loaded.reload()
    setMerges((n) => n + 1)
  }
  const order = useOrder(project, onBoard ?? [], (ids) => loaded.replace((items) => sortLike(items, ids)), loaded.reload)

  const columns: Column<ModeratedItem>[] = [
    { head: 'Item', kind: 'primary', cell: (item) => <><Untrusted text={item.title} />{item.description !== '' && <div class="small muted"><Untrusted text={item.description} max={140} /></div>}</> },
    { head: 'Status', kind: 'tight', cell: (item) => <StatusBadge status={item.status} /> },
    { head: 'Votes', cell: (item) => <><VoteBar votes={item.votes} />{hasVotes(item) && <a class="small" href={`/dashboard/votes?${new URLSearchParams({ project, item: item.id }).toString()}`}>Look at them<span class="visually-hidden"> (votes on {legible(item.title, 80)})</span></a>}</> },
    ...(may ? [{
      head: 'Change', kind: 'action' as const, cell: (item: ModeratedItem) => (
        <div class="row item-actions">
          <MoveButton item={item} by={-1} order={order} />
          <MoveButton item={item} by={1} order={order} />
          <a class="button small" href={href({ edit: item.id })}>Edit<span class="visually-hidden"> {legible(item.title, 80)}</span></a>
          {(onBoard?.length ?? 0) > 1 && <a class="button small" href={href({ merge: item.id })}>Merge<span class="visually-hidden"> {legible(item.title, 80)}</span></a>}
        </div>
      ),
    }] : []),
  ]
  const chosen = (id: string | undefined): ModeratedItem | undefined => onBoard?.find((item) => item.id === id)
  const merging = chosen(merge)
  return (
    <>
      <Panel flush title="On the board" {...(may && { actions: <a class="button primary" href={href({ edit: 'new' })}>Add an item</a> })}>
        <ProblemNote problem={order.problem} />
        <DataTable caption="Items of the board, in their order" columns={columns} {...loaded} rows={onBoard} rowKey={({ id }) => id} active={edit ?? merge}
          empty={may ? 'Nothing to vote for yet. Add an item, or make one of feedback.' : 'Nothing to vote for yet.'} />
        <p class="visually-hidden" role="status">{order.said}</p>
      </Panel>
      <Merges project={project} turn={merges} onChange={changed} />
      {may && edit === 'new' && <ItemDialog key="new" project={project} item={null} onDone={changed} onClose={() => set({ edit: null })} />}
      {may && chosen(edit) && <ItemDialog key={edit} project={project} item={chosen(edit) ?? null} onDone={changed} onClose={() => set({ edit: null })} />}
      {may && merging && <MergeDialog key={merge} project={project} item={merging} others={onBoard?.filter(({ id }) => id !== merge) ?? []} onDone={changed} onClose={() => set({ merge: null, into: null })} />}
    </>
  )
}

interface Order {
  move(id: string, by: -1 | 1): void
  placeOf(id: string): { place: number; of: number }
  problem: ReturnType<typeof useAction>['problem']
  /** For who does not see the rows move. */
  said: string
}

/** Moves at once on the page and tells the server; where that fails, the rows go back. */
function useOrder(project: string, items: readonly ModeratedItem[], show: (ids: string[]) => void, reload: () => void): Order {
  const [said, setSaid] = useState('')
  const focus = useRef<string | undefined>(undefined)
  const action = useAction(async (itemIds: string[]) => {
    try {
      await put('/moderation/v1/items/order', { project, itemIds })
    } catch (cause) {
      reload()
      throw cause
    }
  })
  // The browser drops the focus of a node that is moved. Before it draws: a key pressed again meanwhile would go nowhere.
  useLayoutEffect(() => {
    if (focus.current !== undefined) document.getElementById(focus.current)?.focus()
    focus.current = undefined
  })
  return {
    problem: action.problem,
    said,
    placeOf: (id) => ({ place: items.findIndex((item) => item.id === id), of: items.length }),
    move: (id, by) => {
      if (action.busy) return
      const ids = items.map((item) => item.id)
      const place = ids.indexOf(id)
      const [other] = ids.slice(place + by, place + by + 1)
      if (other === undefined || place + by < 0) return
      ids.splice(place, 1)
      ids.splice(place + by, 0, id)
      focus.current = moveId(id, by)
      setSaid(`${legible(items[place]?.title ?? 'It', 80)} is number ${place + by + 1} of ${ids.length} now.`)
      show(ids)
      void action.run(ids)
    },
  }
}

const hasVotes = ({ votes: { counted, held, invalidated } }: ModeratedItem): boolean => counted + held + invalidated > 0

const moveId = (id: string, by: -1 | 1): string => `move-${by === -1 ? 'up' : 'down'}-${id}`

function sortLike(items: ModeratedItem[], ids: string[]): ModeratedItem[] {
  const place = new Map(ids.map((id, index) => [id, index]))
  return items.toSorted((a, b) => (place.get(a.id) ?? ids.length) - (place.get(b.id) ?? ids.length))
}

/** Stays in the order of the keyboard at the ends, or the focus would be lost there. */
function MoveButton({ item, by, order }: { item: ModeratedItem; by: -1 | 1; order: Order }) {
  const { place, of } = order.placeOf(item.id)
  const end = by === -1 ? place === 0 : place === of - 1
  return (
    <button type="button" class="button small" id={moveId(item.id, by)} aria-disabled={end ? 'true' : 'false'} aria-label={`Move ${legible(item.title, 80)} ${by === -1 ? 'up' : 'down'}`} onClick={() => { if (!end) order.move(item.id, by) }}>
      {by === -1 ? '↑' : '↓'}
    </button>
  )
}
