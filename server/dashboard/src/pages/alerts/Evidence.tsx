/** The first lines an alert stands on, as far as they are security events and still kept. */
import type { Alert } from '../../../../contract/alert.ts'
import type { SecurityEvent } from '../../../../contract/security.ts'
import { words } from '../../app/time.ts'
import { SeverityBadge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { useLink } from './AlertBadges.tsx'

export function Evidence({ alert, events }: { alert: Alert; events: readonly SecurityEvent[] }) {
  const link = useLink()
  const columns: Column<SecurityEvent>[] = [
    { head: 'Event', kind: 'primary', cell: ({ id, eventType, count }) => <><a href={link(`events/${id}`)}>{words(eventType)}</a>{count > 1 && <span class="small muted"> × {count}</span>}</> },
    { head: 'Severity', kind: 'tight', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
    { head: 'Message', cell: ({ metadata }) => <Untrusted text={metadata.errorMessage} max={120} /> },
    { head: 'From', kind: 'tight', cell: ({ metadata }) => <Untrusted text={metadata.ipAddress ?? metadata.origin} max={60} /> },
    { head: 'When', kind: 'tight', cell: ({ timestamp }) => <Time at={timestamp} /> },
  ]
  const empty = alert.evidence.length === 0 ? 'It stands on counts alone, not on single lines.' : 'Its lines are votes or requests, or past retention.'
  return <Panel title="Evidence" flush><DataTable caption="The first events it stands on" columns={columns} rows={events} rowKey={({ id }) => id} empty={empty} /></Panel>
}
