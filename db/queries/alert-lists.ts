/** Alerts as people read them, and what people say of one: it is seen to, what it was, a note. Each leaves an entry in its timeline. */
import type { Severity } from '../../server/contract/primitives.ts'
import type { Alert, AlertState, Disposition, TimelineEntry, TimelineKind } from '../../server/watch/alerts/alert.ts'
import type { Queryable } from '../queryable.ts'
import { storable } from '../storable.ts'
import { ALERT_COLUMNS, alertColumns } from './alert-columns.ts'

export interface AlertFilter {
  /** Left out: every project, and the installation (0). */
  projectId?: number
  state?: AlertState
  severity?: Severity
  rule?: string
  acknowledged?: boolean
  since?: number
  until?: number
}

/** Newest beginnings first; of one moment by id. */
export async function listAlerts(
  db: Queryable, filter: AlertFilter, page: { after: Pick<Alert, 'startsAt' | 'id'> | null; limit: number },
): Promise<Alert[]> {
  const { rows } = await db.query<Alert>(
    `select ${ALERT_COLUMNS} from alerts
     where ($1::int is null or project_id = $1) and ($2::text is null or state = $2) and ($3::text is null or severity = $3)
       and ($4::text is null or rule = $4) and ($5::boolean is null or (acknowledged_at is not null) = $5)
       and ($6::float8 is null or starts_at >= to_timestamp($6 / 1000.0)) and ($7::float8 is null or starts_at < to_timestamp($7 / 1000.0))
       and ($8::float8 is null or starts_at < to_timestamp($8 / 1000.0) or (starts_at = to_timestamp($8 / 1000.0) and alert_id > $9::uuid))
     order by starts_at desc, alert_id limit $10`,
    [
      filter.projectId ?? null, filter.state ?? null, filter.severity ?? null, filter.rule ?? null, filter.acknowledged ?? null, filter.since ?? null,
      filter.until ?? null, page.after?.startsAt ?? null, page.after?.id ?? null, page.limit,
    ],
  )
  return rows
}

/** @param projectIds the projects to look in; 0 is the installation. They are named, so that the primary key finds the row. */
export async function findAlert(db: Queryable, projectIds: readonly number[], id: string): Promise<Alert | null> {
  const { rows } = await db.query<Alert>(`select ${ALERT_COLUMNS} from alerts where project_id = any($1::int[]) and alert_id = $2`, [projectIds, id])
  return rows[0] ?? null
}

/** The latest `limit` of them, in their order. */
export async function listTimeline(db: Queryable, { projectId, id }: Pick<Alert, 'projectId' | 'id'>, limit: number): Promise<TimelineEntry[]> {
  const { rows } = await db.query<TimelineEntry>(
    `select * from (
       select project_id as "projectId", alert_id as "alertId", at, kind, actor, detail, entry_id from alert_timeline
       where project_id = $1 and alert_id = $2 order by entry_id desc limit $3
     ) latest order by entry_id`,
    [projectId, id, limit],
  )
  return rows.map(({ projectId: project, alertId, at, kind, actor, detail }) => ({ projectId: project, alertId, at, kind, actor, detail }))
}

/** What a person says of an alert. `now` in milliseconds. */
export interface Statement {
  projectIds: readonly number[]
  id: string
  actor: string
  note: string | undefined
  now: number
}

/** In a transaction. Acknowledged once: whoever comes second changes nothing, and may leave a note. null: there is no such alert. */
export async function acknowledgeAlert(client: Queryable, statement: Statement): Promise<Alert | null> {
  const alert = await lockAlert(client, statement)
  if (alert === null) return null
  const { actor, note, now } = statement
  if (alert.acknowledgedAt !== null) {
    if (note !== undefined) await addEntry(client, alert, 'note', statement, { note })
    return alert
  }
  await addEntry(client, alert, 'acknowledged', statement, note === undefined ? {} : { note })
  return await update(client, `acknowledged_at = to_timestamp($3 / 1000.0), acknowledged_by = $4`, alert, [now, actor])
}

/** In a transaction. The last word counts, and the timeline has all of them. */
export async function disposeAlert(client: Queryable, disposition: Disposition, statement: Statement): Promise<Alert | null> {
  const alert = await lockAlert(client, statement)
  if (alert === null) return null
  const { actor, note, now } = statement
  await addEntry(client, alert, 'disposition', statement, { disposition, before: alert.disposition, ...(note === undefined ? {} : { note }) })
  return await update(client, `disposed_at = to_timestamp($3 / 1000.0), disposed_by = $4, disposition = $5`, alert, [now, actor, disposition])
}

/** In a transaction. */
export async function addNote(client: Queryable, note: string, statement: Omit<Statement, 'note'>): Promise<Alert | null> {
  const alert = await lockAlert(client, statement)
  if (alert !== null) await addEntry(client, alert, 'note', statement, { note })
  return alert
}

/** The worker stores alerts as they go on; what it and a person write of one comes one after the other. null: there is no such alert. */
export async function lockAlert(client: Queryable, { projectIds, id }: Pick<Statement, 'projectIds' | 'id'>): Promise<Alert | null> {
  const { rows } = await client.query<Alert>(
    `select ${ALERT_COLUMNS} from alerts where project_id = any($1::int[]) and alert_id = $2 for update`, [projectIds, id])
  return rows[0] ?? null
}

async function update(client: Queryable, assignments: string, { projectId, id }: Alert, values: unknown[]): Promise<Alert> {
  const { rows: [row] } = await client.query<Alert>(
    `update alerts a set ${assignments} where a.project_id = $1 and a.alert_id = $2 returning ${alertColumns()}`, [projectId, id, ...values])
  if (row === undefined) throw new Error(`the alert ${id} is locked and gone`)
  return row
}

async function addEntry(
  client: Queryable, { projectId, id }: Alert, kind: TimelineKind, { actor, now }: Pick<Statement, 'actor' | 'now'>, detail: Record<string, string | null>,
): Promise<void> {
  await client.query(
    `insert into alert_timeline (project_id, alert_id, at, kind, actor, detail) values ($1, $2, to_timestamp($3 / 1000.0), $4, $5, $6)`,
    [projectId, id, now, kind, storable(actor), JSON.stringify(detail, (_key, value: unknown) => (typeof value === 'string' ? storable(value) : value))],
  )
}
