/** What stays while pages change: the bar, the navigation, and what is wrong with the connection. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { useAccount } from './account.ts'
import { byItself, connection, del, get } from './api.ts'
import { useView } from './query.ts'
import { useStore } from './store.ts'
import { type Theme, chooseTheme, theme } from './theme.ts'
import { unread } from './unread.ts'
import { compact } from './time.ts'

const PLACES = [
  ['/dashboard', 'Now'],
  ['/dashboard/alerts', 'Alerts'],
  ['/dashboard/events', 'Events'],
  ['/dashboard/votes', 'Votes'],
  ['/dashboard/board', 'Board'],
  ['/dashboard/pictures', 'Pictures'],
  ['/dashboard/settings', 'Settings'],
] as const

export function Shell({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const { path } = useLocation()
  useEffect(() => setOpen(false), [path])
  return (
    <div class="shell">
      <a class="skip" href="#main">Skip to the content</a>
      <header class="topbar">
        <button type="button" class="button small menu-button" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>Menu</button>
        <a class="brand" href="/dashboard/"><img src="/dashboard/sign-in/favicon.svg" alt="" />Truetally</a>
        <ProjectChoice />
        <span class="fill" />
        <ThemeChoice />
        <SignOut />
      </header>
      <nav id="navigation" class={`navigation ${open ? 'open' : ''}`} aria-label="Main"><Places path={path} /></nav>
      <main id="main" class="main" tabIndex={-1}>
        <Connection />
        {children}
      </main>
    </div>
  )
}

function Places({ path }: { path: string }) {
  const project = useView().query['project']
  const { critical } = useStore(unread)
  const search = project === undefined ? '' : `?${new URLSearchParams({ project }).toString()}`
  return (
    <ul>
      {PLACES.map(([href, title]) => {
        const here = href === '/dashboard' ? path === href : path.startsWith(href) || (href === '/dashboard/votes' && path.startsWith('/dashboard/cohorts'))
        return (
          <li key={href}>
            <a href={(href === '/dashboard' ? '/dashboard/' : href) + search} {...(here ? { 'aria-current': 'page' as const } : {})}>
              {title}
              {href === '/dashboard/events' && critical > 0 && <span class="badge critical">{compact(critical)}<span class="visually-hidden"> unread critical</span></span>}
            </a>
          </li>
        )
      })}
    </ul>
  )
}

function ProjectChoice() {
  const { projects, projectId } = useAccount()
  const { query, set } = useView()
  if (projectId !== null || projects.length < 2) return <span class="muted small project">{projects[0]?.name}</span>
  return (
    <select class="project" aria-label="Project" value={query['project'] ?? ''} onChange={(event) => set({ project: event.currentTarget.value, cursor: null })}>
      <option value="">All projects</option>
      {projects.map(({ id, publicKey, name }) => <option key={id} value={publicKey} selected={query['project'] === publicKey || query['project'] === id}>{name}</option>)}
    </select>
  )
}

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const LOOKS: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' }

function ThemeChoice() {
  const chosen = useStore(theme)
  return (
    <button type="button" class="button small quiet" onClick={() => chooseTheme(NEXT[chosen])} title={`Looks ${LOOKS[chosen]}; press for ${LOOKS[NEXT[chosen]]}`}>
      <span aria-hidden="true">◐</span><span class="visually-hidden">Looks {LOOKS[chosen]}. Change to {LOOKS[NEXT[chosen]]}</span>
    </button>
  )
}

async function leave(): Promise<void> {
  await del('/operator/v1/session').catch(() => undefined)
  location.assign('/dashboard/sign-in')
}

function SignOut() {
  const { name, role } = useAccount()
  return (
    <div class="row">
      <a class="account-name small" href="/dashboard/settings/account">{name} <span class="muted">({role})</span></a>
      <button type="button" class="button small" onClick={() => void leave()}>Sign out</button>
    </div>
  )
}

const ASK_AGAIN_MS = 5000

function Connection() {
  const { lost } = useStore(connection)
  useEffect(() => {
    if (!lost) return
    // Not every page asks by itself; this finds out for all of them.
    const timer = setInterval(() => {
      const signal = new AbortController().signal
      byItself.add(signal)
      get('/operator/v1/account', {}, signal).catch(() => undefined)
    }, ASK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [lost])
  if (!lost) return null
  return <div class="connection note bad" role="alert">The server cannot be reached. What you see may be old; it is loaded again as soon as there is an answer. What you typed stays here.</div>
}
