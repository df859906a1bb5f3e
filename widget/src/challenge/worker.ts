/* oxlint-disable unicorn/require-post-message-target-origin -- that is a window's; a worker's postMessage takes no origin */
/**
 * The search in a worker. Its script is a Blob: the widget is a guest from another origin, and a worker's script has to be
 * from the page's own. A policy without `worker-src blob:` forbids it, which arrives as an exception in some browsers and
 * as an error event in others; a worker that says nothing for a while counts as dead.
 */
import { type CreateSearch, createSearch } from './search.ts'
import type { Task } from './solve.ts'

/** What `navigator` says; the page's own is compared with it. */
export type WorkerFacts = Readonly<Record<string, unknown>>

/** A worker answers with its facts at once, then with how many counters it has tried, in the end with the counter. */
type Said = { facts: WorkerFacts } | { tried: number } | { found: number }

/** Milliseconds without a word. A phone's slowest core tries a round in a third of a second. */
const SILENCE = 4000

interface WorkerScope {
  readonly navigator: Readonly<Record<string, unknown>>
  onmessage: ((event: { data: [string, number] }) => void) | null
  postMessage(said: Said): void
}

/** What the worker does. Its text travels, so it refers to nothing outside itself. */
function work(scope: WorkerScope, create: CreateSearch): void {
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- there is nobody else to listen
  scope.onmessage = ({ data: [prefix, difficulty] }) => {
    const facts: Record<string, unknown> = {}
    for (const name of ['userAgent', 'platform', 'languages', 'hardwareConcurrency', 'webdriver']) facts[name] = scope.navigator[name]
    scope.postMessage({ facts })
    const search = create(prefix, difficulty, 0)
    const round = 16_384
    for (let tried = round; ; tried += round) {
      const found = search(round)
      if (found !== undefined) {
        scope.postMessage({ found })
        return
      }
      scope.postMessage({ tried })
    }
  }
}

/**
 * The counter, or undefined once the task is called off.
 * @throws whatever keeps a worker from working
 */
export function searchInWorker({ prefix, difficulty, signal, bless, onFacts, onProgress }: Task): Promise<number | undefined> {
  const url = URL.createObjectURL(new Blob([`(${work})(self,${createSearch})`], { type: 'text/javascript' }))
  let worker: Worker | undefined
  let watch: ReturnType<typeof setTimeout> | undefined
  const listening = new AbortController()
  return new Promise<number | undefined>((resolve, reject) => {
    const listen = () => {
      clearTimeout(watch)
      watch = setTimeout(reject, SILENCE)
    }
    worker = new Worker(bless(url))
    worker.addEventListener('error', reject, listening)
    worker.addEventListener('message', ({ data }: MessageEvent<Said>) => {
      listen()
      if ('facts' in data) onFacts(data.facts)
      else if ('tried' in data) onProgress(data.tried)
      else resolve(data.found)
    }, listening)
    signal.addEventListener('abort', () => resolve(undefined), listening)
    listen()
    worker.postMessage([prefix, difficulty])
  }).finally(() => {
    clearTimeout(watch)
    listening.abort()
    worker?.terminate()
    URL.revokeObjectURL(url)
  })
}
