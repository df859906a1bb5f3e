/** Everything that happened to an alert, in order. */
import { exact } from '../../app/time.ts'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { type TimelineEntry, tellEntry } from './timeline-words.ts'

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  if (entries.length === 0) return <p class="muted">Nothing yet.</p>
  return (
    <ol class="timeline">
      {entries.map((entry, index) => {
        const { text, quoted } = tellEntry(entry)
        return (
          <li key={`${entry.at} ${index}`} class={entry.kind}>
            <p>{text}{quoted !== undefined && <>: <span class="quoted"><Untrusted text={quoted} max={300} /></span></>}</p>
            <p class="small muted"><Time at={entry.at} /><span class="visually-hidden">, {exact(entry.at)}</span> · <Untrusted text={entry.actor} max={60} /></p>
          </li>
        )
      })}
    </ol>
  )
}
