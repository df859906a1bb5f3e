/** What was set in the dashboard in place of a default or of what a file says: a handful of rows, cached by the server. */
import type { Queryable } from '../queryable.ts'

export type OverriddenSetting = 'gate_mode' | 'rule_mode' | 'retention_days'

export interface OverrideRow {
  setting: OverriddenSetting
  /** The rule’s name; empty for what there is one of. */
  name: string
  /** `log`, `enforce`, or a number of days. */
  value: string
  /** An actor, as `request.operator.actor`. */
  setBy: string
  setAt: number
}

export async function loadOverrides(db: Queryable): Promise<OverrideRow[]> {
  const { rows } = await db.query<OverrideRow>(
    `select setting, name, value, set_by as "setBy", set_at as "setAt" from overrides where project_id = 0 order by setting, name`)
  return rows
}

export async function saveOverride(db: Queryable, { setting, name, value, setBy, setAt }: OverrideRow): Promise<void> {
  await db.query(
    `insert into overrides (setting, name, value, set_by, set_at) values ($1, $2, $3, $4, to_timestamp($5 / 1000.0))
     on conflict (project_id, setting, name) do update set value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at`,
    [setting, name, value, setBy, setAt],
  )
}

/** From then on it is as the file or the default says. */
export async function deleteOverride(db: Queryable, setting: OverriddenSetting, name: string): Promise<void> {
  await db.query('delete from overrides where project_id = 0 and setting = $1 and name = $2', [setting, name])
}
