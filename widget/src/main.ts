/**
 * The entry: reads its own script tag, offers `window.Truetally`, and mounts every `[data-truetally]` of the page.
 * `document.currentScript` is only there while the script first runs, so it is read before anything else.
 */
import { jsx } from 'preact/jsx-runtime'
import { createApi } from './api.ts'
import { createChallengeLoader } from './challenge.ts'
import { createDeviceTokens } from './device-token.ts'
import { createEventHub, type EventHub } from './events.ts'
import { createFingerprinter } from './fingerprint.ts'
import { createLazyForm } from './lazy-form.ts'
import { createScriptLoader, publishRegistry } from './lazy-script.ts'
import type { Messages } from './messages/en.ts'
import { type LiveMount, type Mounted, type MountOptions, mountWidget } from './mount.ts'
import { createStore, type Store } from './store.ts'
import { throwLater } from './throw-later.ts'
import { addMessages } from './translate.ts'

/** Put in by the build, from package.json. */
declare const TRUETALLY_VERSION: string

export interface Truetally {
  readonly version: string
  /** Mounts into an element; an element that has a widget keeps it. @throws {TypeError} without a project key */
  mount(element: HTMLElement, options?: MountOptions): Mounted
  /** For pages that change without a reload: mounts every new `[data-truetally]`, destroys what left the page. */
  scan(): void
  /** Votes go in this user's name: an HS256 token signed by the host's backend. */
  identify(userToken: string): void
  /** Votes go in nobody's name again. */
  logout(): void
  /** @returns a function that unsubscribes */
  on: EventHub['on']
  /** Takes every widget off the page. */
  destroy(): void
  /** The visitor's answer, for projects whose fingerprint mode is `consent`. */
  consent(granted: boolean): void
  addMessages(locale: string, messages: Messages): void
  /** Calls made before the script was there; `push` goes on working afterwards. */
  readonly q: { push(call: (api: Truetally) => void): void }
}

type Stub = { version?: undefined; q?: readonly ((api: Truetally) => void)[] }

declare global {
  interface Window {
    Truetally?: Truetally | Stub
  }
}

/** One bad element or call must not cost the page the others. */
function attempt(step: () => unknown): void {
  try {
    step()
  } catch (error) {
    throwLater(error)
  }
}

function start(script: HTMLScriptElement, stub: Stub | undefined): Truetally {
  const { src, nonce, integrity, dataset } = script
  const server = dataset['server'] ?? new URL(src).origin
  const hub = createEventHub()
  const stores = new Map<string, Store>()
  const mounts = new Map<Element, LiveMount>()
  const { loadScript, bless } = createScriptLoader({ src, nonce, pinned: Boolean(integrity) })
  const registry = publishRegistry({ jsx, jsxs: jsx })
  const fingerprint = createFingerprinter(loadScript, registry)
  const loadChallenge = createChallengeLoader(loadScript, registry, bless)
  const lazyForm = createLazyForm(loadScript, registry, refresh)
  let consented = dataset['consent'] === 'granted'
  let userToken: string | undefined

  function refresh(): void {
    for (const mounted of mounts.values()) mounted.refresh()
  }

  function storeOf(project: string): Store {
    let store = stores.get(project)
    if (!store) {
      store = createStore({
        project,
        api: createApi(server, project),
        deviceTokens: createDeviceTokens(project, () => localStorage),
        emit: hub.emit,
        fingerprint,
        loadChallenge,
        hasConsent: () => consented,
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      })
      stores.set(project, store)
      if (userToken) store.identify(userToken)
    }
    return store
  }

  function become(token: string | undefined): void {
    userToken = token
    for (const store of stores.values()) store.identify(token)
  }

  const api: Truetally = {
    version: TRUETALLY_VERSION,
    mount(element, options = {}) {
      const standing = mounts.get(element)
      if (standing) return standing
      const own = element.dataset
      const project = options.project ?? own['project'] ?? dataset['project']
      if (!project) throw new TypeError('Truetally: no project key; set data-project')
      const locale = options.locale ?? own['lang'] ?? dataset['lang']
      const theme = options.theme ?? dataset['theme']
      const live = mountWidget({
        element,
        store: storeOf(project),
        lazyForm,
        emit: hub.emit,
        options: {
          ...options,
          kind: options.kind ?? (own['truetally'] === 'feedback' ? 'feedback' : 'board'),
          ...(locale && { locale }),
          ...((theme === 'light' || theme === 'dark') && { theme }),
        },
      })
      const mounted: LiveMount = {
        refresh: live.refresh,
        destroy() {
          if (mounts.delete(element)) live.destroy()
        },
      }
      mounts.set(element, mounted)
      return mounted
    },
    scan() {
      for (const [element, mounted] of mounts) if (!element.isConnected) mounted.destroy()
      for (const element of document.querySelectorAll<HTMLElement>('[data-truetally]')) attempt(() => api.mount(element))
    },
    identify: become,
    logout: () => become(undefined),
    on: hub.on,
    destroy() {
      for (const mounted of mounts.values()) mounted.destroy()
    },
    consent(granted) {
      consented = granted
      for (const store of stores.values()) store.warmFingerprint()
    },
    addMessages(locale, messages) {
      addMessages(locale, messages)
      refresh()
    },
    q: { push: (call) => call(api) },
  }

  if (dataset['userToken']) become(dataset['userToken'])
  for (const call of stub?.q ?? []) attempt(() => call(api))
  return api
}

function scan(): void {
  if (window.Truetally?.version) window.Truetally.scan()
}

function boot(): void {
  const script = document.currentScript ?? document.querySelector('script[data-project]')
  const present = window.Truetally
  if (present?.version === undefined) {
    if (!(script instanceof HTMLScriptElement)) throw new TypeError('Truetally: no script tag')
    window.Truetally = start(script, present)
  }
  // A page that adds the script again, as some routers do, means its new elements.
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', scan)
  else scan()
}

boot()
