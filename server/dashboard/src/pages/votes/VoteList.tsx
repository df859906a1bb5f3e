/** Votes under a filter, and what can be done with them: with some that were selected, or with all that match. */
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { VoteFilter } from '../../../../contract/moderation.ts'
import { useCan } from '../../app/account.ts'
import { usePages } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { count } from '../../app/time.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { Panel } from '../../components/Page.tsx'
import { ActionDialog, type PlannedAction } from './ActionDialog.tsx'
import type { Items } from './items.ts'
import { filterOf, filterWords } from './vote-filter.ts'
import { voteColumns, voteHref } from './vote-columns.tsx'
import { useListKeys } from './list-keys.ts'
import { VoteFilters } from './VoteFilters.tsx'
import { type ActionKind, type Selected, applyAction, loadVotes, previewAction } from './wire.ts'

/** The server takes no more by name; a filter takes any number. */
const MOST_NAMED = 1000
const VERBS: Record<ActionKind, string> = { release: 'Release', hold: 'Hold', invalidate: 'Invalidate' }

interface Props {
  project: string
  items: Items
  /** Only what is held: the queue. */
  queue?: boolean
}

export function VoteList({ project, items, queue = false }: Props) {
  const view = useView()
  const can = useCan()
  const { route } = useLocation()
  const filter: VoteFilter = { ...filterOf(view.query), ...(queue ? { state: 'held' as const } : {}) }
  const votes = usePages((cursor, signal) => loadVotes(project, filter, cursor, signal), [project, JSON.stringify(filter)])
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [planned, setPlanned] = useState<PlannedAction | undefined>()
  const rows = votes.rows ?? []
  // What is no longer on the page is no longer meant.
  const chosen = rows.map(({ id }) => id).filter((id) => selected.has(id))
  const kinds: ActionKind[] = queue ? ['release', 'invalidate', 'hold'] : ['invalidate', 'hold', 'release']

  const plan = (kind: ActionKind, which: Selected, what: string): void => setPlanned({
    kind, what, selection: JSON.stringify(which), preview: () => previewAction(project, kind, which), apply: (reason) => applyAction(project, kind, which, reason),
  })
  const planSelected = (kind: ActionKind, ids: readonly string[]): void => {
    if (ids.length > 0) plan(kind, { voteIds: ids.slice(0, MOST_NAMED) }, ids.length === 1 ? 'One vote.' : `${count(Math.min(ids.length, MOST_NAMED), 'selected vote')}.`)
  }
  const planAll = (kind: ActionKind): void => plan(kind, { filter }, `Every vote that matches, those further down included: ${filterWords(filter, items.title)}.`)
  const done = (): void => {
    setSelected(new Set())
    votes.reload()
    items.reload()
  }

  const moderates = can('moderator')
  const { frame, active } = useListKeys(rows.map(({ id }) => id), {
    open: (id) => route(voteHref(project, id)),
    select: (id) => setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    }),
    ...(moderates && { act: (letter, id) => {
      const kind = kinds.find((one) => one[0] === letter)
      if (kind !== undefined) planSelected(kind, chosen.length > 0 ? chosen : [id])
    } }),
  })
  const empty = Object.keys(filter).length === 0
  return (
    <>
      <VoteFilters view={view} items={items} queue={queue} />
      <Panel flush title={queue ? 'Held votes' : 'Votes'} actions={moderates && rows.length > 0 && (
        <div class="bulk">
          <div class="row" role="group" aria-label={`${count(chosen.length, 'vote')} selected`}>
            <span class="small muted" aria-live="polite">{chosen.length === 0 ? 'None selected' : `${chosen.length} selected`}</span>
            {kinds.map((kind) => <button key={kind} type="button" class={`button small ${kind === 'invalidate' ? 'danger' : ''}`} disabled={chosen.length === 0} onClick={() => planSelected(kind, chosen)}>{VERBS[kind]}</button>)}
          </div>
          <div class="row" role="group" aria-label="All that match the filter">
            <span class="small muted">{empty ? 'Filter to act on all that match' : 'All that match'}</span>
            {kinds.map((kind) => <button key={kind} type="button" class={`button small ${kind === 'invalidate' ? 'danger' : ''}`} disabled={empty} onClick={() => planAll(kind)}>{VERBS[kind]} all</button>)}
          </div>
        </div>
      )}>
        <div ref={frame}>
          <DataTable
            caption={queue ? 'Held votes, newest first' : 'Votes, newest first'} columns={voteColumns({ project, itemTitle: items.title, href: view.href, oneState: queue })} {...votes}
            rowKey={({ id }) => id} active={active} {...(moderates && { selection: { keys: selected, set: setSelected } })}
            empty={queue ? 'No vote is held. Nothing waits for you here.' : 'No vote matches.'}
          />
        </div>
        {rows.length > 0 && <p class="small muted keys-hint">With the focus in the list: <kbd>j</kbd> and <kbd>k</kbd> walk it, <kbd>Enter</kbd> opens{moderates && <>, <kbd>x</kbd> selects{kinds.map((kind) => <span key={kind}>, <kbd>{kind[0]}</kbd> {VERBS[kind].toLowerCase()}s</span>)}</>}.</p>}
      </Panel>
      {planned && <ActionDialog project={project} planned={planned} itemTitle={items.title} onDone={done} onClose={() => setPlanned(undefined)} />}
    </>
  )
}
