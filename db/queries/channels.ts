/** Channels: where alerts are told. project_id 0 is every project of the installation. */
import type { ChannelKind } from '../../server/contract/channel.ts'
import type { Severity } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

/** What is told where, and how often; without what is secret. */
export interface ChannelRoute {
  /** 0: alerts of all projects, and of the installation */
  projectId: number
  /** Unique in the installation. */
  id: number
  name: string
  kind: ChannelKind
  severities: Severity[]
  /** null: of all rules */
  rules: string[] | null
  escalationsOnly: boolean
  groupWaitMs: number
  groupIntervalMs: number
  repeatIntervalMs: number
}
export interface ChannelRow extends ChannelRoute {
  sealedSettings: Buffer
  createdAt: number
  disabledAt: number | null
}

const ROUTE = `project_id as "projectId", channel_id as id, name, kind, severities, rules, escalations_only as "escalationsOnly",
  group_wait_ms as "groupWaitMs", group_interval_ms as "groupIntervalMs", repeat_interval_ms as "repeatIntervalMs"`
const COLUMNS = `${ROUTE}, sealed_settings as "sealedSettings", created_at as "createdAt", disabled_at as "disabledAt"`

/** Every channel in use: what routing asks for at each tick. */
export async function listRoutes(db: Queryable): Promise<ChannelRoute[]> {
  const { rows } = await db.query<ChannelRoute>({
    name: 'channels-routes', text: `select ${ROUTE} from channels where disabled_at is null order by project_id, channel_id`,
  })
  return rows
}

/** Those in use. @param projectId null: of all projects, and those that serve all */
export async function listChannels(db: Queryable, projectId: number | null): Promise<ChannelRow[]> {
  const { rows } = await db.query<ChannelRow>(
    `select ${COLUMNS} from channels where disabled_at is null and ($1::int is null or project_id = $1) order by project_id, channel_id`, [projectId])
  return rows
}

/** Also one that is not used any more: what was told there can still be read. */
export async function findChannel(db: Queryable, id: number): Promise<ChannelRow | null> {
  const { rows } = await db.query<ChannelRow>(`select ${COLUMNS} from channels where channel_id = $1`, [id])
  return rows[0] ?? null
}

/** As `findChannel`, and nobody else changes it until the end of the transaction. */
export async function lockChannel(db: Queryable, id: number): Promise<ChannelRow | null> {
  const { rows } = await db.query<ChannelRow>(`select ${COLUMNS} from channels where channel_id = $1 for no key update`, [id])
  return rows[0] ?? null
}

export type NewChannel = Omit<ChannelRoute, 'id'>

/** `sealFor` gets the id, which what is sealed is bound to. null: the project has a channel of that name. */
export async function insertChannel(db: Queryable, draft: NewChannel, sealFor: (id: number) => Buffer, now: number): Promise<ChannelRow | null> {
  const { rows: [next] } = await db.query<{ id: number }>(`select nextval(pg_get_serial_sequence('channels', 'channel_id'))::int as id`)
  const id = next?.id ?? 0
  const { rows } = await db.query<ChannelRow>(
    `insert into channels (project_id, channel_id, name, kind, sealed_settings, severities, rules, escalations_only,
       group_wait_ms, group_interval_ms, repeat_interval_ms, created_at)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12 / 1000.0))
     on conflict do nothing returning ${COLUMNS}`,
    [draft.projectId, id, draft.name, draft.kind, sealFor(id), draft.severities, draft.rules, draft.escalationsOnly,
      draft.groupWaitMs, draft.groupIntervalMs, draft.repeatIntervalMs, now],
  )
  return rows[0] ?? null
}

/** null: another channel has the name, or this one is not used any more. */
export async function updateChannel(db: Queryable, { projectId, id, ...patch }: Omit<ChannelRow, 'createdAt' | 'disabledAt' | 'kind'>): Promise<ChannelRow | null> {
  const { rows } = await db.query<ChannelRow>(
    `update channels set name = $3, sealed_settings = $4, severities = $5, rules = $6, escalations_only = $7,
       group_wait_ms = $8, group_interval_ms = $9, repeat_interval_ms = $10
     where project_id = $1 and channel_id = $2 and disabled_at is null
       and not exists (select from channels o where o.project_id = $1 and o.name = $3 and o.channel_id <> $2 and o.disabled_at is null)
     returning ${COLUMNS}`,
    [projectId, id, patch.name, patch.sealedSettings, patch.severities, patch.rules, patch.escalationsOnly, patch.groupWaitMs,
      patch.groupIntervalMs, patch.repeatIntervalMs],
  )
  return rows[0] ?? null
}

/** What waits for it is given up with it. false: it was not in use. */
export async function disableChannel(db: Queryable, { projectId, id }: Pick<ChannelRow, 'projectId' | 'id'>, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `with disabled as (
       update channels set disabled_at = to_timestamp($3 / 1000.0) where project_id = $1 and channel_id = $2 and disabled_at is null
       returning project_id, channel_id
     ), dead as (
       update notifications n set dead_at = to_timestamp($3 / 1000.0), last_error = 'The channel is not used any more' from disabled d
       where n.channel_project_id = d.project_id and n.channel_id = d.channel_id and n.sent_at is null and n.dead_at is null
     )
     select from disabled`,
    [projectId, id, now],
  )
  return (rowCount ?? 0) > 0
}
