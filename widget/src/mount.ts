/** Puts a board or a feedback form into a host's element, behind a shadow root, and takes it out again without a trace. */
import type { View } from './components/view.ts'
import { renderWidget } from './components/Widget.tsx'
import type { EventHub } from './events.ts'
import { explain } from './explain.ts'
import type { LazyForm } from './lazy-form.ts'
import type { Messages } from './messages/en.ts'
import { observe } from './observation.ts'
import type { Store } from './store.ts'
import { sharedSheet } from './stylesheet.ts'
import { createTranslator, type Translator } from './translate.ts'
import { whenSeen } from './when-seen.ts'

export interface MountOptions {
  /** What to show; `data-truetally` says it too. Default: the board. */
  kind?: 'board' | 'feedback'
  /** Public project key; also `data-project`, on the element or the script. */
  project?: string
  /** BCP 47; also `data-lang`, on the element or the script. Default: the nearest `lang`. */
  locale?: string
  /** Replaces single messages on this element. */
  messages?: Messages
  /** Also `data-theme`, on the element or the script. */
  theme?: 'light' | 'dark' | 'auto'
}

export interface Mounted {
  destroy(): void
}

/** Languages written from right to left, for a page that names its language but not its direction. */
const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)\b/

/** Safari has no idle callback; two seconds after the board is usually idle enough. */
function whenIdle(task: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(task, { timeout: 5000 })
  else setTimeout(task, 2000)
}

/** The nearest value of an attribute, through the shadow roots the host's page may itself be made of. */
function nearest(element: Element, attribute: string): string | undefined {
  const holder = element.closest(`[${attribute}]`)
  if (holder) return holder.getAttribute(attribute) ?? undefined
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? nearest(root.host, attribute) : undefined
}

export interface MountContext {
  readonly element: HTMLElement
  readonly store: Store
  readonly lazyForm: LazyForm
  readonly options: MountOptions
  readonly emit: EventHub['emit']
}

export interface LiveMount extends Mounted {
  /** Renders again, after something outside the store changed: a language was added. */
  refresh(): void
}

export function mountWidget({ element, store, lazyForm, options, emit }: MountContext): LiveMount {
  const feedbackOnly = options.kind === 'feedback'
  // A shadow root cannot be taken off again: a second mount finds the first one's.
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
  shadow.adoptedStyleSheets = [sharedSheet()]
  const root = document.createElement('div')
  root.className = 'root'
  shadow.append(root)

  const ownsTheme = Boolean(options.theme) && !element.dataset['theme']
  if (ownsTheme) element.dataset['theme'] = options.theme

  const observation = observe(shadow, store.wake)

  let language: string | undefined
  let translator: Translator
  let Form: View['Form']
  let formOpen: boolean | undefined
  const view: View = {
    store,
    lazyForm,
    get Form() {
      return (Form ??= lazyForm.create?.(view, feedbackOnly ? undefined : () => showForm(false)))
    },
    get formOpen() {
      return formOpen
    },
    showForm,
    refresh,
    witness: (event) => ({ element, moment: observation.capture(event), translate: view.translate }),
    translate: (key, values) => translator.translate(key, values),
    formatNumber: (value) => translator.formatNumber(value),
    explain: (problem) => explain(problem, view.translate),
  }
  let ready = false
  let unwatch: (() => void) | undefined

  function refresh(): void {
    const locale = options.locale ?? nearest(element, 'lang') ?? 'en'
    if (locale !== language) translator = createTranslator((language = locale), options.messages)
    root.lang = translator.locale
    root.dir = nearest(element, 'dir') ?? (RIGHT_TO_LEFT.test(translator.locale) ? 'rtl' : 'ltr')
    renderWidget(view, feedbackOnly, root)
    if (!ready && (feedbackOnly ? lazyForm.create : store.board)) {
      ready = true
      // After the caller has its handle and had the time to subscribe.
      void Promise.resolve().then(() => emit('ready', { project: store.project }, [element]))
      whenIdle(store.warmFingerprint)
      unwatch = whenSeen(root, store.greet)
    }
  }

  function showForm(open: boolean): void {
    formOpen = open
    refresh()
    if (open) void lazyForm.load()
    // A form that has yet to load takes the focus when it is there.
    root.querySelector<HTMLElement>(open ? '[name=title]' : '[aria-expanded]')?.focus()
  }

  const unsubscribe = store.subscribe(element, refresh)
  if (feedbackOnly) void lazyForm.load()
  refresh()
  // A form on its own needs the board too: it says whether fingerprints are wanted.
  void store.load()

  return {
    refresh,
    destroy() {
      unsubscribe()
      unwatch?.()
      observation.stop()
      root.remove()
      shadow.adoptedStyleSheets = []
      if (ownsTheme) delete element.dataset['theme']
    },
  }
}
