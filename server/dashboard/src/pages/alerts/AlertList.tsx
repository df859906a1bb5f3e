/** The list of alerts. With the focus in it, arrow keys (or j and k) go from one to the next, Enter opens it, and a acknowledges it. */
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Alert } from '../../../../contract/alert.ts'
import { SEVERITIES } from '../../../../contract/primitives.ts'
import { useAccount, useCan, useProjectName } from '../../app/account.ts'
import { get, post } from '../../app/api.ts'
import { useAction, useLoad, usePages } from '../../app/load.ts'
import { useProject, useView } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { Badge, SeverityBadge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { SelectField } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { About, Heed, StateBadge, useLink, useWatchSettings } from './AlertBadges.tsx'
import type { AlertList as Answer, RuleList } from './wire.ts'

const EVERY_MS = 15_000
/** Not the contract’s own list: its schemas would come along, 20 kB of them. */
const STATES: readonly Alert['state'][] = ['pending', 'firing', 'resolved']
const PAGE = 50
const SPANS: Record<string, readonly [title: string, ms: number]> = {
  '1h': ['the last hour', 3_600_000], '24h': ['the last 24 hours', 86_400_000], '7d': ['the last 7 days', 604_800_000], '30d': ['the last 30 days', 2_592_000_000],
}
/** A link may also name a moment. */
const sinceOf = (text: string | undefined): number | undefined => {
  const span = SPANS[text ?? '']
  if (span !== undefined) return Date.now() - span[1]
  return /^\d+$/.test(text ?? '') ? Number(text) : undefined
}

export function AlertList() {
  const { query } = useView()
  const { project } = useProject()
  const can = useCan()
  const settings = useWatchSettings()
  const alerts = usePages(async (cursor, signal) => {
    const { alerts: rows, nextCursor } = await get<Answer>('/security/v1/alerts', {
      project, state: query['state'], severity: query['severity'], rule: query['rule'], acknowledged: query['acknowledged'], since: sinceOf(query['since']), cursor, limit: PAGE,
    }, signal)
    return { rows, nextCursor }
  }, [project, query['state'], query['severity'], query['rule'], query['acknowledged'], query['since']])
  const { rows, refresh, replace } = alerts
  useEffect(() => {
    // Whoever has gone further down keeps what is there.
    const timer = setInterval(() => (document.visibilityState === 'visible' && (rows?.length ?? 0) <= PAGE ? refresh() : undefined), EVERY_MS)
    return () => clearInterval(timer)
  }, [refresh, rows?.length])
  const acknowledge = useAction(async (alert: Alert) => {
    const now = await post<Alert>(`/security/v1/alerts/${alert.id}/acknowledge`)
    replace((before) => before.map((row) => (row.id === now.id ? now : row)))
    say({ text: `You see to “${alert.title}”. It is not escalated any more.` })
  })
  const mayAcknowledge = (alert: Alert): boolean => can('moderator') && alert.acknowledgedAt === null && alert.state !== 'resolved'
  const list = useRef<HTMLDivElement>(null)
  useSteadyFocus(list, rows)
  const walk = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.target instanceof Element ? event.target.closest('[data-key]')?.getAttribute('data-key') : undefined
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0
    const alert = rows?.find(({ id }) => id === key)
    if (step !== 0) {
      const links = [...list.current?.querySelectorAll<HTMLElement>('[data-key] a.title') ?? []]
      const next = links[links.findIndex((link) => link.closest('[data-key]')?.getAttribute('data-key') === key) + step]
      if (next === undefined) return
      event.preventDefault()
      next.focus()
    } else if (event.key === 'a' && alert !== undefined && mayAcknowledge(alert)) {
      event.preventDefault()
      void acknowledge.run(alert)
    }
  }
  return (
    <>
      <Filters />
      <ProblemNote problem={acknowledge.problem} />
      <Panel flush>
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the links inside it, for those who walk the list */}
        <div ref={list} onKeyDown={walk}>
          <DataTable caption="Alerts, newest first" columns={useColumns({ targets: settings.data?.responseTimesMs, mayAcknowledge, acknowledge: (alert) => void acknowledge.run(alert) })} {...alerts} rowKey={({ id }) => id}
            rowClass={({ acknowledgedAt, state }) => (acknowledgedAt === null && state !== 'resolved' ? 'unread' : '')}
            empty={Object.keys(query).some((name) => ['state', 'severity', 'rule', 'acknowledged', 'since'].includes(name)) ? 'No alert fits these filters.' : 'The rules have found nothing yet.'} />
        </div>
      </Panel>
      <p class="small muted">With the focus in the list: <kbd>↓</kbd> <kbd>↑</kbd> or <kbd>j</kbd> <kbd>k</kbd> walk, <kbd>Enter</kbd> opens{can('moderator') && <>, <kbd>a</kbd> acknowledges</>}.</p>
    </>
  )
}

