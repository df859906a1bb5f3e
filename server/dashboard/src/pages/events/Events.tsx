/** The ledger of security events: the daily review, and the search for one thing. The address bar holds all of it. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { useAccount, useCan, useProjectName } from '../../app/account.ts'
import { get, patch, searchOf } from '../../app/api.ts'
import { useAction, useLoad, usePages } from '../../app/load.ts'
import { useProject, useView } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { unread as unreadStore } from '../../app/unread.ts'
import { count, figure } from '../../app/time.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { Page, Panel } from '../../components/Page.tsx'
import { Filters } from './Filters.tsx'
import { GroupTable, TopSources } from './Groups.tsx'
import { MarkDialog } from './MarkDialog.tsx'
import { SavedViewBar } from './SavedViewBar.tsx'
import { eventColumns } from './event-columns.tsx'
import { KeysDialog, useKeys } from './keys.tsx'
import { bodyFilterOf, filterOf, isFiltered } from './view.ts'
import type { EventList, Marked, StatsAnswer } from './wire.ts'
import './events.css'

const PAGE = 50
const LIST = 'events-list'

export default function Events() {
  const { query } = useView()
  const { project } = useProject()
  // A range ends when the view is opened or asked for again, not with every redraw.
  const [turn, setTurn] = useState(0)
  const stamp = JSON.stringify([project, turn, ...Object.entries(query).filter(([name]) => name !== 'row' && name !== 'groupBy' && name !== 'project').toSorted()])
  const now = useMemo(() => Date.now(), [stamp])
  const filter = filterOf(query, project, now)
  const unread = useLoad(async (signal) => {
    const stats = await get<StatsAnswer>('/security/v1/events/stats', { project }, signal)
    // Beside “Events” in the navigation: the live feed, which says so too, is open on another page.
    unreadStore.set({ critical: stats.unread.critical })
    return stats
  }, [project, turn])
  const { low = 0, medium = 0, high = 0, critical = 0 } = unread.data?.unread ?? {}
  const groupBy = query['groupBy']
  return (
    <Page title="Events"
      lead={unread.data === undefined ? 'What the server noticed.' : low + medium + high + critical === 0 ? 'Everything is read.'
        : `${count(low + medium + high + critical, 'event')} unread: ${figure(critical)} critical, ${figure(high)} high, ${figure(medium)} medium, ${figure(low)} low.`}
      actions={(
        <>
          {groupBy === undefined && <a class="button small to-list" href={`#${LIST}`}>To the list</a>}
          <a class="button small" href={`/api/security/v1/events/export.csv${searchOf({ ...filter, sort: query['sort'] })}`} download>Export as CSV</a>
        </>
      )}>
      <SavedViewBar />
      <Panel><Filters /></Panel>
      {groupBy === undefined
        ? <div class="events-grid"><List filter={filter} now={now} stamp={stamp} onMarked={unread.reload} onAll={() => setTurn((n) => n + 1)} /><TopSources filter={filter} stamp={stamp} /></div>
        : <GroupTable groupBy={groupBy} filter={filter} stamp={stamp} />}
    </Page>
  )
}

function List({ filter, now, stamp, onMarked, onAll }: { filter: ReturnType<typeof filterOf>; now: number; stamp: string; onMarked: () => void; onAll: () => void }) {
  const { query, set } = useView()
  const { route } = useLocation()
  const { project } = useProject()
  const can = useCan()
  const projectName = useProjectName()
  const { projects } = useAccount()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<'keys' | 'all' | undefined>()
  const events = usePages(async (cursor, signal) => {
    const { events: rows, nextCursor } = await get<EventList>('/security/v1/events', { ...filter, sort: query['sort'], cursor, limit: PAGE }, signal)
    return { rows, nextCursor }
  }, [stamp])
  useEffect(() => setSelected(new Set()), [stamp])

  /** Throws where it fails. */
  const send = async (ids: readonly string[], isRead: boolean): Promise<number> => {
    const { updated } = await patch<Marked>('/security/v1/events', { ids, isRead })
    const known = new Set(ids)
    events.replace((rows) => rows.map((row) => (known.has(row.id) ? { ...row, isRead } : row)))
    // What was selected while this was on its way stays so.
    setSelected((before) => new Set([...before].filter((id) => !known.has(id))))
    onMarked()
    return updated
  }
  const mark = useAction(send)
  const markAndSay = async (ids: readonly string[], isRead: boolean): Promise<void> => {
    const changed = (events.rows ?? []).filter((row) => ids.includes(row.id) && row.isRead !== isRead).map(({ id }) => id)
    const updated = await mark.run(ids, isRead)
    if (updated === undefined || updated === 0) return
    say({ text: `${count(updated, 'event')} marked as ${isRead ? 'read' : 'unread'}.`, undo: { run: async () => {
      await send(changed, !isRead)
      return 'It is as it was.'
    } } })
  }

  const rows = events.rows ?? []
  const standing = rows.findIndex(({ id }) => id === query['row'])
  const linkOf = (id: string): string => `/dashboard/events/${id}${searchOf({ project: query['project'] })}`
  const stand = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row === undefined) return
    set({ row: row.id }, { replace: true })
    // Where one stands is where Enter and Tab go on from.
    const link = document.querySelector<HTMLElement>(`tr[data-key="${row.id}"] a`)
    link?.focus({ preventScroll: true })
    link?.closest('tr')?.scrollIntoView({ block: 'nearest' })
  }
  // The row the focus is in; where it is in none, the one the walk stands on.
  const placeOf = (at: string | undefined): number => (at === undefined ? standing : rows.findIndex(({ id }) => id === at))
  const on = (act: (id: string) => void) => (at: string | undefined): void => {
    const row = rows[placeOf(at)]
    if (row !== undefined) act(row.id)
  }
  const frame = useKeys({
    'j': (at) => stand(placeOf(at) + 1), 'k': (at) => stand(placeOf(at) - 1), '?': () => setOpen('keys'), 'Enter': on((id) => route(linkOf(id))),
    ...(can('moderator') ? {
      'x': on((id) => setSelected((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]))),
      'r': on((id) => void markAndSay([id], true)), 'u': on((id) => void markAndSay([id], false)),
    } : {}),
  })
  useEffect(() => {
    // Back from an event, the walk goes on where it was; a focus that is somewhere by now stays there.
    if (events.rows !== undefined && standing >= 0 && document.activeElement?.matches('body, main')) stand(standing)
  }, [events.rows === undefined])

  const columns = eventColumns(linkOf, project === undefined && projects.length > 1 ? projectName : undefined)
  return (
    <Panel title="Events" flush actions={(
      <>
        {can('moderator') && selected.size > 0 && <button type="button" class="button small primary" aria-busy={mark.busy} onClick={() => void markAndSay([...selected], true)}>Mark {figure(selected.size)} read</button>}
        {can('moderator') && <button type="button" class="button small" onClick={() => setOpen('all')}>{isFiltered(query) ? 'Mark the whole view read' : 'Mark everything read'}</button>}
        <button type="button" class="button small" onClick={onAll}>Look again</button>
        <button type="button" class="button small" onClick={() => setOpen('keys')}>Keys</button>
      </>
    )}>
      <ProblemNote problem={mark.problem} />
      {/* A click on a row brings the focus here as well. */}
      <div ref={frame} id={LIST} class="events-list" tabIndex={-1}>
        <DataTable caption="Security events" columns={columns} {...events} rowKey={({ id }) => id} rowClass={({ isRead }) => (isRead ? '' : 'unread')} active={query['row']}
          selection={can('moderator') ? { keys: selected, set: setSelected } : undefined}
          empty={isFiltered(query) ? 'No event matches. That is what a finished review looks like.' : 'Nothing has been noticed yet.'} />
      </div>
      {open === 'keys' && <KeysDialog onClose={() => setOpen(undefined)} />}
      {open === 'all' && <MarkDialog filter={bodyFilterOf(query, project, now)} onDone={onAll} onClose={() => setOpen(undefined)} />}
    </Panel>
  )
}
