/** Reading from the server and changing something there, as state of a component. */
import { type Inputs, useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Problem, byItself, toProblem } from './api.ts'

const SLOW_MS = 300
const RETRY_MS = [1000, 2000, 5000, 10_000]

export interface Loaded<T> {
  /** Stays what it was while something newer is on its way. */
  data: T | undefined
  problem: Problem | undefined
  loading: boolean
  /** It takes long enough that people want to know. */
  slow: boolean
  reload(): void
  /** The same for a page that does it by itself: nobody waits for it, so nothing says that it is slow. */
  refresh(): void
  /** Puts something in its place, such as a row that a change answered. */
  replace(change: (data: T) => T): void
}

/**
 * Loads when it first appears and whenever an input changes; where the server cannot be reached it tries again by itself.
 * @param options.everyMs reloads so often while the page is seen
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, inputs: Inputs, { everyMs = 0 } = {}): Loaded<T> {
  const [state, setState] = useState<{ data: T | undefined; problem: Problem | undefined; loading: boolean }>({ data: undefined, problem: undefined, loading: true })
  const [slow, setSlow] = useState(false)
  const [turn, setTurn] = useState(0)
  const failures = useRef(0)
  const onTimer = useRef(false)
  const latest = useRef(load)
  latest.current = load
  const isLoading = useRef(false)
  const reload = useCallback(() => {
    onTimer.current = false
    setTurn((n) => n + 1)
  }, [])
  const refresh = useCallback(() => {
    onTimer.current = true
    setTurn((n) => n + 1)
  }, [])

  useEffect(() => {
    isLoading.current = true
    const controller = new AbortController()
    const isAsked = !onTimer.current
    if (!isAsked) byItself.add(controller.signal)
    onTimer.current = false
    let retry: ReturnType<typeof setTimeout> | undefined
    const patience = isAsked ? setTimeout(() => setSlow(true), SLOW_MS) : undefined
    setState((before) => ({ ...before, loading: true }))
    latest.current(controller.signal).then(
      (data) => {
        failures.current = 0
        if (!controller.signal.aborted) setState({ data, problem: undefined, loading: false })
      },
      (cause: unknown) => {
        if (controller.signal.aborted) return
        const problem = toProblem(cause)
        setState((before) => ({ ...before, problem, loading: false }))
        if (problem.status === 0 || problem.status === 503) {
          retry = setTimeout(refresh, RETRY_MS[Math.min(failures.current, RETRY_MS.length - 1)])
          failures.current += 1
        }
      },
    ).finally(() => {
      clearTimeout(patience)
      if (controller.signal.aborted) return
      isLoading.current = false
      setSlow(false)
    })
    return () => {
      controller.abort()
      clearTimeout(patience)
      clearTimeout(retry)
    }
  }, [...inputs, turn])

  useEffect(() => {
    if (everyMs === 0) return
    const timer = setInterval(() => {
      // An answer that takes longer than this is waited for: asked for anew each time, it would never come.
      if (document.visibilityState === 'visible' && !isLoading.current) refresh()
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])

  const replace = useCallback((change: (data: T) => T) => setState((before) => (before.data === undefined ? before : { ...before, data: change(before.data) })), [])
  return { ...state, slow, reload, refresh, replace }
}

export interface Pages<Row> extends Omit<Loaded<Row[]>, 'data'> {
  rows: Row[] | undefined
  /** undefined: that was all. */
  more: (() => void) | undefined
}

/** A list by pages that grows downward. @param load one page; its `nextCursor` leads to the next */
export function usePages<Row>(load: (cursor: string | undefined, signal: AbortSignal) => Promise<{ rows: Row[]; nextCursor: string | null }>, inputs: Inputs): Pages<Row> {
  const [further, setFurther] = useState<{ rows: Row[]; nextCursor: string | null } | undefined>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | undefined>()
  // A page that is on its way belongs to the list it was asked for: with another filter, or loaded again, the list is another.
  const asking = useRef<AbortController | undefined>(undefined)
  const letGo = (): void => {
    asking.current?.abort()
    asking.current = undefined
    setBusy(false)
  }
  const first = useLoad(async (signal) => {
    letGo()
    const page = await load(undefined, signal)
    if (signal.aborted) return page
    setFurther(undefined)
    setProblem(undefined)
    return page
  }, inputs)
  useEffect(() => () => asking.current?.abort(), [])
  const cursor = further === undefined ? first.data?.nextCursor : further.nextCursor
  const more = typeof cursor !== 'string' ? undefined : () => {
    if (asking.current !== undefined || first.loading) return
    const controller = new AbortController()
    asking.current = controller
    setBusy(true)
    load(cursor, controller.signal).then(
      (page) => {
        if (controller.signal.aborted) return
        setFurther((before) => ({ rows: [...(before?.rows ?? []), ...page.rows], nextCursor: page.nextCursor }))
        setProblem(undefined)
      },
      (cause: unknown) => {
        if (!controller.signal.aborted) setProblem(toProblem(cause))
      },
    ).finally(() => {
      if (asking.current === controller) letGo()
    })
  }
  return {
    rows: first.data === undefined ? undefined : [...first.data.rows, ...(further?.rows ?? [])],
    problem: first.problem ?? problem, loading: first.loading || busy, slow: first.slow || busy, more, reload: first.reload, refresh: first.refresh,
    replace: (change) => {
      first.replace((page) => ({ ...page, rows: change(page.rows) }))
      setFurther((before) => (before === undefined ? before : { ...before, rows: change(before.rows) }))
    },
  }
}

export interface Action<Args extends unknown[], T> {
  /** Resolves to undefined where it failed: `problem` says why. A second call while one is under way does nothing. */
  run(...args: Args): Promise<T | undefined>
  busy: boolean
  problem: Problem | undefined
  clear(): void
}

export function useAction<Args extends unknown[], T>(act: (...args: Args) => Promise<T>): Action<Args, T> {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | undefined }>({ busy: false, problem: undefined })
  const busy = useRef(false)
  const latest = useRef(act)
  latest.current = act
  const run = useCallback(async (...args: Args) => {
    if (busy.current) return undefined
    busy.current = true
    setState({ busy: true, problem: undefined })
    try {
      const result = await latest.current(...args)
      setState({ busy: false, problem: undefined })
      return result
    } catch (cause) {
      setState({ busy: false, problem: toProblem(cause) })
      return undefined
    } finally {
      busy.current = false
    }
  }, [])
  const clear = useCallback(() => setState({ busy: false, problem: undefined }), [])
  return { run, ...state, clear }
}

/**
 * Text that survives a reload, a crash and a signing out: kept in this tab until it was sent. While nobody has typed it is `initial`, also
 * when that comes late or becomes another. `forget` is told what was sent: what was typed after that stays.
 */
export function useDraft(key: string, initial = ''): [string, (text: string) => void, (sent?: string) => void] {
  const name = `draft:${key}`
  const [typed, setTyped] = useState(() => sessionStorage.getItem(name) ?? undefined)
  const change = useCallback((next: string) => {
    setTyped(next)
    sessionStorage.setItem(name, next)
  }, [name])
  const forget = useCallback((sent?: string) => {
    if (sent !== undefined && (sessionStorage.getItem(name) ?? sent) !== sent) return
    setTyped(undefined)
    sessionStorage.removeItem(name)
  }, [name])
  return [typed ?? initial, change, forget]
}
