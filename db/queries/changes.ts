/** How nodes tell each other what changed: one LISTEN/NOTIFY channel, delivered on commit. */
import type { ClientBase } from 'pg'
import type { Queryable } from '../queryable.ts'

const CHANNEL = 'truetally'

/** Reaches every listener of this database, the sender included, when the transaction commits. */
export async function announceChange(db: Queryable, payload: string): Promise<void> {
  await db.query('select pg_notify($1, $2)', [CHANNEL, payload])
}

/** From here on the client emits `notification` for every announcement. */
export async function listenForChanges(client: ClientBase): Promise<void> {
  await client.query(`listen ${CHANNEL}`)
}
