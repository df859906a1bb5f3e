/** In this order: is something happening, what is it about, is the server well. */
import type { AlertsAnswer } from '../../../../contract/alert.ts'
import type { ItemsAnswer } from '../../../../contract/moderation.ts'
import type { Settings } from '../../../../contract/settings.ts'
import type { SystemAnswer } from '../../../../contract/system.ts'
import type { WatchSettings } from '../../../../contract/watch-settings.ts'
import { useEffect } from 'preact/hooks'
import type { Static } from 'typebox'
import { useAccount } from '../../app/account.ts'
import { get } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { count, figure } from '../../app/time.ts'
import { Ready } from '../../components/Loading.tsx'
import { Page, Panel, Stat } from '../../components/Page.tsx'
import { Feed } from './Feed.tsx'
import { Health, troubles } from './Health.tsx'
import { OpenAlerts } from './OpenAlerts.tsx'
import { Traffic } from './Traffic.tsx'
import { useLiveFeed } from './live-feed.ts'
import './now.css'

const EVERY_MS = 15_000
/** Of each state. The whole number comes with the feed. */
const SHOWN = 25

/** Each is asked for by itself. */
const MOST_PROJECTS = 10

export default function Now() {
  const { project } = useProject()
  const { projects } = useAccount()
  const feed = useLiveFeed(project)
  const alerts = useLoad(async (signal) => {
    const [firing, pending] = await Promise.all(
      ['firing', 'pending'].map((state) => get<Static<typeof AlertsAnswer>>('/security/v1/alerts', { project, state, limit: SHOWN }, signal)))
    return { rows: [...(firing?.alerts ?? []), ...(pending?.alerts ?? [])], isCut: firing?.nextCursor != null }
  }, [project], { everyMs: EVERY_MS })
  const { refresh } = alerts
  useEffect(() => {
    if (feed.alertChanges > 0) refresh()
  }, [feed.alertChanges, refresh])
  const gate = useLoad(async (signal) => (await get<Settings>('/operator/v1/settings', {}, signal)).gateMode.value, [], { everyMs: 60_000 })
  const settings = useLoad((signal) => get<WatchSettings>('/security/v1/watch-settings', {}, signal), [])
  const system = useLoad((signal) => get<SystemAnswer>('/security/v1/system', {}, signal), [], { everyMs: EVERY_MS })
  const summed = project === undefined ? projects.slice(0, MOST_PROJECTS).map(({ publicKey }) => publicKey) : [project]
  const votes = useLoad((signal) => sumVotes(summed, signal), [summed.join(' ')], { everyMs: EVERY_MS })
  const whose = project !== undefined || projects.length < 2 ? undefined : projects.length > MOST_PROJECTS ? `Of the first ${MOST_PROJECTS} projects` : 'Of all projects'
  // Pending ones and those told to nobody wait for no answer.
  const unanswered = alerts.data?.rows.filter(({ state, acknowledgedAt, suppressed }) => state === 'firing' && acknowledgedAt === null && !suppressed).length
  const orMore = alerts.data?.isCut === true ? ' or more' : ''
  const search = project === undefined ? '' : `&project=${encodeURIComponent(project)}`
  const critical = feed.status?.unreadCritical
  return (
    <Page title="Now">
      <Verdict unanswered={unanswered} orMore={orMore} critical={critical} problems={system.data === undefined ? [] : troubles(system.data).map(({ text }) => text)} />
      {gate.data === 'log' && <p class="note">The gate only writes down what it would hold back. <a href="/dashboard/settings/policy">Settings, Policy</a></p>}
      <div class="stats">
        <Stat label="Unread critical events" value={critical === undefined ? '–' : figure(critical)} tone={critical ? 'bad' : 'good'} href={`/dashboard/events?isRead=false&severity=critical${search}`} hint="A day’s review ends at zero." />
        <Stat label="Open alerts" value={feed.status === undefined ? '–' : figure(feed.status.openAlerts)} tone={unanswered ? 'warn' : 'good'} href={`/dashboard/alerts?state=firing${search}`} hint={unanswered === undefined ? undefined : `${figure(unanswered)}${orMore} unanswered`} />
        <Stat label="Votes held back" value={votes.data === undefined ? '–' : figure(votes.data.held)} href={`/dashboard/votes?tab=held${search}`} hint={whose ?? 'They wait for evidence or for you.'} />
        <Stat label="Votes counted" value={votes.data === undefined ? '–' : figure(votes.data.counted)} href={`/dashboard/votes${search.replace('&', '?')}`} hint={whose} />
      </div>
      <div class="wide-narrow">
        <div class="stack">
          <Panel title="Open alerts" flush actions={<a href={`/dashboard/alerts${search.replace('&', '?')}`}>All alerts</a>}>
            <Ready of={alerts}>{({ rows }) => <OpenAlerts alerts={rows} responseTimes={settings.data?.responseTimesMs} />}</Ready>
          </Panel>
          <Feed feed={feed} />
        </div>
        <div class="stack">
          <Traffic project={project} />
          <Panel title="System health"><Ready of={system}>{(answer) => <Health system={answer} />}</Ready></Panel>
        </div>
      </div>
    </Page>
  )
}

function Verdict({ unanswered, orMore, critical, problems }: { unanswered: number | undefined; orMore: string; critical: number | undefined; problems: readonly string[] }) {
  if (unanswered === undefined || critical === undefined) return <div class="verdict warn" role="status"><p>Looking…</p><p class="muted">Alerts and unread events are on their way.</p></div>
  const waiting = [
    unanswered > 0 && `${figure(unanswered)}${orMore} ${unanswered === 1 && orMore === '' ? 'alert is' : 'alerts are'} unanswered`,
    critical > 0 && `${count(critical, 'critical event')} ${critical === 1 ? 'is' : 'are'} unread`,
  ].filter((part) => part !== false)
  const tone = critical > 0 || unanswered > 0 ? 'bad' : problems.length > 0 ? 'warn' : ''
  return (
    <div class={`verdict ${tone}`} role="status">
      <p>{waiting.length === 0 ? 'Nothing needs you now.' : `${waiting.join(', and ')}.`}</p>
      {problems.length === 0 ? <p class="muted">The server is well.</p> : problems.map((text) => <p key={text}>{text}</p>)}
    </div>
  )
}

async function sumVotes(projects: readonly string[], signal: AbortSignal): Promise<{ held: number; counted: number }> {
  const answers = await Promise.all(projects.map((project) => get<Static<typeof ItemsAnswer>>('/moderation/v1/items', { project }, signal)))
  const items = answers.flatMap(({ items: found }) => found)
  return { held: items.reduce((sum, { votes }) => sum + votes.held, 0), counted: items.reduce((sum, { votes }) => sum + votes.counted, 0) }
}
