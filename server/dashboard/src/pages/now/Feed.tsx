/** The live feed: paused while somebody points at it or walks through it, so that nothing moves under a hand. */
import { useState } from 'preact/hooks'
import { useProjectName } from '../../app/account.ts'
import { count, figure, words } from '../../app/time.ts'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { Empty, Waiting } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import type { FeedState, LiveFeed } from './live-feed.ts'

const STATES: Record<FeedState, { tone: 'good' | 'medium'; text: string }> = {
  opening: { tone: 'medium', text: 'connecting' }, live: { tone: 'good', text: 'live' }, lost: { tone: 'medium', text: 'reconnecting' },
}

export function Feed({ feed }: { feed: LiveFeed }) {
  const projectName = useProjectName()
  const [stopped, setStopped] = useState(false)
  const { tone, text } = STATES[feed.state]
  const hold = (paused: boolean): void => feed.pause(paused || stopped)
  const stop = (): void => {
    setStopped(!stopped)
    feed.pause(!stopped)
  }
  const actions = (
    <>
      {feed.waiting > 0 && <Badge tone="accent">{count(feed.waiting, 'new event')} waiting</Badge>}
      <Badge tone={tone}>{text}</Badge>
      <button type="button" class="button small" aria-pressed={stopped} onClick={stop}>{stopped ? 'Go on' : 'Pause'}</button>
    </>
  )
  return (
    <Panel title="Live events" actions={actions} flush>
      {feed.rows === undefined && <Waiting />}
      {feed.rows?.length === 0 && <Empty><p>No events yet. Whatever is refused, odd or attacked shows here within a second.</p></Empty>}
      {feed.rows !== undefined && feed.rows.length > 0 && (
        <ol class="feed" tabIndex={0} aria-label="Live events, newest first" onMouseEnter={() => hold(true)} onMouseLeave={() => hold(false)} onFocusIn={() => hold(true)} onFocusOut={(event) => { if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) hold(false) }}>
          {feed.rows.map((event) => (
            <li key={event.id} class={event.isRead ? '' : 'unread'} data-event={event.id}>
              <a href={`/dashboard/events/${event.id}`} class="feed-what">
                <SeverityBadge severity={event.severity} />
                <strong>{words(event.eventType)}</strong>
                {event.count > 1 && <span class="number muted">× {figure(event.count)}</span>}
              </a>
              <span class="feed-text"><Untrusted text={event.metadata.errorMessage ?? event.metadata.endpoint} max={110} /></span>
              <span class="feed-from muted small"><Untrusted text={event.metadata.ipAddress ?? event.metadata.origin ?? '–'} max={60} /> · {projectName(event.projectId)} · <Time at={event.lastSeenAt} /></span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
