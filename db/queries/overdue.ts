/** What waits longer than it should. */
import type { Queryable } from '../queryable.ts'

/**
 * How long the notification that should have been sent first has been due, in milliseconds; 0: none is. Only the first of what is
 * told in order counts: what waits behind it, for a mail server that is down, is due and yet not late. One pass over the index.
 */
export async function notificationsOverdueMs(db: Queryable, now: number): Promise<number> {
  const { rows: [row] } = await db.query<{ due: number | null }>({
    name: 'notifications-overdue',
    text: `
      select min(first.next_attempt_at) as due
      from (
        select distinct on (channel_project_id, channel_id, group_hash) channel_project_id, channel_id, next_attempt_at
        from notifications
        where sent_at is null and dead_at is null
        order by channel_project_id, channel_id, group_hash, notification_id
      ) as first
      join channels c on c.project_id = first.channel_project_id and c.channel_id = first.channel_id and c.disabled_at is null`,
  })
  return row === undefined || row.due === null ? 0 : Math.max(0, now - row.due)
}
