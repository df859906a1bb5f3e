/** What people wrote, newest first, and the one that is open beside it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Feedback, FeedbackListAnswer } from '../../../../../contract/moderation.ts'
import { FEEDBACK_KINDS } from '../../../../../contract/primitives.ts'
import { get } from '../../../app/api.ts'
import { useLoad, usePages } from '../../../app/load.ts'
import { useView } from '../../../app/query.ts'
import { Badge } from '../../../components/Badges.tsx'
import { Field, SelectField } from '../../../components/Field.tsx'
import { Empty, ProblemNote, Ready, Waiting } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { FeedbackDetail, StateBadge } from './FeedbackDetail.tsx'

const TYPING_MS = 250
/** What the address says for all states; without one, the inbox is what nobody has looked at. */
const ALL = 'all'

export function Inbox({ project }: { project: string }) {
  const { query, set, href } = useView()
  const { open, kind, q, state = 'new' } = query
  const list = usePages<Feedback>(async (cursor, signal) => {
    const answer = await get<FeedbackListAnswer>('/moderation/v1/feedback', { project, state: state === ALL ? undefined : state, kind, q, cursor }, signal)
    return { rows: answer.feedback, nextCursor: answer.nextCursor }
  }, [project, state, kind, q])
  const listed = list.rows?.find(({ id }) => id === open)
  // A shared link may lead to one that is further down, or filtered out. The list says which: before it is there, nobody knows what comes next either.
  const isComing = list.rows === undefined && list.problem === undefined
  const alone = useLoad(async (signal) => (open === undefined || isComing || listed !== undefined ? null : await get<Feedback>(`/moderation/v1/feedback/${open}`, { project }, signal)), [open, isComing])
  const shown = listed ?? (alone.data?.id === open ? (alone.data ?? undefined) : undefined)
  const focusNext = useRef(false)
  const next = (): string | null => {
    const rows = list.rows ?? []
    const place = rows.findIndex(({ id }) => id === open)
    return (rows.slice(place + 1).find((row) => row.state === 'new') ?? rows.find((row) => row.state === 'new' && row.id !== open))?.id ?? null
  }
  const show = (after: Feedback): void => {
    list.replace((rows) => rows.map((row) => (row.id === after.id ? after : row)))
    alone.replace((before) => (before === null || before.id === after.id ? after : before))
  }
  // The answer may come when the page is another, or another piece is open: nobody is moved then.
  const latest = useRef<{ open: string | undefined; goOn: () => void } | undefined>(undefined)
  latest.current = {
    open,
    goOn: () => {
      const following = next()
      focusNext.current = true
      if (following !== null) set({ open: following })
    },
  }
  useEffect(() => () => { latest.current = undefined }, [])
  const done = (after: Feedback): void => {
    show(after)
    if (latest.current?.open === after.id) latest.current.goOn()
  }
  return (
    <>
      <div class="filters">
        <SelectField label="State" any={null} value={state} options={[['new', 'new'], ['accepted', 'accepted'], ['rejected', 'rejected'], [ALL, 'all']]} onChange={(value) => set({ state: value === 'new' ? null : value, open: null })} />
        <SelectField label="Kind" value={kind} options={[...FEEDBACK_KINDS]} onChange={(value) => set({ kind: value, open: null })} />
        <SearchField value={q} onChange={(value) => set({ q: value, open: null }, { replace: true })} />
      </div>
      <div class={`wide-narrow inbox ${open === undefined ? '' : 'opened'}`}>
        <div class="inbox-side">
          <Panel title="Inbox" flush>
            <ProblemNote problem={list.problem} retry={list.reload} />
            {list.rows === undefined ? list.slow && <Waiting /> : <List rows={list.rows} open={open} href={(id) => href({ open: id })} filtered={kind !== undefined || q !== undefined || state !== 'new'} slow={list.slow} />}
            {list.more && <div class="row"><button type="button" class="button" onClick={list.more}>Show more</button></div>}
          </Panel>
        </div>
        {open !== undefined && (
          <div class="stack">
            <a class="inbox-back" href={href({ open: null })}>← All feedback</a>
            {shown !== undefined
              ? <FeedbackDetail key={shown.id} project={project} feedback={shown} focus={focusNext} onDone={done} onUndone={show} />
              : <Panel><Ready of={alone}>{() => null}</Ready></Panel>}
          </div>
        )}
      </div>
    </>
  )
}

function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const links = [...event.currentTarget.querySelectorAll('a')]
  const place = links.indexOf(document.activeElement as HTMLAnchorElement)
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: links.length - 1 }[event.key]
  if (to === undefined || place < 0) return
  event.preventDefault()
  links[Math.max(0, Math.min(links.length - 1, to))]?.focus()
}

/** Arrow keys walk the list; Enter opens, as it does with any link. */
function List({ rows, open, href, filtered, slow }: { rows: readonly Feedback[]; open: string | undefined; href: (id: string) => string; filtered: boolean; slow: boolean }) {
  if (rows.length === 0) return <Empty>{filtered ? 'Nothing fits.' : 'Nothing new. Well done.'}</Empty>
  return (
    <ul class={`inbox-list ${slow ? 'stale' : ''}`} aria-label="Feedback, newest first" onKeyDown={walk}>
      {rows.map((row) => (
        <li key={row.id}>
          <a href={href(row.id)} {...(row.id === open && { 'aria-current': 'true' as const })}>
            <span class="inbox-title"><Untrusted text={row.title} max={200} /></span>
            <span class="row small"><Badge>{row.kind}</Badge>{row.state !== 'new' && <StateBadge state={row.state} />}<span class="muted"><Time at={row.createdAt} /></span></span>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Looks a moment after the last key. What the address says wins over what was typed before: a tab, or Back, asks for something else. */
function SearchField({ value = '', onChange }: { value: string | undefined; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState<string | undefined>()
  const asked = useRef(value)
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => {
    if (asked.current !== value) setTyped(undefined)
    asked.current = value
  }, [value])
  useEffect(() => {
    const text = typed?.trim()
    if (text === undefined || text === asked.current) return
    const timer = setTimeout(() => {
      asked.current = text
      latest.current(text)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return <Field label="Search"><input type="search" maxLength={100} placeholder="in title and text" value={typed ?? value} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setTyped(event.currentTarget.value)} /></Field>
}
