/** The few pieces that the list and the page of an alert share. */
import type { Alert } from '../../../../contract/alert.ts'
import type { WatchSettings } from '../../../../contract/watch-settings.ts'
import { get, searchOf } from '../../app/api.ts'
import { fieldWords } from '../../app/field-words.ts'
import { type Loaded, useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { Badge, type Tone } from '../../components/Badges.tsx'
import { Meter } from '../../components/Page.tsx'
import { useNow } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { heedOf } from './alert-age.ts'

const STATES: Record<Alert['state'], Tone> = { pending: 'medium', firing: 'critical', resolved: 'good' }
export const StateBadge = ({ state }: { state: Alert['state'] }) => <Badge tone={STATES[state]}>{state}</Badge>

export const useWatchSettings = (): Loaded<WatchSettings> => useLoad((signal) => get<WatchSettings>('/security/v1/watch-settings', {}, signal), [])

/** Whom or what it is about: text that the attacker chose. */
export function About({ group }: { group: Alert['group'] }) {
  const entries = Object.entries(group)
  if (entries.length === 0) return <span class="muted">the whole project</span>
  return <>{entries.map(([name, value]) => <span class="about" key={name}><span class="muted">{fieldWords(name)}</span> <Untrusted text={value} max={60} /></span>)}</>
}

export function Heed({ alert, targets }: { alert: Alert; targets: WatchSettings['responseTimesMs'] | undefined }) {
  const heed = heedOf(alert, targets, useNow())
  if (heed.state !== 'waiting') return <span class="small muted">{heed.words}</span>
  const late = heed.share >= 1
  return (
    <span class="heed">
      <span class={late ? 'small late' : 'small'}>{heed.words}</span>
      <Meter share={heed.share} tone={late ? 'bad' : heed.share > 0.6 ? 'warn' : ''} />
    </span>
  )
}

/** A link that stays within the project that is looked at. */
export function useLink(): (path: string, query?: Record<string, string>) => string {
  const { project } = useProject()
  return (path, query = {}) => `/dashboard/${path}${searchOf({ ...query, project })}`
}
