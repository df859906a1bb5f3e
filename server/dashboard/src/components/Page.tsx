/** The frame of every page: its one heading, what can be done, and what it consists of. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import { useView } from '../app/query.ts'

export function Page({ title, lead, actions, children }: { title: string; lead?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Truetally`
  }, [title])
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

export function Panel({ title, actions, flush = false, children }: { title?: string; actions?: ComponentChildren; flush?: boolean; children: ComponentChildren }) {
  const id = useId()
  return (
    <section class="panel" {...(title === undefined ? {} : { 'aria-labelledby': id })}>
      {(title !== undefined || actions !== undefined) && <header>{title !== undefined && <h2 id={id}>{title}</h2>}{actions !== undefined && <div class="row">{actions}</div>}</header>}
      <div class={`panel-body ${flush ? 'flush' : ''}`}>{children}</div>
    </section>
  )
}

/** Tabs are links: the chosen one is the URL's `tab`, the first where it names none. Other parts of the view are dropped. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly { id: string; title: ComponentChildren }[] }) {
  const { query } = useView()
  const chosen = chosenTab(query['tab'], tabs)
  const project = query['project']
  const href = (id: string): string => `?${new URLSearchParams({ ...(project === undefined ? {} : { project }), tab: id }).toString()}`
  return <TabLinks label={label} chosen={chosen} tabs={tabs.map(({ id, title }) => ({ id, title, href: location.pathname + href(id) }))} />
}

/** A row of links that scrolls where it is wider than the screen: the chosen one is brought into sight, and the page stays where it is. */
export function TabLinks({ label, chosen, tabs }: { label: string; chosen: string | undefined; tabs: readonly { id: string; title: ComponentChildren; href: string }[] }) {
  const frame = useRef<HTMLElement>(null)
  const placed = useRef('')
  useLayoutEffect(() => {
    const row = frame.current
    const tab = row?.querySelector('[aria-current]')?.getBoundingClientRect()
    if (row == null || tab === undefined) return
    // Once for each choice, lest it fight who scrolls it; and again when a title grew, by a figure that came later.
    const state = `${chosen} ${row.scrollWidth}`
    if (placed.current === state) return
    placed.current = state
    const { left, width } = row.getBoundingClientRect()
    row.scrollLeft += tab.left + tab.width / 2 - (left + width / 2)
  })
  return (
    <nav class="tabs" aria-label={label} ref={frame}>
      {tabs.map(({ id, title, href }) => <a key={id} href={href} {...(id === chosen ? { 'aria-current': 'page' as const } : {})}>{title}</a>)}
    </nav>
  )
}

export const chosenTab = (asked: string | undefined, tabs: readonly { id: string }[]): string => tabs.find(({ id }) => id === asked)?.id ?? tabs[0]?.id ?? ''

export function Stat({ label, value, hint, tone = '', href }: { label: string; value: ComponentChildren; hint?: ComponentChildren; tone?: '' | 'good' | 'warn' | 'bad'; href?: string }) {
  const inside = <><span class="label">{label}</span><span class="value">{value}</span>{hint !== undefined && <span class="hint">{hint}</span>}</>
  return href === undefined ? <div class={`stat ${tone}`}>{inside}</div> : <a class={`stat ${tone}`} href={href}>{inside}</a>
}

/** Name and value pairs. Values of strangers go through Untrusted first. */
export const Facts = ({ facts }: { facts: readonly (readonly [string, ComponentChildren] | false | null | undefined)[] }) => (
  <dl class="facts">{facts.map((fact) => (fact ? [<dt key={fact[0]}>{fact[0]}</dt>, <dd key={`${fact[0]} value`}>{fact[1]}</dd>] : null))}</dl>
)

/** A share from 0 to 1. What it says stands beside it as text. */
export const Meter = ({ share, tone = '' }: { share: number; tone?: '' | 'warn' | 'bad' }) => (
  <div class={`meter ${tone}`} aria-hidden="true"><span ref={(bar) => bar?.style.setProperty('--share', String(Math.max(0, Math.min(1, share))))} /></div>
)
