/** What people changed in that month: a chain as the server writes it, one entry after the other. */
import type { PoolClient } from 'pg'
import { appendAuditEntry } from '../../db/queries/audit.ts'
import type { LedgerSize } from './dashboard-ledger.ts'

const ACTIONS = ['alert.acknowledge', 'alert.dispose', 'votes.invalidate', 'votes.release', 'block.create', 'block.lift', 'item.update', 'operator.sign_in'] as const

/** @param projectIds whose changes they are, besides the installation's */
export async function fillAudit(db: PoolClient, { rows, now }: LedgerSize, projectIds: readonly number[]): Promise<void> {
  const entries = Math.max(30, Math.round(rows / 500))
  await db.query('begin')
  for (let n = 0; n < entries; n += 1) {
    await appendAuditEntry(db, {
      at: Math.round(now - (30 * 86_400_000 * (entries - n)) / entries), actor: `account:${1 + (n % 5)}`, actorName: `person ${1 + (n % 5)}`, action: ACTIONS[n % ACTIONS.length] ?? '',
      target: String(n), projectId: [0, ...projectIds][n % (projectIds.length + 1)] ?? 0, before: { status: 'open' }, after: { status: 'planned', reason: 'what people asked for' }, ipAddress: `192.0.2.${1 + (n % 5)}`,
    })
  }
  await db.query('commit')
}
