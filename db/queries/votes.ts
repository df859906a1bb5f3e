/** What a session and a vote ask about votes. The moderators’ list is in vote-list.ts. */
import type { Queryable } from '../queryable.ts'

export interface VotedItems {
  itemIds: number[]
  held: boolean
  counted: boolean
}

/** Items of the board on which this voter’s vote stands for the voter, whatever moderation has made of it; and whether one of them is held, or counted. */
export async function votedItems(db: Queryable, projectId: number, voters: readonly string[]): Promise<VotedItems> {
  const { rows } = await db.query<{ itemId: number; held: boolean; counted: boolean }>({
    name: 'votes-of-voter',
    text: `
      select v.item_id as "itemId", bool_or(v.state = 'h') as held, bool_or(v.state = 'c') as counted
      from items i join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.voter = any($2::uuid[])
      where i.project_id = $1 and i.merged_into is null and v.value = '1' and v.superseded_by is null
      group by v.item_id order by 1`,
    values: [projectId, voters],
  })
  return { itemIds: rows.map((row) => row.itemId), held: rows.some((row) => row.held), counted: rows.some((row) => row.counted) }
}

/** The device came back with what it was given. The last time is kept. */
export async function noteReturn(db: Queryable, projectId: number, device: string, at: number): Promise<void> {
  await db.query({
    name: 'returns-note',
    text: `insert into returns (project_id, device, returned_at) values ($1, $2, to_timestamp($3 / 1000.0))
      on conflict (project_id, device) do update set returned_at = greatest(returns.returned_at, excluded.returned_at)`,
    values: [projectId, device, at],
  })
}

/** Whether any vote of this project is keyed by the voter. */
export async function hasVoted(db: Queryable, projectId: number, voter: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from items i join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.voter = $2
     where i.project_id = $1 limit 1`,
    [projectId, voter],
  )
  return rowCount === 1
}
