/** A row of the ledger as tables show one. */
import { SeverityBadge } from '../../components/Badges.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { figure, words } from '../../app/time.ts'
import type { SecurityEvent } from './wire.ts'

/** What all of the widget’s endpoints begin with says nothing, and takes half of a line. */
const shortEndpoint = (endpoint: string): string => endpoint.replace('/api/widget/v1/{projectKey}', '…')

/** @param linkOf where the page of an event is @param projectName only where there are several projects to tell apart */
export function eventColumns(linkOf: (id: string) => string, projectName?: (id: string | null) => string): Column<SecurityEvent>[] {
  const columns: Column<SecurityEvent>[] = [
    {
      head: 'Event', kind: 'primary',
      cell: (event) => (
        <div class="event-name">
          <a href={linkOf(event.id)}>{words(event.eventType)}</a>
          <SeverityBadge severity={event.severity} />
          {!event.isRead && <span class="badge accent">unread</span>}
          {event.firstOccurrence === true && <span class="badge medium" title="The first of its type from this address, as far back as the ledger goes">first</span>}
          {event.metadata.errorMessage !== undefined && <div class="small muted"><Untrusted text={event.metadata.errorMessage} max={110} /></div>}
        </div>
      ),
    },
    {
      head: 'From',
      cell: ({ metadata: { ipAddress, endUserId, fingerprint } }) => (
        <div class="event-source">
          <Untrusted text={ipAddress ?? endUserId ?? fingerprint} max={40} />
          {ipAddress !== undefined && endUserId !== undefined && <div class="small muted"><Untrusted text={endUserId} max={40} /></div>}
        </div>
      ),
    },
    {
      head: 'At',
      cell: ({ metadata: { endpoint, origin } }) => (
        <>
          <Untrusted text={shortEndpoint(endpoint)} max={60} />
          {origin !== undefined && <div class="small muted"><Untrusted text={origin} max={45} /></div>}
        </>
      ),
    },
    { head: 'When', kind: 'tight', cell: ({ timestamp }) => <Time at={timestamp} /> },
    { head: 'Times', kind: 'number', cell: ({ count }) => figure(count) },
  ]
  if (projectName !== undefined) columns.push({ head: 'Project', cell: ({ projectId }) => projectName(projectId) })
  return columns
}
