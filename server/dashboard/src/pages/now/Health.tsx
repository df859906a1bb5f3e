/** How the server does, in a few lines; what is near a bound says so. */
import type { SystemAnswer } from '../../../../contract/system.ts'
import { count, figure, percent, span } from '../../app/time.ts'
import { Meter } from '../../components/Page.tsx'

const NEAR = 0.8
/** A worker this far behind is no longer watching what happens now. */
const LATE_MS = 10_000

export interface Finding {
  text: string
  tone: 'good' | 'warn' | 'bad'
}

/** What is not as it should be. Nothing: all is well. */
export function troubles(system: SystemAnswer): Finding[] {
  const { database, recorder, watch, alerts, notifications, limits, underPressure } = system
  return [
    underPressure && { tone: 'bad' as const, text: 'The server is under load: limits are tighter, and what can wait is put off.' },
    database.answersInMs > 250 && { tone: 'warn' as const, text: `The database took ${Math.round(database.answersInMs)} ms to answer.` },
    recorder.max > 0 && recorder.queued / recorder.max > NEAR && { tone: 'bad' as const, text: `${count(recorder.queued, 'vote')} wait to be written.` },
    watch.behindMs > LATE_MS && { tone: 'warn' as const, text: `The watch over votes is ${span(watch.behindMs)} behind.` },
    alerts.behindMs > LATE_MS && { tone: 'warn' as const, text: `The rules are ${span(alerts.behindMs)} behind.` },
    notifications !== null && notifications.dead > 0 && { tone: 'warn' as const, text: `${count(notifications.dead, 'message')} could not be delivered.` },
    ...limits.filter(({ used, max }) => used / max > NEAR).map(({ name, used, max }) => ({ tone: 'warn' as const, text: `${name}: ${percent(used / max)} of its bound is used.` })),
  ].filter((finding) => finding !== false)
}

export function Health({ system }: { system: SystemAnswer }) {
  const { database, recorder, watch, alerts, notifications, limits, memory, version } = system
  const fullest = limits.toSorted((a, b) => b.used / b.max - a.used / a.max)[0]
  const lines: [string, string, number?][] = [
    ['Database', `answers in ${database.answersInMs.toFixed(1)} ms`],
    ['Votes waiting to be written', figure(recorder.queued), recorder.queued / recorder.max],
    ['Watch over votes', watch.behindMs < 1000 ? 'up to date' : `${span(watch.behindMs)} behind`],
    ['Rules', alerts.behindMs < 1500 ? 'up to date' : `${span(alerts.behindMs)} behind`],
    ...(notifications === null ? [] : [['Messages waiting', figure(notifications.pending)] as [string, string]]),
    ...(fullest === undefined ? [] : [[`Fullest bound: ${fullest.name}`, percent(fullest.used / fullest.max), fullest.used / fullest.max] as [string, string, number]]),
    ['Memory', `${Math.round(memory.rss / 1_048_576)} MB`],
  ]
  return (
    <>
      <ul class="health">
        {lines.map(([name, value, share]) => (
          <li key={name}><span>{name}</span><span class="number">{value}</span>{share !== undefined && <Meter share={share} tone={share > NEAR ? 'bad' : ''} />}</li>
        ))}
      </ul>
      <p class="small muted">Version {version}, the node that answered.</p>
    </>
  )
}