/** The row one stands on may leave the list, such as when it is answered: the focus goes to the one that takes its place, and the walk goes on. */
function useSteadyFocus(list: RefObject<HTMLElement | null>, rows: readonly Alert[] | undefined): void {
  const stood = useRef<{ row: HTMLElement; place: number } | undefined>(undefined)
  useLayoutEffect(() => {
    const frame = list.current
    const note = (): void => {
      const row = document.activeElement?.closest<HTMLElement>('tr[data-key]') ?? undefined
      stood.current = row && { row, place: rowsIn(frame).indexOf(row) }
    }
    // Of its own accord, and not because the row went.
    const leave = (event: FocusEvent): void => { if (event.relatedTarget !== null) stood.current = undefined }
    frame?.addEventListener('focusin', note)
    frame?.addEventListener('focusout', leave)
    return () => {
      frame?.removeEventListener('focusin', note)
      frame?.removeEventListener('focusout', leave)
    }
  }, [])
  useLayoutEffect(() => {
    if (stood.current === undefined || stood.current.row.isConnected || document.activeElement !== document.body) return
    const left = rowsIn(list.current)
    left[Math.min(stood.current.place, left.length - 1)]?.querySelector<HTMLElement>('a.title')?.focus()
  }, [rows])
}

const rowsIn = (list: HTMLElement | null): HTMLElement[] => [...list?.querySelectorAll<HTMLElement>('tr[data-key]') ?? []]

interface Shown {
  targets: Parameters<typeof Heed>[0]['targets']
  mayAcknowledge(alert: Alert): boolean
  acknowledge(alert: Alert): void
}

function useColumns({ targets, mayAcknowledge, acknowledge }: Shown): Column<Alert>[] {
  const { project } = useProject()
  const { projects } = useAccount()
  const projectName = useProjectName()
  const link = useLink()
  return [
    { head: 'Alert', kind: 'primary', cell: (alert) => <><a class="title" href={link(`alerts/${alert.id}`)}>{alert.title}</a><div class="small abouts"><About group={alert.group} /></div></> },
    { head: 'Severity', kind: 'tight', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
    { head: 'State', kind: 'tight', cell: (alert) => <span class="row"><StateBadge state={alert.state} />{alert.escalations > 0 && alert.acknowledgedAt === null && <Badge tone="high">escalated</Badge>}{alert.disposition !== null && <Badge>{VERDICTS[alert.disposition]}</Badge>}</span> },
    { head: 'Answer', cell: (alert) => <Heed alert={alert} targets={targets} /> },
    { head: 'Began', kind: 'tight', cell: ({ startsAt }) => <Time at={startsAt} /> },
    ...(project === undefined && projects.length > 1 ? [{ head: 'Project', cell: (alert: Alert) => projectName(alert.projectId) }] : []),
    { head: 'Actions', kind: 'action', cell: (alert) => mayAcknowledge(alert) && <button type="button" class="button small" onClick={() => acknowledge(alert)}>Acknowledge<span class="visually-hidden"> {alert.title}</span></button> },
  ]
}

export const VERDICTS: Record<NonNullable<Alert['disposition']>, string> = { true_positive: 'was right', false_positive: 'false alarm', benign: 'no harm' }

function Filters() {
  const { query, set } = useView()
  const rules = useLoad((signal) => get<RuleList>('/security/v1/rules', {}, signal), [])
  const names = (rules.data?.rules ?? []).map(({ name, title }) => [name, title] as const).toSorted((a, b) => (a[1] < b[1] ? -1 : 1))
  const chosen = query['rule']
  // A rule may be gone while its alerts are still there.
  const options = chosen === undefined || names.some(([name]) => name === chosen) ? names : [...names, [chosen, chosen] as const]
  const since = query['since']
  return (
    <div class="filters">
      <SelectField label="State" value={query['state']} options={STATES} onChange={(state) => set({ state })} />
      <SelectField label="Severity" value={query['severity']} options={SEVERITIES.toReversed()} onChange={(severity) => set({ severity })} />
      <SelectField label="Rule" value={chosen} options={options} onChange={(rule) => set({ rule })} />
      <SelectField label="Acknowledged" value={query['acknowledged']} options={[['false', 'nobody has'], ['true', 'somebody has']]} onChange={(acknowledged) => set({ acknowledged })} />
      <SelectField label="Began" value={since} any="any time" options={[...Object.entries(SPANS).map(([name, [title]]) => [name, title] as const), ...(since !== undefined && SPANS[since] === undefined ? [[since, 'since a moment'] as const] : [])]} onChange={(value) => set({ since: value })} />
    </div>
  )
}
