/** The audit log as a test fills it, and as somebody with every right in the database can change it. */
import { type Pool, inTransaction } from '../../db/queryable.ts'
import { type AuditActor, type AuditedChange, audit } from '../../server/plugins/audit.ts'

const NOW = 1_790_000_000_000

/** One entry in a transaction of its own. */
export async function appendEntry(db: Pool, change: Partial<AuditedChange & AuditActor> = {}, now = NOW): Promise<void> {
  await inTransaction(db, (client) => audit(client, {
    action: 'item.update', target: '3', projectId: 1, before: { title: 'Old' }, after: { title: 'New' },
    actor: 'account:7', actorName: 'Jane', ipAddress: '203.0.113.7', ...change,
  }, now))
}

/** Runs the statements as the table’s owner with its triggers off, and puts them on again. */
export async function tamper(db: Pool, ...statements: string[]): Promise<void> {
  await inTransaction(db, async (client) => {
    await client.query('alter table audit_log disable trigger all')
    for (const statement of statements) await client.query(statement)
    await client.query('alter table audit_log enable always trigger audit_log_append_only')
  })
}
