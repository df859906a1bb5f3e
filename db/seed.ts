/** The demo project. Seeding again changes nothing: items an operator has edited or votes that were cast stay. */
import type { PoolClient } from 'pg'
import { ADVISORY_LOCKS } from './advisory-locks.ts'
import { createProject } from './create-project.ts'
import { type Pool, inTransaction } from './queryable.ts'
import { insertItem } from './queries/items.ts'
import { addOrigins, findProjectId } from './queries/projects.ts'

export const DEMO_KEY = 'pk_demo'

const ITEMS = [
  ['Offline mode', 'Write on the train; everything syncs when you are back.', 'planned'],
  ['Search inside attachments', 'Find the sentence in the PDF, not only the note it hangs on.', 'open'],
  ['Dark theme for the editor', 'Follows the system, or stays dark after sunset.', 'started'],
  ['Shared notebooks', 'Invite a colleague to one notebook without opening the rest.', 'open'],
  ['Markdown export', 'Take everything with you, folders included, whenever you like.', 'open'],
  ['Nested folders', 'Folders in folders. You asked; they are here.', 'shipped'],
] as const

/**
 * Makes the project with its items when it is missing, and allows the origins. Returns its id.
 * @param onMade in the same transaction, where it was missing
 */
export async function seedDemo(
  pool: Pool, vaultKey: Buffer, origins: readonly string[], onMade: (client: PoolClient, id: number) => Promise<void> = async () => undefined,
): Promise<number> {
  return await inTransaction(pool, async (client) => {
    // Two servers starting together: one seeds, the other finds it done.
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.seed])
    const existing = await findProjectId(client, DEMO_KEY)
    if (existing !== null) {
      await addOrigins(client, existing, origins)
      return existing
    }
    const { id } = await createProject(client, vaultKey, {
      publicKey: DEMO_KEY, name: 'Northwind Notes', origins, mode: 'open', fingerprint: 'on', dedup: 'hold',
    })
    for (const [position, [title, description, status]] of ITEMS.entries()) {
      await insertItem(client, id, { title, description, status, position })
    }
    await onMade(client, id)
    return id
  })
}
