/** Who is signed in on this site, and how Truetally hears of it. */
import { truetallyLoaded } from './widget-script.js'

/** A rejected token is replaced at most this often: a wrong secret must not become a request loop. */
const REFRESH_PAUSE_MS = 60_000
let lastRefresh = -Infinity
/** Who is signed in has been announced this often. What was asked before the latest time is answered about somebody else. */
let announced = 0

/** `{name, email}`, or null when signed out. */
export async function readUser() {
  const response = await fetch('/api/me')
  return response.ok ? (await response.json()).user : null
}

/** Throws when the site's backend refuses or cannot be reached. */
export async function signIn(name) {
  const response = await fetch('/api/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  if (!response.ok) throw new Error(`The site answered ${response.status}`)
  const { user } = await response.json()
  announce(user)
  await identify()
}

export async function signOut() {
  const response = await fetch('/api/sign-out', { method: 'POST' })
  if (!response.ok) throw new Error(`The site answered ${response.status}`)
  announce(null)
  const truetally = await truetallyLoaded
  await truetally.logout()
}

/** Fetches a fresh token and hands it to the widget, unless its person has signed out meanwhile. */
export async function identify() {
  const asked = announced
  const response = await fetch('/api/truetally-token')
  if (!response.ok) return
  const { token } = await response.json()
  const truetally = await truetallyLoaded
  if (announced === asked) await truetally.identify(token)
}

/** Continues a session from another page, and replaces a token that Truetally no longer accepts. */
export async function keepIdentified() {
  const refresh = (event) => {
    const code = event.detail?.code
    if (typeof code !== 'string' || !code.startsWith('user_token_')) return
    if (performance.now() - lastRefresh < REFRESH_PAUSE_MS) return
    lastRefresh = performance.now()
    identify().catch(reportQuietly)
  }
  document.addEventListener('truetally:error', refresh)
  for (const event of window.northwind.seen.events) if (event.type === 'truetally:error') refresh(event)

  const asked = announced
  const user = await readUser()
  if (announced !== asked) return
  announce(user)
  if (user !== null) await identify()
}

function announce(user) {
  announced += 1
  document.dispatchEvent(new CustomEvent('northwind:user', { detail: user }))
}

/** The visible line beside the board already says it; the console keeps the cause. */
function reportQuietly(error) {
  console.warn(error)
}
