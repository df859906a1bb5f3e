/**
 * The ledger as it grows. The browser comes again by itself after a lost connection, with the last id, and so does this after
 * a refusal; the server then sends what lies between, so no row is lost. A row whose count went up comes again under its own id.
 */
import type { Static } from 'typebox'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { StreamEnd, StreamStatus } from '../../../../contract/event-stream.ts'
import type { EventsAnswer, SecurityEvent } from '../../../../contract/security.ts'
import { get, openStream, toProblem } from '../../app/api.ts'
import { unread } from '../../app/unread.ts'

/** So many rows are kept; older ones are under Events. */
const MAX_ROWS = 200
const RETRY_MS = [500, 1000, 2000, 5000, 10_000]

export type FeedState = 'opening' | 'live' | 'lost'
export interface LiveFeed {
  rows: readonly SecurityEvent[] | undefined
  state: FeedState
  status: StreamStatus | undefined
  /** How many rows wait while it is paused. */
  waiting: number
  /** While true nothing moves. */
  pause(paused: boolean): void
  /** Goes up with every change of an alert. */
  alertChanges: number
}

export function useLiveFeed(project: string | undefined): LiveFeed {
  const [rows, setRows] = useState<readonly SecurityEvent[] | undefined>()
  const [state, setState] = useState<FeedState>('opening')
  const [status, setStatus] = useState<StreamStatus | undefined>()
  const [waiting, setWaiting] = useState(0)
  const [alertChanges, setAlertChanges] = useState(0)
  const paused = useRef(false)
  const held = useRef<readonly SecurityEvent[]>([])
  /** The rows, also between two drawings. */
  const shown = useRef<readonly SecurityEvent[] | undefined>(undefined)

  const take = useCallback((fresh: readonly SecurityEvent[]) => {
    shown.current = merge(shown.current ?? [], fresh)
    setRows(shown.current)
  }, [])
  /** Whatever it came by: with rows under a hand it waits. A list may come late, and be new only in part. */
  const receive = useCallback((fresh: readonly SecurityEvent[]) => {
    if (!paused.current || shown.current === undefined) return take(fresh)
    const ids = new Set(shown.current.map(({ id }) => id))
    held.current = merge(held.current, fresh)
    setWaiting(held.current.filter(({ id }) => !ids.has(id)).length)
  }, [take])
  const pause = useCallback((next: boolean) => {
    paused.current = next
    if (next || held.current.length === 0) return
    take(held.current)
    held.current = []
    setWaiting(0)
  }, [take])

  useEffect(() => {
    const gone = new AbortController()
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let lastId: string | undefined
    let failures = 0

    const loadList = (): void => {
      get<Static<typeof EventsAnswer>>('/security/v1/events', { project, limit: 50 }, gone.signal).then(({ events }) => receive(events), () => undefined)
    }
    const open = (): void => {
      source = openStream('/security/v1/events/stream', { project, after: lastId })
      const on = (name: string, handle: (data: string) => void): void => {
        source?.addEventListener(name, (message: MessageEvent<string>) => {
          if (message.lastEventId !== '') lastId = message.lastEventId
          handle(message.data)
        })
      }
      source.addEventListener('open', () => {
        failures = 0
        setState('live')
      })
      source.addEventListener('error', () => {
        setState('lost')
        // The browser tries again where it had an answer before; a refusal it takes as final.
        if (source?.readyState === EventSource.CLOSED) comeAgain()
      })
      on('security-event', (data) => receive([JSON.parse(data) as SecurityEvent]))
      on('alert', () => setAlertChanges((n) => n + 1))
      let told = false
      on('status', (data) => {
        // The stream begins here: what was committed before it, the list has.
        if (!told) loadList()
        told = true
        const next = JSON.parse(data) as StreamStatus
        setStatus(next)
        unread.set({ critical: next.unreadCritical })
      })
      on('reset', loadList)
      on('end', (data) => {
        source?.close()
        const { reason } = JSON.parse(data) as StreamEnd
        setState('lost')
        if (reason === 'session_ended' || reason === 'role_changed') askWho()
        else comeAgain()
      })
    }
    const comeAgain = (): void => {
      source?.close()
      clearTimeout(retry)
      retry = setTimeout(askWho, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)])
      failures += 1
    }
    /** An ordinary request says why a stream was refused: it waits for somebody to sign in again, or for the server. */
    const askWho = (): void => {
      get('/operator/v1/account', {}, gone.signal).then(open, (cause: unknown) => {
        if (!gone.signal.aborted && toProblem(cause).status !== 403) comeAgain()
      })
    }

    // What waited was of the project before.
    held.current = []
    shown.current = undefined
    setWaiting(0)
    setRows(undefined)
    open()
    loadList()
    return () => {
      gone.abort()
      clearTimeout(retry)
      source?.close()
    }
  }, [project, receive])

  return { rows, state, status, waiting, pause, alertChanges }
}

/** Newest first, each id once, as it was last heard of. */
export function merge(before: readonly SecurityEvent[], fresh: readonly SecurityEvent[]): readonly SecurityEvent[] {
  const byId = new Map(before.map((event) => [event.id, event]))
  for (const event of fresh) {
    const known = byId.get(event.id)
    // What was loaded may be older than what was streamed meanwhile.
    if (known === undefined || event.count >= known.count) byId.set(event.id, event)
  }
  return [...byId.values()].toSorted((a, b) => b.timestamp - a.timestamp || (a.id < b.id ? 1 : -1)).slice(0, MAX_ROWS)
}
