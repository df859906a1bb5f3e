/** Boards to vote on under load, made in a database that is migrated already, and what a mill has to know of them. */
import { createProject } from '../../db/create-project.ts'
import { type Pool, inTransaction } from '../../db/queryable.ts'
import { insertItem } from '../../db/queries/items.ts'
import { insertSpike } from '../../db/queries/expected-spikes.ts'
import type { Keyring } from '../../server/tokens/keys.ts'
import { open, sealContext } from '../../server/tokens/vault.ts'
import type { Mill } from './ballot-mill.ts'

export interface MilledProject {
  project: Mill['project']
  itemIds: number[]
}

/**
 * A project in mode `open` with fingerprints on, and its items. `expected`: a moderator said that a crowd will come, as before a
 * launch; without that, a new board whose every vote goes to one item is a surge, which the gate holds.
 */
export async function makeMilledProject(
  pool: Pool, keyring: Keyring, given: { publicKey: string; origin: string; items: number; expected?: { now: number } },
): Promise<MilledProject> {
  const { publicKey, origin, items, expected } = given
  return await inTransaction(pool, async (client) => {
    const { id } = await createProject(client, keyring.vault, {
      publicKey, name: `Board ${publicKey}`, origins: [origin], mode: 'open', fingerprint: 'on', dedup: 'hold',
    })
    const { rows: [row] } = await client.query<{ sealed: Buffer }>('select sealed_pepper as sealed from projects where project_id = $1', [id])
    if (row === undefined) throw new Error('the new project is gone')
    const itemIds: number[] = []
    for (let position = 0; position < items; position += 1) {
      itemIds.push(await insertItem(client, id, { title: `Idea ${position + 1}`, description: 'What it would be good for, in a sentence.', status: 'open', position }))
    }
    if (expected !== undefined) {
      const { now } = expected
      await insertSpike(client, { projectId: id, itemId: null, startsAt: now - 3_600_000, endsAt: now + 86_400_000, reason: 'A launch', actor: 'load test' })
    }
    return { project: { id, publicKey, pepper: open(keyring.vault, row.sealed, sealContext.pepper(publicKey)) }, itemIds }
  })
}
