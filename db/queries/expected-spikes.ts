/** Times when many new people at once are expected: a launch, a mention in the news. */
import type { Queryable } from '../queryable.ts'

export interface SpikeRow {
  id: number
  projectId: number
  /** null: every item */
  itemId: number | null
  startsAt: number
  endsAt: number
  reason: string
  actor: string
  createdAt: number
  /** Ended early; nothing after this is expected any more. */
  endedAt: number | null
  endedBy: string | null
}

const COLUMNS = `spike_id as id, project_id as "projectId", item_id as "itemId", starts_at as "startsAt", ends_at as "endsAt",
  reason, actor, created_at as "createdAt", ended_at as "endedAt", ended_by as "endedBy"`

export async function insertSpike(
  db: Queryable, spike: Pick<SpikeRow, 'projectId' | 'itemId' | 'startsAt' | 'endsAt' | 'reason' | 'actor'>,
): Promise<SpikeRow> {
  const { rows } = await db.query<SpikeRow>(
    `insert into expected_spikes (project_id, item_id, starts_at, ends_at, reason, actor)
     values ($1, $2, to_timestamp($3 / 1000.0), to_timestamp($4 / 1000.0), $5, $6) returning ${COLUMNS}`,
    [spike.projectId, spike.itemId, spike.startsAt, spike.endsAt, spike.reason, spike.actor],
  )
  const row = rows[0]
  if (row === undefined) throw new Error('the new spike came back without a row')
  return row
}

/** Newest first, past ones included. */
export async function listSpikes(db: Queryable, projectId: number): Promise<SpikeRow[]> {
  const { rows } = await db.query<SpikeRow>(
    `select ${COLUMNS} from expected_spikes where project_id = $1 order by spike_id desc limit 200`, [projectId])
  return rows
}

/** What happened before `now` stays expected. null: no such spike, or it is over already. */
export async function endSpike(db: Queryable, projectId: number, id: number, actor: string, now: number): Promise<SpikeRow | null> {
  const { rows } = await db.query<SpikeRow>(
    `update expected_spikes set ended_at = to_timestamp($4 / 1000.0), ended_by = $3
     where project_id = $1 and spike_id = $2 and ended_at is null and ends_at > to_timestamp($4 / 1000.0)
     returning ${COLUMNS}`,
    [projectId, id, actor, now],
  )
  return rows[0] ?? null
}

/**
 * Of every project: those that are going on, will begin, or ended within two days: votes are looked back at for a day
 * (the policy’s horizon), and the crowd of a spike that just ended is still judged by it.
 * The crowd of an item that was merged into another goes there.
 */
export async function loadCurrentSpikes(db: Queryable, now: number): Promise<SpikeRow[]> {
  const { rows } = await db.query<SpikeRow>(
    `select ${COLUMNS.replace('item_id', 'present_item(project_id, item_id)')} from expected_spikes
     where ends_at > to_timestamp($1 / 1000.0) - interval '2 days' and (ended_at is null or ended_at > starts_at) order by spike_id`,
    [now],
  )
  return rows
}
