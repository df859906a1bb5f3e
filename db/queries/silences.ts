/** Silences: alerts that are told to nobody until a time, because a person said so. */
import type { Matcher, Silence } from '../../server/watch/alerts/silence.ts'
import type { Queryable } from '../queryable.ts'

export interface SilenceRow extends Silence {
  createdAt: number
  endedBy: string | null
}

const COLUMNS = `silence_id as id, project_id as "projectId", matchers, reason, actor, created_at as "createdAt", starts_at as "startsAt",
  ends_at as "endsAt", ended_at as "endedAt", ended_by as "endedBy"`
const STANDING = (now: string): string => `ended_at is null and ends_at > to_timestamp(${now} / 1000.0)`

/** Every open alert is held against each of them twice a second. Of one project, so that no project takes the room of others. */
const MOST_STANDING = 500

export interface NewSilence {
  /** 0: alerts of every project, and the installation’s. */
  projectId: number
  matchers: readonly Matcher[]
  reason: string
  actor: string
  startsAt: number
  endsAt: number
}

/** null: so many stand already that there is no room for another. */
export async function insertSilence(db: Queryable, silence: NewSilence, now: number): Promise<SilenceRow | null> {
  const { rows } = await db.query<SilenceRow>(
    `insert into silences (project_id, matchers, reason, actor, created_at, starts_at, ends_at)
     select $1, $2::jsonb, $3, $4, to_timestamp($5 / 1000.0), to_timestamp($6 / 1000.0), to_timestamp($7 / 1000.0)
     where (select count(*) from silences where project_id = $1 and ${STANDING('$5')}) < ${MOST_STANDING}
     returning ${COLUMNS}`,
    [silence.projectId, JSON.stringify(silence.matchers), silence.reason, silence.actor, now, silence.startsAt, silence.endsAt],
  )
  return rows[0] ?? null
}

/** Newest first. `projectId` null: of every project. */
export async function listSilences(db: Queryable, { projectId, standing }: { projectId: number | null; standing?: boolean | undefined }, now: number): Promise<SilenceRow[]> {
  const { rows } = await db.query<SilenceRow>(
    `select ${COLUMNS} from silences
     where ($1::int is null or project_id = $1) and ($2::boolean is null or (${STANDING('$3')}) = $2)
     order by silence_id desc limit 500`,
    [projectId, standing ?? null, now],
  )
  return rows
}

/** For the worker: those that cover something now. Those that begin later are loaded when they do. */
export async function loadStandingSilences(db: Queryable, now: number): Promise<Silence[]> {
  const { rows } = await db.query<SilenceRow>({
    name: 'silences-standing',
    text: `select ${COLUMNS} from silences where ${STANDING('$1')} and starts_at <= to_timestamp($1 / 1000.0) order by silence_id`,
    values: [now],
  })
  return rows
}

/** null: there is none that stands. `projectId` null: of any project. */
export async function endSilence(db: Queryable, projectId: number | null, id: number, actor: string, now: number): Promise<SilenceRow | null> {
  const { rows } = await db.query<SilenceRow>(
    `update silences set ended_at = to_timestamp($4 / 1000.0), ended_by = $3
     where ($1::int is null or project_id = $1) and silence_id = $2 and ${STANDING('$4')}
     returning ${COLUMNS}`,
    [projectId, id, actor, now],
  )
  return rows[0] ?? null
}
